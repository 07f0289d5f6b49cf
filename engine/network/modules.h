// SPDX-License-Identifier: GPL-3.0-or-later
// The network's tensors and its forward pass. Includes LibTorch: for the rooms network and train and their tests only.
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "network/network.h"

namespace pantograph {

/// What a parameter is, for learning-rate factors and weight decay.
enum class ParameterKind { matrix, vector, t, e, m, adapter };

struct NamedParameter {
  std::string name;  ///< "embedding", "layers.0.attention.qkv.weight", "layers.0.mlp.up.t", "experts"
  ParameterKind kind;
  torch::Tensor value;  ///< leaf, requires grad if it is trained
};

struct Network::Impl {
  NetworkConfig config;
  torch::Device device = torch::kCPU;
  /// Fixed order. Weight matrices are [out, in] as in torch::linear. T^(l) is stored as [h, out, in] (METHOD: [d, d',
  /// h]).
  std::vector<NamedParameter> parameters;

  const torch::Tensor& parameter(const std::string& name) const;
  /// Whether training moves a parameter: of a network with adapters only those.
  bool trains(const NamedParameter& p) const { return config.lora.rank == 0 || p.kind == ParameterKind::adapter; }

  /// Logits. `inputs`: [rows, context] int64 on `device`; `experts`: one for each of experts.size() equal groups of
  /// consecutive rows, ignored by a small network. compute: kFloat or kBFloat16 (matrix products; norms, softmax and
  /// loss stay fp32).
  torch::Tensor forward(const torch::Tensor& inputs, const std::vector<int>& experts,
                        torch::ScalarType compute) const;  // [rows, context, vocabulary]

  /// Sum of negative log-likelihoods, nats, over targets >= 0. `targets`: [rows, context] int64.
  torch::Tensor loss_sum(const torch::Tensor& inputs, const torch::Tensor& targets, const std::vector<int>& experts,
                         torch::ScalarType compute) const;
};

/// A's start, [rank, in]: normal with deviation 1/√in, from the seed and its name.
torch::Tensor initial_lora_a(const std::string& name, int rank, std::int64_t in, std::uint64_t seed);
/// W + (alpha / rank)·B·A, [out, in]; differentiable.
torch::Tensor adapted(const LoraConfig& lora, const torch::Tensor& w, const torch::Tensor& a, const torch::Tensor& b);

/// A network of these parameters, which are in the order in which network.cpp lists those of `config`. Values are
/// shared where they are on `device` already.
Network make_network(const NetworkConfig& config, torch::Device device, std::vector<NamedParameter> parameters);

/// The torch device of a name; Error(usage) when absent.
torch::Device torch_device(const Device& device);

}  // namespace pantograph
