// SPDX-License-Identifier: GPL-3.0-or-later
// How sure a fit is: refits to resampled networks.
#pragma once

#include "base/control.h"
#include "plan/law_fit.h"

namespace pantograph::plan {

struct BootstrapOptions {
  int draws = 200;
  double level = 0.9;     ///< of the intervals (percentiles of the draws)
  int random_starts = 2;  ///< of each refit, beside the fit itself: near it
  std::uint64_t seed = 1;
};

/// Fills fit.draws by refitting the same terms to pretrained networks drawn with replacement (Cameron, Gelbach and
/// Miller 2008, pairs cluster bootstrap): a network is N, D and a seed, and all sizes and samples that it was
/// specialized on come with it, because they share its luck. Without a generic phase (D = 0) nothing is shared but the
/// seed's first weights: each D' is then a network of its own.
///
/// Intervals of parameters, of predictions and of the recommended split (plan/split.h) follow from the draws. They say
/// how far the law's own curve is known, not how far a single run scatters around it, and nothing about a law of the
/// wrong form. Networks are taken as independent, though those of one seed are snapshots of one run and read the same
/// specialization sets: with one seed the intervals are those of that seed.
///
/// Where the networks allow so few different resamples that a tail of the interval would hold none (with one N and one
/// seed: fewer than five budgets), no intervals are claimed: fit.draws stays empty, and fit.no_intervals says what is
/// missing. A resample that could not identify the fit's free constants is drawn again, up to 50 times; what failed
/// even so, or did not converge, is counted in fit.draws_failed. Fits of domains whose runs share networks draw the
/// same ones (until one is drawn again or fails), so that the mean over them (plan/split.h) holds what they share.
/// `points` and `options`: those of fit_law(). Errors: Error(usage) for options out of range; Error(input) when fewer
/// than half of the resamples could be fitted.
void add_bootstrap(LawFit& fit, const std::vector<ScalingPoint>& points, const FitOptions& options = {},
                   const BootstrapOptions& bootstrap = {}, const TaskContext& task = {});

}  // namespace pantograph::plan
