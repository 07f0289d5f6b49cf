// SPDX-License-Identifier: GPL-3.0-or-later
// How the report would split a budget between the two phases, held against the runs that are there [OS].
#pragma once

#include <optional>
#include <vector>

#include "report/laws.h"
#include "report/tables.h"

namespace pantograph::report {

/// The best split of one budget for one method over all its domains that have a law, and what was run for as much.
struct BudgetSplit {
  std::string method;
  int laws = 0;                ///< domains that the means are over
  plan::SplitRequest request;  ///< domain set: the domains' largest; passes: their mean
  plan::SplitPlan plan;

  /// A size that was measured in each of these domains and costs at most the budget (1 % more is as much).
  struct Run {
    double generic_tokens = 0, domain_tokens = 0;
    double loss = 0;       ///< measured, mean over seeds, then domains; nats per token
    double predicted = 0;  ///< by the laws
  };
  /// With the lowest measured loss; none where no size was run in all domains for so little (a mixture that trains
  /// the needed experts only reads other tokens for each domain).
  std::optional<Run> best_run;
};

/// For each method a sixteenth, a quarter and all of what its largest run cost. Left out: a split that cannot be
/// planned, and a method with a law of one budget or one size only.
std::vector<BudgetSplit> budget_splits(const Laws& laws);

/// A row for each of budget_splits().
Table splits_table(const Laws& laws);

}  // namespace pantograph::report
