// SPDX-License-Identifier: GPL-3.0-or-later
// A network's tensors as the CPU's kernels want them.
#include "train/small_tensors.h"

#include "base/error.h"

namespace pantograph::train {

float*& place(kernel::DecoderTensors& tensors, network::TensorRole role, int layer) {
  const auto of_layer = [&](float* kernel::DecoderLayer::*member) -> float*& {
    return tensors.layers.at(static_cast<std::size_t>(layer)).*member;
  };
  using Layer = kernel::DecoderLayer;
  switch (role) {
    case network::TensorRole::embedding:
      return tensors.embedding;
    case network::TensorRole::positions:
      return tensors.positions;
    case network::TensorRole::attention_norm:
      return of_layer(&Layer::norm1_weight);
    case network::TensorRole::attention_norm_bias:
      return of_layer(&Layer::norm1_bias);
    case network::TensorRole::qkv:
      return of_layer(&Layer::qkv);
    case network::TensorRole::qkv_bias:
      return of_layer(&Layer::qkv_bias);
    case network::TensorRole::output:
      return of_layer(&Layer::output);
    case network::TensorRole::output_bias:
      return of_layer(&Layer::output_bias);
    case network::TensorRole::mlp_norm:
      return of_layer(&Layer::norm2_weight);
    case network::TensorRole::mlp_norm_bias:
      return of_layer(&Layer::norm2_bias);
    case network::TensorRole::gate:
      return of_layer(&Layer::gate);
    case network::TensorRole::up:
      return of_layer(&Layer::up);
    case network::TensorRole::up_bias:
      return of_layer(&Layer::up_bias);
    case network::TensorRole::down:
      return of_layer(&Layer::down);
    case network::TensorRole::down_bias:
      return of_layer(&Layer::down_bias);
    case network::TensorRole::norm:
      return tensors.norm_weight;
    case network::TensorRole::norm_bias:
      return tensors.norm_bias;
    case network::TensorRole::experts:
      break;
  }
  throw Error(ErrorKind::usage, {"the experts' vectors", "decoder", "a tensor of the small network", ""});
}

kernel::DecoderTensors decoder_tensors(const network::Network::Impl& network, bool gradients) {
  kernel::DecoderTensors out;
  out.layers.resize(static_cast<std::size_t>(network.config.small.layers));
  for (const network::NamedParameter& p : network.parameters) {
    if (p.part != network::TensorPart::whole || p.kind == network::ParameterKind::e) continue;
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

}  // namespace pantograph::train
