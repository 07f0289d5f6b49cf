// SPDX-License-Identifier: GPL-3.0-or-later
// What the network's tests share: tiny shapes, random weights, random tokens, a relative error.
#pragma once

#include "network/modules.h"

namespace pantograph::testing {

/// 2 layers, width 4, context 6, vocabulary 11; projected: h 3, k 6, m 2.
inline network::NetworkConfig tiny(bool projected) {
  network::NetworkConfig config;
  config.small = {2, 4, 2, 6, 6, 11};
  config.projected = projected;
  if (projected) config.h = 3, config.k = 6, config.m = 2;
  return config;
}

/// Every parameter random, biases too, so that no term is zero by the way networks start.
inline void randomize(network::Network& network, torch::ScalarType type) {
  torch::manual_seed(17);
  for (network::NamedParameter& p : network.impl().parameters) {
    const torch::Tensor noise = torch::randn(p.value.sizes(), torch::kDouble) * 0.5;
    const bool scale = p.name.ends_with("norm.weight");
    p.value = (scale ? noise + 1.0 : noise).to(type).detach().requires_grad_(network.impl().trains(p));
  }
}

inline torch::Tensor tokens(std::int64_t rows, std::int64_t context, std::int64_t vocabulary, std::uint64_t seed) {
  torch::manual_seed(seed);
  return torch::randint(vocabulary, {rows, context}, torch::kLong);
}

/// Largest difference over the largest value.
inline double relative(const torch::Tensor& a, const torch::Tensor& b) {
  const auto x = a.detach().to(torch::kDouble), y = b.detach().to(torch::kDouble);
  return (x - y).abs().max().item<double>() / y.abs().max().item<double>();
}

}  // namespace pantograph::testing
