// SPDX-License-Identifier: GPL-3.0-or-later
// What missing steps will cost. Private to this room.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "job/step_types.h"

namespace pantograph::job {

class CostEstimator {
 public:
  /// Looks at the sizes of the corpora's files. Both arguments must outlive it.
  CostEstimator(const project::Project& project, const EngineOptions& options);
  /// Measures the machine once a process (about a second).
  StepCost of(const Step& step) const;
  /// Why a training step needs more memory than is free, and what would fit; empty where it fits.
  std::string shortfall(const Step& step);

 private:
  const project::Project& project_;
  const EngineOptions& options_;
  std::map<std::string, double> bytes_;
  double all_bytes_ = 0;
  std::map<std::pair<std::string, bool>, std::string> shortfalls_;  // by method and phase
};

/// Tokens per second that a training step would reach if it were matrix products alone; 0 for other steps.
double ceiling_tokens(const project::Project& project, const Step& step, const EngineOptions& options);

}  // namespace pantograph::job
