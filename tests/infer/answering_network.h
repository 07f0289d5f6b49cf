// SPDX-License-Identifier: GPL-3.0-or-later
// A small network with opinions, a tokenizer for it, and the plain way to ask it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "network/modules.h"
#include "token/model_writer.h"
#include "token/tokenizer.h"

namespace pantograph::fixtures {

/// Bytes, a newline, and a few pieces of several letters.
inline token::Tokenizer small_tokenizer() {
  WrittenModel model;
  model.add_marks();
  float score = -1;
  for (const char* piece : {"a", "b", "c", "d", "e", "\xE2\x96\x81", "ab", "cd",
                            "\xE2\x96\x81"
                            "ab",
                            "ed"})
    model.pieces.push_back({piece, score -= 0.5F, 1});
  return token::Tokenizer::from_bytes(model.bytes(), "small.model");
}

/// Random, with an embedding large enough that tokens differ in what follows them.
inline network::Network answering_network(int vocabulary, bool projected = false) {
  network::NetworkConfig config;
  config.small = {2, 32, 4, 64, 48, vocabulary};
  config.projected = projected;
  if (projected) config.h = 4, config.k = 3, config.m = 2;
  network::Network network = network::Network::create(config, 5);
  const torch::NoGradGuard no_grad;
  for (network::NamedParameter& p : network.impl().parameters) {
    if (p.kind != network::ParameterKind::vector) p.value.mul_(6);
  }
  return network;
}

/// Log-probabilities of what follows `tokens`, by LibTorch's operations over all of them: [vocabulary].
inline std::vector<double> plain_log_probabilities(const network::Network& network,
                                                   const std::vector<std::int32_t>& tokens) {
  const torch::NoGradGuard no_grad;
  const std::vector<std::int64_t> ids(tokens.begin(), tokens.end());
  const torch::Tensor inputs = torch::tensor(ids).view({1, -1});
  const torch::Tensor last = network.impl().forward(inputs, {0}, torch::kFloat)[0][-1].to(torch::kDouble);
  const torch::Tensor out = torch::log_softmax(last, 0).contiguous();
  return {out.data_ptr<double>(), out.data_ptr<double>() + out.numel()};
}

}  // namespace pantograph::fixtures
