// SPDX-License-Identifier: GPL-3.0-or-later
// The network's tensors and its forward pass. Includes LibTorch: for the rooms network and train and their tests only.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "network/layout.h"
#include "network/network.h"

namespace pantograph::network {

struct NamedParameter : TensorSpec {
  torch::Tensor value;  ///< leaf, requires grad if it is trained
};

/// Matrices of some experts of a projected network, formed once for several forward passes.
struct FormedMatrices {
  std::vector<int> experts;                                      ///< distinct, ascending
  std::map<std::pair<TensorRole, int>, torch::Tensor> matrices;  ///< by role and layer: [experts, out, in]
};

struct Network::Impl {
  NetworkConfig config;
  torch::Device device = torch::kCPU;
  std::vector<NamedParameter> parameters;  ///< those of layout(config), in its order

  /// Index of a parameter; layer −1: outside of the layers. Error(run) when the network has none.
  std::size_t index(TensorRole role, int layer = -1, TensorPart part = TensorPart::whole) const;
  const torch::Tensor& tensor(TensorRole role, int layer = -1, TensorPart part = TensorPart::whole) const {
    return parameters[index(role, layer, part)].value;
  }
  const torch::Tensor& parameter(const std::string& name) const;
  bool trains(const NamedParameter& p) const { return is_trained(config, p.part); }

  /// W of experts [e, out, in]: W[e] = Σ_r c_e[r]·T[r], c = E·M [PN, eq. 3], by one product; differentiable. e: [e, m],
  /// their rows of E.
  torch::Tensor form(TensorRole role, int layer, const torch::Tensor& e) const;

  /// Logits. `inputs`: [rows, context] int64 on `device`; `experts`: one for each of experts.size() equal groups of
  /// consecutive rows, ignored by a small network. compute: kFloat or kBFloat16 (matrix products; norms, softmax and
  /// loss stay fp32).
  torch::Tensor forward(const torch::Tensor& inputs, const std::vector<int>& experts,
                        torch::ScalarType compute) const;  // [rows, context, vocabulary]

  /// Sum of negative log-likelihoods, nats, over targets >= 0. `targets`: [rows, context] int64. formed: of these
  /// experts and perhaps of others, used in place of T (null: formed here).
  torch::Tensor loss_sum(const torch::Tensor& inputs, const torch::Tensor& targets, const std::vector<int>& experts,
                         torch::ScalarType compute, const FormedMatrices* formed = nullptr) const;
};

/// A's start, [rank, in]: normal with deviation 1/√in, from the seed and its name.
torch::Tensor initial_lora_a(const std::string& name, int rank, std::int64_t in, std::uint64_t seed);
/// W + (alpha / rank)·B·A, [out, in]; differentiable.
torch::Tensor adapted(const LoraConfig& lora, const torch::Tensor& w, const torch::Tensor& a, const torch::Tensor& b);

/// A network of the tensors of layout(config), each as `value_of` gives it (shared where it is on `device` already).
Network make_network(const NetworkConfig& config, torch::Device device,
                     const std::function<torch::Tensor(const TensorSpec&)>& value_of);

/// The torch device of a name; Error(usage) when absent.
torch::Device torch_device(const Device& device);

}  // namespace pantograph::network
