// SPDX-License-Identifier: GPL-3.0-or-later
// A network's tensors as the CPU's kernels want them.
#include "train/small_tensors.h"

namespace pantograph {

kernel::DecoderShape decoder_shape(const NetworkConfig& config) {
  const SmallConfig& s = config.small;
  return {s.layers, s.width, s.heads, s.inner, s.context, s.vocabulary};
}

kernel::DecoderTensors decoder_tensors(const Network::Impl& network, bool gradients) {
  const auto at = [&](const std::string& name) {
    const torch::Tensor& value = network.parameter(name);
    if (!gradients) return value.data_ptr<float>();
    return value.grad().defined() ? value.grad().data_ptr<float>() : nullptr;
  };
  kernel::DecoderTensors out;
  out.embedding = at("embedding");
  out.positions = at("positions");
  for (int i = 0; i < network.config.small.layers; ++i) {
    const std::string layer = "layers." + std::to_string(i) + ".";
    const auto mlp = [&](const std::string& name) {
      return network.config.projected ? nullptr : at(layer + name + ".weight");
    };
    kernel::DecoderLayer l{};
    l.norm1_weight = at(layer + "attention.norm.weight");
    l.norm1_bias = at(layer + "attention.norm.bias");
    l.qkv = at(layer + "attention.qkv.weight");
    l.qkv_bias = at(layer + "attention.qkv.bias");
    l.output = at(layer + "attention.output.weight");
    l.output_bias = at(layer + "attention.output.bias");
    l.norm2_weight = at(layer + "mlp.norm.weight");
    l.norm2_bias = at(layer + "mlp.norm.bias");
    l.up = mlp("mlp.up");
    l.up_bias = at(layer + "mlp.up.bias");
    l.down = mlp("mlp.down");
    l.down_bias = at(layer + "mlp.down.bias");
    out.layers.push_back(l);
  }
  out.norm_weight = at("norm.weight");
  out.norm_bias = at("norm.bias");
  return out;
}

void SmallRows::add(const std::int32_t* row) {
  inputs.insert(inputs.end(), row, row + context);
  targets.insert(targets.end(), row + 1, row + 1 + context);
}

kernel::DecoderBatch SmallRows::batch() const {
  const int rows = static_cast<int>(inputs.size()) / context;
  return {inputs.data(), targets.data(), rows, context, {{0, rows}}};
}

SmallRows small_rows(const std::vector<const std::int32_t*>& rows, int context) {
  SmallRows out{context, {}, {}};
  for (const std::int32_t* row : rows) out.add(row);
  return out;
}

}  // namespace pantograph
