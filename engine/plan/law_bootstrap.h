// SPDX-License-Identifier: GPL-3.0-or-later
// How sure a fit is: refits to resampled runs.
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

/// Fills fit.draws by refitting the same terms to runs drawn with replacement; intervals of parameters, of predictions
/// and of the recommended split (plan/split.h) follow from them. They say how far the law's own curve is known, not how
/// far a single run scatters around it, and nothing about a law of the wrong form; runs are taken as independent of
/// each other. A resample that could not identify the fit's free constants is drawn again, up to 50 times; what failed
/// even so, or did not converge, is counted in fit.draws_failed. `points` and `options`: those of fit_law(). Errors:
/// Error(usage) for options out of range; Error(input) when fewer than half of the resamples could be fitted.
void add_bootstrap(LawFit& fit, const std::vector<ScalingPoint>& points, const FitOptions& options = {},
                   const BootstrapOptions& bootstrap = {}, const TaskContext& task = {});

}  // namespace pantograph::plan
