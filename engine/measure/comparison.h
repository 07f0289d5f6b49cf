// SPDX-License-Identifier: GPL-3.0-or-later
// Which methods can be compared, on what, which of them is chosen, and what is decided against it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "measure/paired.h"
#include "measure/results.h"

namespace pantograph::measure {

/// With one seed no difference is decided; those below this are called level.
inline constexpr double kNarrowLead = 0.02;

/// The methods on one specialization size: on the domains, seeds and samples that all of them have, at the largest
/// generic budget that all of them have (where there is none, each at its own largest). They are ranked by their
/// perplexity on the validation sets, so that the test sets judge a choice that was made without them; where a record
/// has no validation loss, by that on the test sets.
struct Comparison {
  std::uint64_t size = 0;             ///< tokens of the specialization set
  std::uint64_t inference_limit = 0;  ///< parameters of the smallest network: those within it (1 %) compete
  std::vector<MethodAverage> level;   ///< the chosen one, and those that it is not ahead of; by rank
  std::vector<MethodAverage> rest;    ///< those that are decided to be behind it (one_seed: by kNarrowLead); by rank
  std::vector<PairedDifference>
      differences;                        ///< of each other competitor from the chosen one, on the test sets; by rank
  bool by_validation = false;             ///< what they are ranked by
  std::vector<MethodAverage> references;  ///< above the inference limit
  std::vector<std::string> diverged;      ///< gave no finite perplexity
  std::vector<ResultRecord> records;      ///< that this was made from
  bool left_out = false;                  ///< a domain, seed or sample that not every method has was left out
  bool larger_budgets = false;            ///< some method has a larger budget than the one compared
  bool one_budget = false;                ///< all with a generic phase are compared at the same budget
};

/// One comparison for each size, smallest first.
std::vector<Comparison> compare(const std::vector<ResultRecord>& records);

/// The competitors of a comparison by rank.
std::vector<MethodAverage> ranked(const Comparison& comparison);
/// Of one of its methods that is not the chosen one.
const PairedDifference& difference_of(const Comparison& comparison, const std::string& method);

/// Only the records at each method's largest generic budget (for each size): one record a domain, size and seed.
std::vector<ResultRecord> at_largest_budget(const std::vector<ResultRecord>& records);

}  // namespace pantograph::measure
