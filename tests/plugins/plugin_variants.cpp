// SPDX-License-Identifier: GPL-3.0-or-later
// Plugins with embedders: one that brings a reader, too, and such that must be refused; told apart by what they are
// compiled with.
#include <algorithm>

#include "cluster/embedder_plugin.h"
#include "corpus/plugin.h"

namespace {

using namespace pantograph;

#if defined(TAKEN)
constexpr const char* kEmbedders[] = {"never-made", "tfidf-svd"};
#else
constexpr const char* kEmbedders[] = {"length"};
#endif

class Nothing : public corpus::DocumentReader {
 public:
  bool next(corpus::Document&) override { return false; }
};

/// One number: the length of the text, in units learnt from the longest.
class Length : public cluster::Embedder {
 public:
  void fit(const std::vector<std::string>& texts, std::uint64_t, const TaskContext&) override {
    for (const auto& text : texts) unit_ = std::max(unit_, static_cast<float>(text.size()));
  }
  cluster::FloatMatrix embed(const std::vector<std::string>& texts, const TaskContext&) const override {
    cluster::FloatMatrix out{texts.size(), 1, {}};
    for (const auto& text : texts) out.values.push_back(static_cast<float>(text.size()) / unit_);
    return out;
  }
  int dimensions() const override { return 1; }
  void save(cluster::StateWriter& state) const override { state.write("unit", {store::DataType::f32, {1}}, &unit_); }
  void load(const cluster::StateReader& state) override {
    unit_ = state.read_all<float>("unit", store::DataType::f32).at(0);
  }

 private:
  float unit_ = 1;
};

[[maybe_unused]] void register_readers(corpus::PluginHost& host) {
  host.add_reader({"reader-" PLUGIN_NAME,
                   "Reads nothing",
                   {},
                   [](const auto&, const auto&) { return std::make_unique<Nothing>(); },
                   ""});
}

const char* const capabilities[] = {"corpus-reader", "embedder", nullptr};
const corpus::PluginDescription description = {corpus::kPluginApi, "test." PLUGIN_NAME, "1", capabilities,
                                               register_readers};

}  // namespace

extern "C" __attribute__((visibility("default"))) const corpus::PluginDescription* PANTOGRAPH_PLUGIN_ENTRY() {
  return &description;
}

#if !defined(NO_FUNCTION)
extern "C" __attribute__((visibility("default"))) void PANTOGRAPH_EMBEDDERS_ENTRY(cluster::EmbedderHost& host) {
  for (const char* id : kEmbedders)
    host.add_embedder({id, "Length", [](const cluster::EmbedderOptions&) { return std::make_unique<Length>(); }, ""});
}
#endif
