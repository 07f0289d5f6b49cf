// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of tokens as tensors, and a step's rows in pieces that fit into memory.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "token/sampler.h"

namespace pantograph::train {

struct RowTensors {
  torch::Tensor inputs;   ///< [rows, context] int64; a missing token is 0
  torch::Tensor targets;  ///< [rows, context] int64; -1: no target
};

/// From `count` rows of [context + 1] tokens each.
RowTensors row_tensors(const std::vector<const std::int32_t*>& rows, int context, const torch::Device& device);

/// Part of a batch for one forward pass: experts.size() equal groups of consecutive rows.
struct Piece {
  int begin = 0, rows = 0;
  std::vector<int> experts;
};

/// Pieces of at most `rows_at_once` rows (0: one piece) along the borders of groups, or inside them when one group
/// alone is larger. `grouped` false: the experts do not matter (a small network).
std::vector<Piece> split_batch(const token::Batch& batch, int rows_at_once, bool grouped);

/// The experts of a list, each once, ascending.
std::vector<int> distinct(std::vector<int> experts);

/// Targets that are there.
std::uint64_t count_targets(const token::Batch& batch);

}  // namespace pantograph::train
