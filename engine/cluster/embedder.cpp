// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/embedder.h"

#include "base/error.h"
#include "cluster/tfidf_svd.h"

namespace pantograph::cluster {

EmbedderRegistry& EmbedderRegistry::instance() {
  static EmbedderRegistry registry = [] {
    EmbedderRegistry built_in;
    const auto tfidf = [](const EmbedderOptions& options) {
      return std::make_unique<TfidfSvdEmbedder>(options.features, options.dimensions);
    };
    built_in.add({"tfidf-svd", "TF-IDF + SVD", tfidf, "built in"});
    return built_in;
  }();
  return registry;
}

void EmbedderRegistry::add(EmbedderInfo info) {
  if (info.id.empty() || !info.make) {
    throw Error(ErrorKind::run, {"an embedder without an id or a function that makes it", info.origin, "both", ""});
  }
  if (const EmbedderInfo* known = find(info.id)) {
    throw Error(ErrorKind::run, {"the embedder id \"" + info.id + "\" is taken by " + known->origin, info.origin,
                                 "an id of its own", "Remove one of the two."});
  }
  std::string id = info.id;
  embedders_.emplace(std::move(id), std::move(info));
}

const EmbedderInfo* EmbedderRegistry::find(const std::string& id) const {
  const auto found = embedders_.find(id);
  return found == embedders_.end() ? nullptr : &found->second;
}

std::unique_ptr<Embedder> EmbedderRegistry::make(const project::ClusteringSpec& spec) const {
  if (const EmbedderInfo* info = find(spec.embedder)) return info->make({spec.features, spec.dimensions, spec.model});
  std::string known;
  for (const auto& [id, info] : embedders_) known += (known.empty() ? "" : ", ") + id;
  throw Error(ErrorKind::project,
              {"unknown embedder \"" + spec.embedder + "\"", "clustering.embedder", "one of: " + known,
               "Plugins bring more: look at the list of plugins for an error."});
}

std::vector<const EmbedderInfo*> EmbedderRegistry::all() const {
  std::vector<const EmbedderInfo*> out;
  for (const auto& [id, info] : embedders_) out.push_back(&info);
  return out;
}

}  // namespace pantograph::cluster
