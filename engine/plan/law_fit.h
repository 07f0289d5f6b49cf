// SPDX-License-Identifier: GPL-3.0-or-later
// Fitting one law to the runs of one domain.
#pragma once

#include "plan/law_solver.h"
#include "plan/law_terms.h"

namespace pantograph::plan {

struct FitOptions {
  double huber_delta = 1e-3;   ///< of the log-residuals (Hoffmann et al. 2022, approach 3)
  int random_starts = 16;      ///< beside the grid of 9 (effective data: 27)
  std::uint64_t seed = 1;      ///< of the random starts
  int max_iterations = 10000;  ///< of one start
};

/// Minimises sum of weight · Huber(ln predicted - ln observed) over the logarithms of the law's constants, from a grid
/// of starts and random ones; the best is kept. What the runs cannot identify is left out or fixed (identify_terms) and
/// said in the fit's notes.
///
///     LawFit fit = fit_law(points, LawFamily::additive);
///     add_bootstrap(fit, points);                          // plan/law_bootstrap.h
///     double loss = predict(fit, 2.6e6, 64e6, 1e6);        // nats per token
///
/// Errors (input): see check_points(); a family that these runs cannot identify; too few runs of different sizes (one
/// more than there are free constants); no start with a finite loss. A fit whose best start did not converge is
/// returned and says so (converged, notes).
LawFit fit_law(const std::vector<ScalingPoint>& points, LawFamily family, const FitOptions& options = {});

/// Error(input) where fit_law() would refuse these runs for this family.
void check_fittable(const LawTerms& terms, LawFamily family, std::size_t runs);

/// Positions of the constants that the search holds near what is usual of exponents (law_solver.h).
std::vector<std::size_t> held_exponents(LawFamily family);

/// A fit of the same terms to a resample: `counts` says how often each point counts, `starts` are centred logarithms
/// (theta) for the reference of `terms`. The best of the starts.
SolverResult refit_law(const std::vector<ScalingPoint>& points, const std::vector<double>& counts,
                       const LawTerms& terms, LawFamily family, const std::vector<LawValues>& starts,
                       const FitOptions& options);

}  // namespace pantograph::plan
