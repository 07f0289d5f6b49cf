// SPDX-License-Identifier: GPL-3.0-or-later
// Holds out the larger runs, scores the families on them, refits the best.
#include "plan/law_choice.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/numbers.h"

namespace pantograph::plan {
namespace {

/// Domain tokens below this share of the largest generic phase do not make a run a larger one: counted, they would put
/// the runs of one budget on both sides of the bound.
constexpr double kCounts = 0.01;
constexpr double kWholeSteps = 0.999;  // a generic phase ends with a whole step: twice 20.004M is 40.002M

double tokens_of(const ScalingPoint& point) {
  return point.generic_tokens + point.domain_tokens;
}

/// The tokens by which runs are told apart: D, or D + D' where D' counts.
class Size {
 public:
  explicit Size(const std::vector<ScalingPoint>& points) {
    double generic = 0, domain = 0;
    for (const ScalingPoint& point : points) {
      generic = std::max(generic, point.generic_tokens);
      domain = std::max(domain, point.domain_tokens);
    }
    domain_counts_ = domain > kCounts * generic;
  }
  double operator()(const ScalingPoint& point) const {
    return domain_counts_ ? tokens_of(point) : point.generic_tokens;
  }
  bool twice(const ScalingPoint& point, double bound) const {
    return (*this)(point) >= 2 * bound * (domain_counts_ ? 1 : kWholeSteps);
  }

 private:
  bool domain_counts_ = false;
};

/// Runs apart by their size: up to a bound, and from twice that bound.
struct Parts {
  std::vector<ScalingPoint> fitted, held_out;
};

Parts parts_at(const std::vector<ScalingPoint>& points, const Size& size, double bound) {
  Parts parts;
  for (const ScalingPoint& point : points) {
    if (size(point) <= bound) parts.fitted.push_back(point);
    if (size.twice(point, bound)) parts.held_out.push_back(point);
  }
  return parts;
}

bool fittable(const std::vector<ScalingPoint>& points, LawFamily family) {
  if (points.empty()) return false;
  const LawTerms terms = identify_terms(points, family);
  return terms.unusable.empty() && terms.sizes > terms.free_count();
}

/// Runs to hold out, at least.
std::size_t held_out_needed(const std::vector<ScalingPoint>& points) {
  return std::max<std::size_t>(2, points.size() / 10);
}

/// The highest bound at which every family that all runs can identify can be fitted; failing that, at which some can;
/// none fitted where there is no such bound.
Parts find_parts(const std::vector<ScalingPoint>& points) {
  std::vector<double> bounds;
  const Size size(points);
  for (const ScalingPoint& point : points) bounds.push_back(size(point));
  std::sort(bounds.begin(), bounds.end(), std::greater<>());
  bounds.erase(std::unique(bounds.begin(), bounds.end()), bounds.end());
  const std::size_t needed = held_out_needed(points);

  Parts some;
  for (const double bound : bounds) {
    Parts parts = parts_at(points, size, bound);
    if (parts.held_out.size() < needed) continue;
    int all = 0, here = 0;
    for (const LawFamily family : kLawFamilies) {
      all += fittable(points, family);
      here += fittable(points, family) && fittable(parts.fitted, family);
    }
    if (here > 0 && here == all) return parts;
    if (here > 0 && some.fitted.empty()) some = std::move(parts);
  }
  return some;
}

Parts hold_out(const std::vector<ScalingPoint>& points) {
  Parts parts = find_parts(points);
  if (!parts.fitted.empty()) return parts;
  const auto [least, most] =
      std::minmax_element(points.begin(), points.end(),
                          [](const ScalingPoint& a, const ScalingPoint& b) { return tokens_of(a) < tokens_of(b); });
  throw Error(ErrorKind::input,
              {fmt::format("{} runs of {} to {} tokens (D + D')", points.size(), short_count(tokens_of(*least)),
                           short_count(tokens_of(*most))),
               "choice of a scaling law",
               fmt::format("at least {} runs with twice the tokens of the others, and enough others to fit a law to",
                           held_out_needed(points)),
               "Train some larger runs, or fit one law of your choice to all runs."});
}

/// A family fitted to the smaller runs, or the reason why not.
FamilyScore fit_smaller(const std::vector<ScalingPoint>& all, const Parts& parts, LawFamily family,
                        const FitOptions& options) {
  FamilyScore score;
  score.family = family;
  try {
    check_fittable(identify_terms(all, family), family, all.size());
    score.fit = fit_law(parts.fitted, family, options);
  } catch (const Error& error) {
    score.excluded = fmt::format("{} ({})", error.text().found, error.text().expected);
    return score;
  }
  const auto finite = [&](const ScalingPoint& point) {
    return std::isfinite(predict(score.fit, point.parameters, point.generic_tokens, point.domain_tokens));
  };
  if (std::none_of(parts.held_out.begin(), parts.held_out.end(), finite)) {
    score.excluded = "no finite loss for any of the larger runs";
  }
  return score;
}

void measure(std::vector<FamilyScore>& scores, const std::vector<ScalingPoint>& held_out) {
  int compared = 0;
  for (const ScalingPoint& point : held_out) {
    std::vector<std::pair<FamilyScore*, double>> errors;
    bool all_finite = true;
    for (FamilyScore& score : scores) {
      if (!score.excluded.empty()) continue;
      const double loss = predict(score.fit, point.parameters, point.generic_tokens, point.domain_tokens);
      all_finite = all_finite && std::isfinite(loss);
      errors.emplace_back(&score, std::abs(loss - point.loss) / point.loss);
    }
    if (!all_finite) continue;
    ++compared;
    for (const auto& [score, error] : errors) {
      score->mean_error += error;
      score->max_error = std::max(score->max_error, error);
    }
  }
  for (FamilyScore& score : scores) {
    if (score.excluded.empty() && compared == 0) score.excluded = "no larger run that all laws have a finite loss for";
    if (score.excluded.empty()) score.mean_error /= compared;
  }
}

}  // namespace

LawChoice choose_law(const std::vector<ScalingPoint>& points, const FitOptions& options) {
  check_points(points);
  const Parts parts = hold_out(points);
  LawChoice choice;
  choice.fitted_runs = static_cast<int>(parts.fitted.size());
  choice.held_out_runs = static_cast<int>(parts.held_out.size());
  choice.unused_runs = static_cast<int>(points.size()) - choice.fitted_runs - choice.held_out_runs;
  for (const ScalingPoint& point : parts.fitted)
    choice.fitted_tokens = std::max(choice.fitted_tokens, tokens_of(point));
  choice.held_out_tokens = tokens_of(parts.held_out[0]);
  for (const ScalingPoint& point : parts.held_out)
    choice.held_out_tokens = std::min(choice.held_out_tokens, tokens_of(point));
  for (const LawFamily family : kLawFamilies) choice.scores.push_back(fit_smaller(points, parts, family, options));
  measure(choice.scores, parts.held_out);

  const FamilyScore* best = nullptr;
  for (const FamilyScore& score : choice.scores) {
    if (score.excluded.empty() && (!best || score.mean_error < best->mean_error)) best = &score;
  }
  if (!best) {
    std::string reasons;
    for (const FamilyScore& score : choice.scores) {
      reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", to_string(score.family), score.excluded);
    }
    throw Error(ErrorKind::input, {"no law that could be fitted and compared: " + reasons, "choice of a scaling law",
                                   "one law at least", "Train runs of more sizes, or fit one law to all runs."});
  }
  choice.fit = fit_law(points, best->family, options);
  return choice;
}

bool can_choose_law(const std::vector<ScalingPoint>& points) {
  return !find_parts(points).fitted.empty();
}

}  // namespace pantograph::plan
