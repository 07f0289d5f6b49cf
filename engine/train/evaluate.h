// SPDX-License-Identifier: GPL-3.0-or-later
// Parts of the evaluation that its tests call directly.
#pragma once

#include <cstddef>
#include <vector>

#include "train/train.h"

namespace pantograph::train {

/// Rows for one forward pass, so that the logits of a pass stay within 64 MB.
std::size_t evaluation_rows(const network::NetworkConfig& config);

struct RowsLoss {
  double sum = 0;      ///< of negative log-likelihoods, nats
  double seconds = 0;  ///< without pauses
};

/// Loss of the given rows under a small network, `rows_at_once` at a time. `each`: [rows, context], becomes what each
/// target has of it (0 where there is none); null: not wanted.
RowsLoss rows_loss(const network::Network& small, const token::EvaluationSet& set, const std::vector<std::size_t>& rows,
                   std::size_t rows_at_once, const std::string& precision, const TaskContext& task,
                   float* each = nullptr);

}  // namespace pantograph::train
