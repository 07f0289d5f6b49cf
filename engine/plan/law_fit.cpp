// SPDX-License-Identifier: GPL-3.0-or-later
// Starts, the best of them, and what is said about the fit.
#include "plan/law_fit.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/random.h"

namespace pantograph::plan {
namespace {

/// Lowest and mean loss of the runs: what the starts are scaled by.
struct LossScale {
  double lowest = 0, mean = 0;
};

LossScale loss_scale(const std::vector<ScalingPoint>& points, const LawTerms& terms) {
  LossScale scale{points[terms.used[0]].loss, 0};
  for (const std::size_t i : terms.used) {
    scale.lowest = std::min(scale.lowest, points[i].loss);
    scale.mean += points[i].loss / static_cast<double>(terms.used.size());
  }
  return scale;
}

/// Positions of the constants by what they are; kappa has a scale of its own.
struct Roles {
  std::vector<std::size_t> coefficients, exponents;
  bool kappa = false;
};

Roles roles(LawFamily family) {
  if (family == LawFamily::additive) return {{1, 3, 5}, {2, 4, 6}, false};
  if (family == LawFamily::effective_data) return {{1, 3}, {2, 4, 6}, true};
  return {{1}, {2, 3, 4}, false};
}

/// The loss at the middle of the data is E and equal shares of the terms that are there.
LawValues start_at(const LawTerms& terms, const Roles& role, const LossScale& scale, double floor, double exponent,
                   double kappa) {
  LawValues theta = terms.theta;
  const auto set = [&](std::size_t i, double value) {
    if (terms.free[i]) theta[i] = std::log(value);
  };
  set(0, floor * scale.lowest);
  int present = 0;
  for (const std::size_t i : role.coefficients) present += terms.free[i];
  for (const std::size_t i : role.coefficients) set(i, (scale.mean - floor * scale.lowest) / present);
  for (const std::size_t i : role.exponents) set(i, exponent);
  if (role.kappa) set(5, kappa);
  return theta;
}

std::vector<LawValues> starts_for(const std::vector<ScalingPoint>& points, const LawTerms& terms, LawFamily family,
                                  const FitOptions& options) {
  const LossScale scale = loss_scale(points, terms);
  const Roles role = roles(family);
  std::vector<LawValues> starts;
  for (const double floor : {0.3, 0.7, 0.95}) {
    for (const double exponent : {0.15, 0.4, 1.0}) {
      if (role.kappa && terms.free[5]) {
        // How much of the effective data is generic, at the middle: little, half, most.
        for (const double kappa : {0.05, 1.0, 20.0})
          starts.push_back(start_at(terms, role, scale, floor, exponent, kappa));
      } else {
        starts.push_back(start_at(terms, role, scale, floor, exponent, 1));
      }
    }
  }
  Random random(derive_seed(options.seed, "scaling law/starts"));
  for (int i = 0; i < options.random_starts; ++i) {
    const double floor = 0.05 + 0.94 * random.uniform();
    LawValues theta = start_at(terms, role, scale, floor, 0.3, std::exp(6 * random.uniform() - 3));
    for (const std::size_t k : role.coefficients) {
      if (terms.free[k]) theta[k] += random.normal();
    }
    for (const std::size_t k : role.exponents) {
      if (terms.free[k]) theta[k] = std::log(0.03) + random.uniform() * std::log(1.5 / 0.03);
    }
    starts.push_back(theta);
  }
  return starts;
}

SolverProblem problem_for(const std::vector<ScalingPoint>& points, const std::vector<double>& counts,
                          const LawTerms& terms, LawFamily family, const FitOptions& options) {
  SolverProblem problem;
  problem.family = family;
  problem.free = terms.free;
  problem.exponents = held_exponents(family);
  problem.huber_delta = options.huber_delta;
  problem.max_iterations = options.max_iterations;
  for (const std::size_t i : terms.used) {
    if (!(counts[i] > 0)) continue;
    const ScalingPoint& point = points[i];
    problem.sizes.push_back(law_size(point.parameters, point.generic_tokens, point.domain_tokens, terms.reference));
    problem.log_losses.push_back(std::log(point.loss));
    problem.weights.push_back(point.weight * counts[i]);
  }
  return problem;
}

void check_options(const FitOptions& options) {
  if (std::isfinite(options.huber_delta) && options.huber_delta > 0 && options.random_starts >= 0 &&
      options.max_iterations > 0) {
    return;
  }
  throw Error(ErrorKind::usage,
              {fmt::format("Huber delta {}, {} random starts, {} iterations", options.huber_delta,
                           options.random_starts, options.max_iterations),
               "scaling law", "a delta above 0, starts from 0, iterations from 1", "Correct the options."});
}

/// Smallest and largest of one size over the runs used.
Range range_of(const std::vector<ScalingPoint>& points, const LawTerms& terms, double ScalingPoint::*size) {
  Range range{points[terms.used[0]].*size, points[terms.used[0]].*size};
  for (const std::size_t i : terms.used) {
    range.low = std::min(range.low, points[i].*size);
    range.high = std::max(range.high, points[i].*size);
  }
  return range;
}

void measure_errors(LawFit& fit, const std::vector<ScalingPoint>& points, const LawTerms& terms) {
  for (const std::size_t i : terms.used) {
    const ScalingPoint& point = points[i];
    const double loss = law_loss(fit.family, fit.values, point.parameters, point.generic_tokens, point.domain_tokens);
    const double error = std::abs(loss - point.loss) / point.loss;
    fit.mean_error += error / static_cast<double>(terms.used.size());
    fit.max_error = std::max(fit.max_error, error);
  }
}

bool all_finite(const LawValues& values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

}  // namespace

void check_fittable(const LawTerms& terms, LawFamily family, std::size_t runs) {
  if (!terms.unusable.empty()) {
    throw Error(ErrorKind::input, {terms.unusable, fmt::format("{} law, {} runs", to_string(family), runs),
                                   "runs that this law can tell apart", "Choose another law, or train other sizes."});
  }
  const int needed = terms.free_count() + 1;
  if (terms.sizes >= needed) return;
  throw Error(
      ErrorKind::input,
      {fmt::format("{} runs of {} different sizes that the law can use", terms.used.size(), terms.sizes),
       fmt::format("{} law", to_string(family)),
       fmt::format("the law has {} free parameters: at least {} runs of different sizes", terms.free_count(), needed),
       "Train runs of more sizes (N, D, D')."});
}

std::vector<std::size_t> held_exponents(LawFamily family) {
  std::vector<std::size_t> exponents = roles(family).exponents;
  if (family == LawFamily::two_stage) exponents.pop_back();  // gamma is of another size
  return exponents;
}

SolverResult refit_law(const std::vector<ScalingPoint>& points, const std::vector<double>& counts,
                       const LawTerms& terms, LawFamily family, const std::vector<LawValues>& starts,
                       const FitOptions& options) {
  const SolverProblem problem = problem_for(points, counts, terms, family, options);
  SolverResult best;
  best.objective = best.penalized = std::numeric_limits<double>::infinity();
  for (const LawValues& start : starts) {
    const SolverResult result = minimise(problem, start);
    if (result.penalized < best.penalized && all_finite(written_values(family, result.theta, terms.reference))) {
      best = result;
    }
  }
  return best;
}

LawFit fit_law(const std::vector<ScalingPoint>& points, LawFamily family, const FitOptions& options) {
  check_options(options);
  check_points(points);
  const LawTerms terms = identify_terms(points, family);
  check_fittable(terms, family, points.size());

  const std::vector<double> once(points.size(), 1.0);
  std::vector<SolverResult> results;
  for (const LawValues& start : starts_for(points, terms, family, options)) {
    results.push_back(refit_law(points, once, terms, family, {start}, options));
  }
  const auto best = std::min_element(results.begin(), results.end(), [](const SolverResult& a, const SolverResult& b) {
    return a.penalized < b.penalized;
  });
  if (!std::isfinite(best->objective)) {
    throw Error(ErrorKind::input,
                {fmt::format("no finite fit from {} starts", results.size()), fmt::format("{} law", to_string(family)),
                 "losses that fall with size", "Look at the losses of the runs, or choose another law."});
  }

  LawFit fit;
  fit.family = family;
  fit.domain = points[0].domain;
  fit.values = written_values(family, best->theta, terms.reference);
  std::fill(fit.values.begin() + static_cast<std::ptrdiff_t>(law_parameter_names(family).size()), fit.values.end(),
            0.0);
  fit.free = terms.free;
  fit.notes = terms.notes;
  fit.runs = static_cast<int>(terms.used.size());
  fit.runs_left_out = static_cast<int>(points.size() - terms.used.size());
  fit.parameters = range_of(points, terms, &ScalingPoint::parameters);
  fit.generic_tokens = range_of(points, terms, &ScalingPoint::generic_tokens);
  fit.domain_tokens = range_of(points, terms, &ScalingPoint::domain_tokens);
  fit.huber_delta = options.huber_delta;
  fit.objective = best->objective;
  fit.converged = best->converged;
  fit.starts = static_cast<int>(results.size());
  fit.starts_at_best = static_cast<int>(std::count_if(results.begin(), results.end(), [&](const SolverResult& result) {
    return result.penalized <= best->penalized * 1.001 + 1e-15;
  }));
  if (!fit.converged) fit.notes.push_back(fmt::format("the best of {} starts did not converge", fit.starts));
  if (fit.starts_at_best == 1)
    fit.notes.push_back(fmt::format("only 1 of {} starts ended at the best fit", fit.starts));
  double lowest = points[terms.used[0]].loss;
  for (const std::size_t i : terms.used) lowest = std::min(lowest, points[i].loss);
  if (fit.values[0] < kNoFloor * lowest) fit.notes.push_back("E is near 0: the runs do not show where the loss ends");
  measure_errors(fit, points, terms);
  return fit;
}

}  // namespace pantograph::plan
