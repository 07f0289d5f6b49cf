// SPDX-License-Identifier: GPL-3.0-or-later
// A network's tensors as the CPU's kernels want them.
#include "train/small_tensors.h"

#include "base/error.h"

namespace pantograph {

kernel::DecoderShape decoder_shape(const NetworkConfig& config) {
  const SmallConfig& s = config.small;
  return {s.layers, s.width, s.heads, s.inner, s.context, s.vocabulary};
}

float*& place(kernel::DecoderTensors& tensors, TensorRole role, int layer) {
  const auto of_layer = [&](float* kernel::DecoderLayer::*member) -> float*& {
    return tensors.layers.at(static_cast<std::size_t>(layer)).*member;
  };
  using Layer = kernel::DecoderLayer;
  switch (role) {
    case TensorRole::embedding:
      return tensors.embedding;
    case TensorRole::positions:
      return tensors.positions;
    case TensorRole::attention_norm:
      return of_layer(&Layer::norm1_weight);
    case TensorRole::attention_norm_bias:
      return of_layer(&Layer::norm1_bias);
    case TensorRole::qkv:
      return of_layer(&Layer::qkv);
    case TensorRole::qkv_bias:
      return of_layer(&Layer::qkv_bias);
    case TensorRole::output:
      return of_layer(&Layer::output);
    case TensorRole::output_bias:
      return of_layer(&Layer::output_bias);
    case TensorRole::mlp_norm:
      return of_layer(&Layer::norm2_weight);
    case TensorRole::mlp_norm_bias:
      return of_layer(&Layer::norm2_bias);
    case TensorRole::up:
      return of_layer(&Layer::up);
    case TensorRole::up_bias:
      return of_layer(&Layer::up_bias);
    case TensorRole::down:
      return of_layer(&Layer::down);
    case TensorRole::down_bias:
      return of_layer(&Layer::down_bias);
    case TensorRole::norm:
      return tensors.norm_weight;
    case TensorRole::norm_bias:
      return tensors.norm_bias;
    case TensorRole::experts:
      break;
  }
  throw Error(ErrorKind::usage, {"the experts' vectors", "decoder", "a tensor of the small network", ""});
}

kernel::DecoderTensors decoder_tensors(const Network::Impl& network, bool gradients) {
  kernel::DecoderTensors out;
  out.layers.resize(static_cast<std::size_t>(network.config.small.layers));
  for (const NamedParameter& p : network.parameters) {
    if (p.part != TensorPart::whole || p.kind == ParameterKind::e) continue;
    const torch::Tensor& from = gradients ? p.value.grad() : p.value;
    place(out, p.role(), p.layer) = from.defined() ? from.data_ptr<float>() : nullptr;
  }
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
