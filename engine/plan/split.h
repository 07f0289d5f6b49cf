// SPDX-License-Identifier: GPL-3.0-or-later
// How to split a compute budget between the generic phase, which all domains share, and their specializations.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "plan/scaling_law.h"

namespace pantograph::plan {

/// FLOPs of training a model of N parameters on so many tokens; from 0, rising with the tokens.
using CostFunction = std::function<double(double parameters, double tokens)>;

/// 6 · N · tokens.
double usual_cost(double parameters, double tokens);

struct SplitRequest {
  double budget = 0;                 ///< FLOPs: C_total(n) = C_generic + n · C_specialization
  int domains = 1;                   ///< n that share the generic phase
  std::vector<double> parameters;    ///< N to choose from; one to take it as given
  double domain_set_tokens = 0;      ///< D' that is there, per domain; 0: no limit
  double max_epochs = 1;             ///< over the domain set: D' <= domain_set_tokens · max_epochs
  double passes = 1;                 ///< over what D' counts: each of its tokens is read, and paid, so often
  CostFunction generic_cost;         ///< empty: usual_cost
  CostFunction specialization_cost;  ///< of one domain; empty: usual_cost
};

/// One way to spend the budget.
struct SplitPoint {
  double generic_tokens = 0;  ///< D
  double domain_tokens = 0;   ///< D' per domain
  double generic_share = 0;   ///< of the budget, in FLOPs
  double spent = 0;           ///< FLOPs; below the budget where the domain set limits D' and the rest was not used
  double loss = 0;            ///< predicted, mean over the domains, nats per token; infinite where the law has none
};

/// The best split for one N, with others beside it.
struct SplitForSize {
  double parameters = 0;  ///< N
  SplitPoint best;
  SplitPoint even;                ///< half of the budget for each phase, as far as the domain set allows
  SplitPoint all_generic;         ///< D' = 0
  SplitPoint all_specialization;  ///< D = 0, as far as the domain set allows
  double epochs = 0;              ///< best.domain_tokens / domain_set_tokens; 0 without a limit
  double chosen_share = 0;        ///< of the resamples in which this N was the best
};

struct SplitPlan {
  std::vector<SplitForSize> sizes;  ///< in the order of the request
  std::size_t chosen = 0;           ///< with the lowest loss
  double level = 0;                 ///< of the intervals; 0: the fits have no resamples
  /// Of the chosen N's best split over the resamples. Bounds of the search: no budget for a phase, a domain set used
  /// up.
  Interval generic_tokens, domain_tokens, generic_share, loss;
  std::vector<std::string> warnings;

  const SplitForSize& best() const { return sizes[chosen]; }
};

/// The split that minimises the mean over `fits` (one law a domain, of any family) of the predicted loss. The share of
/// the generic phase is scanned on a grid that is fine near both ends, then refined by golden section.
///
///     SplitRequest request;
///     request.budget = 1e17, request.domains = 6, request.parameters = {2.6e6};
///     SplitPlan plan = plan_split({law, medicine}, request);
///     plan.best().best.generic_tokens;  // D; plan.generic_tokens is its interval
///
/// Intervals: the same search on the draws of add_bootstrap(), at the lowest level of the fits. Warnings: an optimum at
/// a bound, sizes beyond ten times the fitted ones, repeated domain tokens, a fit without a term in N, D or D', what is
/// to be known of a fit's intervals. Errors (usage): no fit; a budget, N, number of domains, limit or passes that is
/// not positive; a cost that does not rise with the tokens; several N and a fit without a term in N; fits with no
/// finite loss at any split.
SplitPlan plan_split(const std::vector<LawFit>& fits, const SplitRequest& request);

/// The split that gives `generic_share` (0 to 1) of the budget to the generic phase and the rest, as far as the domain
/// set takes it, to the specializations; its predicted loss is what plan_split() minimises. Errors as plan_split().
SplitPoint split_at(const std::vector<LawFit>& fits, const SplitRequest& request, double parameters,
                    double generic_share);

}  // namespace pantograph::plan
