// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/embedder.h"

#include "base/error.h"
#include "cluster/tfidf_svd.h"

namespace pantograph {

EmbedderRegistry& EmbedderRegistry::instance() {
  static EmbedderRegistry registry = [] {
    EmbedderRegistry built_in;
    built_in.add("tfidf-svd", [](const ClusteringSpec& spec) {
      return std::make_unique<TfidfSvdEmbedder>(spec.features, spec.dimensions);
    });
    return built_in;
  }();
  return registry;
}

void EmbedderRegistry::add(const std::string& id, Factory factory) {
  if (!factories_.emplace(id, std::move(factory)).second) {
    throw Error(ErrorKind::run,
                {"two embedders have the id \"" + id + "\"", "embedders", "unique ids", "Remove one of the plugins."});
  }
}

std::unique_ptr<Embedder> EmbedderRegistry::make(const ClusteringSpec& spec) const {
  const auto found = factories_.find(spec.embedder);
  if (found != factories_.end()) return found->second(spec);
  std::string known;
  for (const auto& id : ids()) known += (known.empty() ? "" : ", ") + id;
  throw Error(ErrorKind::project, {"unknown embedder \"" + spec.embedder + "\"", "clustering.embedder", known, ""});
}

std::vector<std::string> EmbedderRegistry::ids() const {
  std::vector<std::string> out;
  for (const auto& [id, factory] : factories_) out.push_back(id);
  return out;
}

}  // namespace pantograph
