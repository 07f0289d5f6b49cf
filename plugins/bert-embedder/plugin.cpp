// SPDX-License-Identifier: GPL-3.0-or-later
// The embedder "bert". Also the example of a plugin that brings an embedder.
#include "corpus/plugin.h"
#include "bert_embedder.h"
#include "cluster/embedder_plugin.h"

namespace {

const char* const capabilities[] = {"embedder", nullptr};
const pantograph::corpus::PluginDescription description = {
    pantograph::corpus::kPluginApi, "org.pantograph.bert-embedder", "1.0", capabilities, nullptr};

}  // namespace

extern "C" __attribute__((visibility("default"))) const pantograph::corpus::PluginDescription*
PANTOGRAPH_PLUGIN_ENTRY() {
  return &description;
}

extern "C" __attribute__((visibility("default"))) void PANTOGRAPH_EMBEDDERS_ENTRY(
    pantograph::cluster::EmbedderHost& host) {
  host.add_embedder({"bert", "Sentence-BERT",
                     [](const pantograph::cluster::EmbedderOptions& options) {
                       return std::make_unique<pantograph::bert::BertEmbedder>(options.model);
                     },
                     ""});
}
