// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that decides the numbers of a run's later steps, and its way into a checkpoint and back.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "network/network.h"
#include "store/checkpoint.h"
#include "token/prefetch.h"
#include "train/optimizer.h"
#include "train/train.h"

namespace pantograph::train {

struct RunState {
  std::uint64_t step = 0;    ///< steps done
  std::uint64_t tokens = 0;  ///< targets seen
  double seconds = 0, evaluation_seconds = 0, evaluation_flops = 0;
  std::int64_t evaluated = -1;  ///< step of the last finished evaluation

  double initial_loss = 0;                    ///< of the first step
  double smooth_loss = 0;                     ///< running mean, to tell an explosion from a spike
  double pending_loss = 0, pending_norm = 0;  ///< sums since the last point of the curve
  std::uint64_t pending = 0;
  std::vector<double> history;  ///< points of the training curve

  bool has_best = false;
  double best_validation = 0;
  std::uint64_t best_step = 0;
  int without_gain = 0;  ///< evaluations since
  bool stopped_early = false;

  bool operator==(const RunState&) const = default;
};

/// Copies everything to the host: the network may change at once. `best` is a flat buffer like Adam::values(),
/// undefined when there are no best weights; they are left out where they are the present ones.
store::Checkpoint make_checkpoint(const RunState& state, const network::Network& network, const Adam& adam,
                                  const torch::Tensor& best, const token::RowPrefetcher& rows,
                                  const TrainSettings& settings);

/// The reverse. Nothing is changed when it throws Error(run): the checkpoint belongs to another network, or lacks
/// something. Warns where the settings differ from those that the run began with.
RunState apply_checkpoint(const store::Checkpoint& checkpoint, const std::filesystem::path& file,
                          network::Network& network, Adam& adam, torch::Tensor& best, token::RowPrefetcher& rows,
                          const TrainSettings& settings, const TaskContext& task);

}  // namespace pantograph::train
