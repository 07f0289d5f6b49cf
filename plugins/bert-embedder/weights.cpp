// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights.h"

#include "store/safetensors.h"

namespace pantograph::bert {
namespace {

/// The file's tensors by their names without "bert.".
class Tensors {
 public:
  explicit Tensors(const std::filesystem::path& path) : file_(path) {
    prefix_ = file_.has("bert.embeddings.word_embeddings.weight") ? "bert." : "";
  }
  std::vector<float> read(const std::string& name, const std::vector<std::uint64_t>& dims) const {
    return file_.read_floats(prefix_ + name, dims);
  }
  NormWeights norm(const std::string& name, std::uint64_t hidden) const {
    const bool old = file_.has(prefix_ + name + ".gamma");  // as converted from TensorFlow
    return {read(name + (old ? ".gamma" : ".weight"), {hidden}), read(name + (old ? ".beta" : ".bias"), {hidden})};
  }

 private:
  store::SafetensorsFile file_;
  std::string prefix_;
};

void append(std::vector<float>& to, const std::vector<float>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

Weights read_weights(const std::filesystem::path& folder, const Config& config) {
  const Tensors tensors(folder / "model.safetensors");
  const auto hidden = static_cast<std::uint64_t>(config.hidden), inner = static_cast<std::uint64_t>(config.inner);
  Weights out;
  out.words =
      tensors.read("embeddings.word_embeddings.weight", {static_cast<std::uint64_t>(config.vocabulary), hidden});
  out.positions =
      tensors.read("embeddings.position_embeddings.weight", {static_cast<std::uint64_t>(config.positions), hidden});
  const auto types =
      tensors.read("embeddings.token_type_embeddings.weight", {static_cast<std::uint64_t>(config.types), hidden});
  for (std::size_t i = 0; i < out.positions.size(); ++i) out.positions[i] += types[i % hidden];
  out.embedding_norm = tensors.norm("embeddings.LayerNorm", hidden);
  for (int l = 0; l < config.layers; ++l) {
    const std::string layer = "encoder.layer." + std::to_string(l) + ".";
    LayerWeights w;
    for (const char* part : {"query", "key", "value"}) {
      append(w.qkv, tensors.read(layer + "attention.self." + part + ".weight", {hidden, hidden}));
      append(w.qkv_bias, tensors.read(layer + "attention.self." + part + ".bias", {hidden}));
    }
    w.mix = tensors.read(layer + "attention.output.dense.weight", {hidden, hidden});
    w.mix_bias = tensors.read(layer + "attention.output.dense.bias", {hidden});
    w.attention_norm = tensors.norm(layer + "attention.output.LayerNorm", hidden);
    w.up = tensors.read(layer + "intermediate.dense.weight", {inner, hidden});
    w.up_bias = tensors.read(layer + "intermediate.dense.bias", {inner});
    w.down = tensors.read(layer + "output.dense.weight", {hidden, inner});
    w.down_bias = tensors.read(layer + "output.dense.bias", {hidden});
    w.output_norm = tensors.norm(layer + "output.LayerNorm", hidden);
    out.layers.push_back(std::move(w));
  }
  return out;
}

}  // namespace pantograph::bert
