// SPDX-License-Identifier: GPL-3.0-or-later
// What the network's tests share: tiny shapes, random weights, random tokens, a relative error.
#pragma once

#include <QtTest>

#include "network/modules.h"

namespace pantograph::testing {

/// The kinds of blocks that are tested: gpt2 with either GELU, llama with as many heads of keys as of queries or one
/// for all.
inline const std::vector<std::string> kBlocks = {"gpt2", "gelu-tanh", "llama", "llama, one head of keys"};

inline void set_block(network::SmallConfig& config, const std::string& name) {
  if (name == "gelu-tanh") config.activation = network::Activation::gelu_tanh;
  if (!name.starts_with("llama")) return;
  config.block = network::Block::llama;
  config.activation = network::Activation::swiglu;
  config.rope_base = 50;  // so that few tokens turn far
  if (name != "llama") config.key_value_heads = 1;
}

/// The block that tests run with which are run once for each.
inline std::string block = "gpt2";

template <typename Test>
int run_for_each_block(int argc, char** argv) {
  int failures = 0;
  for (const std::string& each : kBlocks) {
    block = each;
    qInfo("Block: %s", each.c_str());
    Test test;
    failures += QTest::qExec(&test, argc, argv);
  }
  return failures;
}

/// 2 layers, width 4, context 6, vocabulary 11; projected: h 3, k 6, m 2.
inline network::NetworkConfig tiny(bool projected, const std::string& of_block = block) {
  network::NetworkConfig config;
  config.small = {2, 4, 2, 6, 6, 11};
  set_block(config.small, of_block);
  config.projected = projected;
  if (projected) config.h = 3, config.k = 6, config.m = 2;
  return config;
}

/// Every parameter random, biases too, so that no term is zero by the way networks start.
inline void randomize(network::Network& network, torch::ScalarType type, double deviation = 0.5) {
  torch::manual_seed(17);
  for (network::NamedParameter& p : network.impl().parameters) {
    const torch::Tensor noise = torch::randn(p.value.sizes(), torch::kDouble) * deviation;
    const bool scale = p.name.ends_with("norm.weight");
    p.value = (scale ? noise + 1.0 : noise).to(type).detach().requires_grad_(network.impl().trains(p));
  }
}

/// For randomize(): a gate multiplies what is large already, and with large weights rounding alone hides a gradient.
inline double moderate(const network::NetworkConfig& config) {
  return config.small.activation == network::Activation::swiglu ? 0.25 : 0.5;
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
