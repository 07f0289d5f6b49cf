// SPDX-License-Identifier: GPL-3.0-or-later
// Which methods can be compared, on what, and which of them cannot be told apart from the best.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "measure/results.h"

namespace pantograph::measure {

/// Below this relative difference two methods are level, however small the spread over seeds is.
inline constexpr double kLevelDifference = 0.005;
/// With one seed there is no spread to judge by: a lead below this is not called a win.
inline constexpr double kNarrowLead = 0.02;

/// The methods on one specialization size: on the domains and seeds that all of them have, at the largest generic
/// budget that all of them have (where there is none, each at its own largest). Averages are sorted, best first.
struct Comparison {
  std::uint64_t size = 0;                 ///< tokens of the specialization set
  std::uint64_t inference_limit = 0;      ///< parameters of the smallest network: those within it (1 %) compete
  std::vector<MethodAverage> level;       ///< the best, and those that cannot be told apart from it
  std::vector<MethodAverage> rest;        ///< the others that compete
  std::vector<MethodAverage> references;  ///< above the inference limit
  std::vector<std::string> diverged;      ///< gave no finite perplexity
  std::vector<ResultRecord> records;      ///< that this was made from
  bool left_out = false;                  ///< a domain or seed that not every method has was left out
  bool larger_budgets = false;            ///< some method has a larger budget than the one compared
  bool one_budget = false;                ///< all with a generic phase are compared at the same budget
};

/// One comparison for each size, smallest first.
std::vector<Comparison> compare(const std::vector<ResultRecord>& records);

/// The competitors of a comparison, best first.
std::vector<MethodAverage> ranked(const Comparison& comparison);

/// Only the records at each method's largest generic budget (for each size): one record a domain, size and seed.
std::vector<ResultRecord> at_largest_budget(const std::vector<ResultRecord>& records);

}  // namespace pantograph::measure
