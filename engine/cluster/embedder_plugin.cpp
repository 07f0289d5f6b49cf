// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/embedder_plugin.h"

#include <algorithm>
#include <mutex>

#include "base/error.h"
#include "corpus/plugin.h"

namespace pantograph::cluster {
namespace {

/// Collects first, so that a plugin which fails half-way leaves nothing behind.
class Collector : public EmbedderHost {
 public:
  explicit Collector(std::string origin) : origin_(std::move(origin)) {}
  void add_embedder(EmbedderInfo embedder) override {
    embedder.origin = origin_;
    const EmbedderInfo* known = EmbedderRegistry::instance().find(embedder.id);
    const bool twice =
        std::any_of(embedders_.begin(), embedders_.end(), [&](const auto& e) { return e.id == embedder.id; });
    if (known || twice) {
      throw Error(ErrorKind::run,
                  {"the embedder id \"" + embedder.id + "\" is taken by " + (known ? known->origin : origin_), origin_,
                   "an id of its own", "Remove one of the two."});
    }
    embedders_.push_back(std::move(embedder));
  }
  std::vector<EmbedderInfo> take() { return std::move(embedders_); }

 private:
  std::string origin_;
  std::vector<EmbedderInfo> embedders_;
};

}  // namespace

void register_embedder_capability() {
  static std::once_flag once;
  std::call_once(once, [] {
    corpus::add_plugin_capability(
        {"embedder", "pantograph_embedders_v1", [](corpus::PluginFunction function, const std::string& origin) {
           Collector collector(origin);
           reinterpret_cast<EmbeddersEntry>(function)(collector);
           return [embedders = collector.take()] {
             for (const EmbedderInfo& embedder : embedders) EmbedderRegistry::instance().add(embedder);
           };
         }});
  });
}

}  // namespace pantograph::cluster
