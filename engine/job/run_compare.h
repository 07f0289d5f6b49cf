// SPDX-License-Identifier: GPL-3.0-or-later
// Two runs beside each other: the settings that differ, and the results that can be paired.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "job/runs.h"

namespace pantograph::job {

struct RunDifference {
  std::string setting;  ///< dotted path into the frozen settings, or "input: STEP FILE"
  std::string a, b;     ///< as JSON text; empty where a run does not have it
};

/// What two runs came to on the same text: test perplexities after fine-tuning.
struct ResultPair {
  std::string domain;
  std::uint64_t tokens = 0, seed = 0, budget = 0;  ///< of the specialization set, and of the generic phase
  std::uint64_t sample = 1;                        ///< draw of that set
  double a = 0, b = 0;
};

struct RunComparison {
  std::vector<RunDifference> differences;  ///< by setting
  /// Of two specializations on one domain: theirs. Of two generic phases: of the specializations that were made from
  /// both, by domain, size, budget and seed.
  std::vector<ResultPair> results;
};

RunComparison compare_runs(const RunList& all, const RunInfo& a, const RunInfo& b);

}  // namespace pantograph::job
