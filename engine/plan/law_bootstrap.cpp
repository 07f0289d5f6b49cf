// SPDX-License-Identifier: GPL-3.0-or-later
// Draws runs with replacement and refits.
#include "plan/law_bootstrap.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/random.h"

namespace pantograph::plan {
namespace {

constexpr int kTries = 50;

/// How often each of the fitted runs is drawn; runs that the fit left out keep 0.
std::vector<double> resample(std::size_t points, const LawTerms& terms, Random& random) {
  std::vector<double> counts(points, 0.0);
  for (std::size_t i = 0; i < terms.used.size(); ++i) counts[terms.used[random.below(terms.used.size())]] += 1;
  return counts;
}

/// Whether the runs drawn would leave the same constants free.
bool identifies(const std::vector<ScalingPoint>& points, const std::vector<double>& counts, const LawTerms& terms,
                LawFamily family) {
  std::vector<ScalingPoint> drawn;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (counts[i] > 0) drawn.push_back(points[i]);
  }
  const LawTerms found = identify_terms(drawn, family);
  return found.unusable.empty() && found.free == terms.free && found.sizes > found.free_count();
}

void check_options(const BootstrapOptions& bootstrap) {
  if (bootstrap.draws >= 10 && bootstrap.level > 0 && bootstrap.level < 1 && bootstrap.random_starts >= 0) return;
  throw Error(ErrorKind::usage,
              {fmt::format("{} resamples at level {} with {} random starts", bootstrap.draws, bootstrap.level,
                           bootstrap.random_starts),
               "scaling law", "10 resamples or more, a level between 0 and 1, starts from 0", "Correct the options."});
}

}  // namespace

void add_bootstrap(LawFit& fit, const std::vector<ScalingPoint>& points, const FitOptions& options,
                   const BootstrapOptions& bootstrap, const TaskContext& task) {
  check_options(bootstrap);
  check_points(points);
  const LawTerms terms = identify_terms(points, fit.family);
  check_fittable(terms, fit.family, points.size());
  if (terms.free != fit.free || static_cast<int>(terms.used.size()) != fit.runs) {
    throw Error(ErrorKind::usage, {"other runs than those of the fit", "scaling law", "the runs that were fitted",
                                   "Fit these runs first."});
  }
  LawValues best = centred_logarithms(fit.family, fit.values, terms.reference);
  for (std::size_t i = 0; i < kLawParameters; ++i) {
    if (!terms.free[i]) best[i] = terms.theta[i];
  }

  std::vector<LawValues> draws;
  for (int draw = 0; draw < bootstrap.draws; ++draw) {
    task.poll();
    // A stream for each draw: more draws later leave the first ones as they were.
    Random random(derive_seed(bootstrap.seed, fmt::format("scaling law/resample {}", draw)));
    std::vector<double> counts;
    bool usable = false;
    for (int attempt = 0; attempt < kTries && !usable; ++attempt) {
      counts = resample(points.size(), terms, random);
      usable = identifies(points, counts, terms, fit.family);
    }
    if (!usable) continue;
    std::vector<LawValues> starts = {best};
    for (int i = 0; i < bootstrap.random_starts; ++i) {
      LawValues near = best;
      for (std::size_t k = 0; k < kLawParameters; ++k) {
        if (terms.free[k]) near[k] += 0.3 * random.normal();
      }
      starts.push_back(near);
    }
    const SolverResult result = refit_law(points, counts, terms, fit.family, starts, options);
    if (result.converged) draws.push_back(written_values(fit.family, result.theta, terms.reference));
    task.progress(draw + 1, bootstrap.draws, "resamples");
  }
  if (2 * static_cast<int>(draws.size()) < bootstrap.draws) {
    throw Error(ErrorKind::input,
                {fmt::format("{} of {} resamples could be fitted", draws.size(), bootstrap.draws),
                 fmt::format("{} law, {} runs", to_string(fit.family), fit.runs), "at least half of them",
                 "Train more runs, several of each size: intervals from so few runs would mean nothing."});
  }
  fit.level = bootstrap.level;
  fit.draws_failed = bootstrap.draws - static_cast<int>(draws.size());
  fit.draws = std::move(draws);
}

}  // namespace pantograph::plan
