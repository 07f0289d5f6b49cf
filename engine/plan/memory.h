// SPDX-License-Identifier: GPL-3.0-or-later
// What a training run on the CPU needs of memory, before it exists.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "network/config.h"

namespace pantograph::plan {

/// Tokens that a step takes through the network at a time where the user leaves it open: enough for the matrix
/// products' full speed; the activations of more would only leave the cache.
inline constexpr int kTokensAtOnce = 4096;

/// Rows in one pass: `rows_at_once`, or where that is 0 what kTokensAtOnce allows.
std::uint64_t rows_in_one_pass(int context, std::uint64_t rows, std::uint64_t rows_at_once);

/// What decides the memory of a run, beside its network.
struct MemoryPlan {
  std::uint64_t rows = 1;     ///< in one pass
  int experts = 1;            ///< distinct ones in a step
  bool half = false;          ///< products in bf16
  bool half_moments = false;  ///< Adam's moments of T in bf16
  bool keeps_best = false;    ///< early stopping
  int threads = 1;
  std::optional<network::NetworkConfig>
      teacher;              ///< distillation: by LibTorch's operations, its weights beside the student's
  bool fine_tunes = false;  ///< its tokens a step are specialization.tokens_per_step
};

/// Bytes of a network's own tensors while it is trained by the CPU's kernels.
struct TensorMemory {
  std::uint64_t trained = 0;    ///< weights that training moves
  std::uint64_t state = 0;      ///< all weights, and both moments of the trained ones
  std::uint64_t gradients = 0;  ///< but T's, which is never stored
  std::uint64_t formed = 0;     ///< W of a step's experts, or W + s·B·A, and their gradients
};
TensorMemory tensor_memory(const network::NetworkConfig& config, const MemoryPlan& plan);

/// Bytes: weights, gradients, moments, experts or adapters formed, activations of one pass, and the copy that a
/// checkpoint is written from. With adapters (config.lora), gradients and moments are theirs alone.
std::uint64_t training_memory(const network::NetworkConfig& config, const MemoryPlan& plan);

/// Error(project) when it needs more than `available` bytes: how much, how much there is, and which single change would
/// fit.
void check_memory(const network::NetworkConfig& config, const MemoryPlan& plan, std::uint64_t available,
                  const std::string& where);

}  // namespace pantograph::plan
