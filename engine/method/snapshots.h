// SPDX-License-Identifier: GPL-3.0-or-later
// The networks that a generic phase leaves on its way, one for each smaller budget of its method. Private to this room.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <vector>

#include "project/project.h"
#include "store/metrics.h"
#include "train/train.h"

namespace pantograph::method {

/// Steps of a run that has `share` of the method's budget, for so many tokens of the whole budget.
std::uint64_t steps_for(std::uint64_t tokens, double share, std::uint64_t step_tokens);

class Snapshots {
 public:
  Snapshots(const project::MethodSpec& method, double share, std::uint64_t step_tokens, std::filesystem::path folder);

  /// Calls save(budget) where the step completes a budget whose file is not there or damaged.
  void at_step(std::uint64_t step, const std::function<void(std::uint64_t budget)>& save) const;
  /// Before a run that goes on: checkpoints behind a snapshot that is missing are removed, so that it is passed again.
  void make_sure() const;
  /// Budgets without a good file.
  std::vector<std::uint64_t> missing() const;
  const std::map<std::uint64_t, std::uint64_t>& steps() const { return steps_; }  ///< by budget

 private:
  bool is_good(std::uint64_t budget) const;
  std::filesystem::path folder_;
  std::map<std::uint64_t, std::uint64_t> steps_;
};

/// Copies the newest checkpoint that is not behind `step` from one folder into another that has none.
void seed_checkpoints(const std::filesystem::path& from, const std::filesystem::path& to, std::uint64_t step);

/// Seconds of training until the end of `step`, from the run's own curve.
double seconds_at(const std::vector<store::MetricPoint>& curve, std::uint64_t step, const train::TrainResult& train);

}  // namespace pantograph::method
