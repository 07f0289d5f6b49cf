// SPDX-License-Identifier: GPL-3.0-or-later
// The search for the best split, its interval, and what to be warned of.
#include "plan/split.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/error.h"
#include "base/numbers.h"
#include "plan/split_budget.h"

namespace pantograph::plan {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
/// Beyond this many times the fitted sizes a law is trusted less.
constexpr double kFar = 10;
/// A share of the budget that is as good as none.
constexpr double kNothing = 1e-6;

/// Mean loss over the domains: of the fits, or of one resample of each.
struct MeanLoss {
  const std::vector<LawFit>& fits;
  std::size_t draw = std::string::npos;  ///< none: the fits themselves

  double operator()(double parameters, const SplitPoint& point) const {
    double sum = 0;
    for (const LawFit& fit : fits) {
      const LawValues& values = draw == std::string::npos ? fit.values : fit.draws[draw];
      sum += law_loss(fit.family, values, parameters, point.generic_tokens, point.domain_tokens);
    }
    const double loss = sum / static_cast<double>(fits.size());
    return std::isnan(loss) ? kInfinite : loss;
  }
};

/// Splits from all specialization to all generic, dense where either phase gets little, and the one at which the domain
/// set is used up.
std::vector<SplitPoint> grid(const SplitRequest& request, double parameters) {
  std::vector<double> shares = {0, 1};
  for (double logit = -20; logit <= 20; logit += 0.25) shares.push_back(1 / (1 + std::exp(-logit)));
  if (const double most = most_domain_tokens(request); std::isfinite(most)) {
    const double each = specialization_flops(request, parameters, most);
    const double share = 1 - each * request.domains / request.budget;
    if (share > 0 && share < 1) shares.push_back(share);
  }
  std::sort(shares.begin(), shares.end());
  std::vector<SplitPoint> points;
  for (const double share : shares) points.push_back(buy(request, parameters, share));
  return points;
}

/// The best of the grid, then golden section between its neighbours.
SplitPoint search(const MeanLoss& loss, const SplitRequest& request, double parameters,
                  std::vector<SplitPoint>& points) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].loss = loss(parameters, points[i]);
    if (points[i].loss < points[best].loss) best = i;
  }
  SplitPoint found = points[best];
  const double golden = (std::sqrt(5.0) - 1) / 2;
  double low = points[best > 0 ? best - 1 : 0].generic_share;
  double high = points[std::min(best + 1, points.size() - 1)].generic_share;
  const auto at = [&](double share) {
    SplitPoint point = buy(request, parameters, share);
    point.loss = loss(parameters, point);
    if (point.loss < found.loss) found = point;
    return point.loss;
  };
  double left = high - golden * (high - low), right = low + golden * (high - low);
  double left_loss = at(left), right_loss = at(right);
  for (int i = 0; i < 40; ++i) {
    if (left_loss <= right_loss) {
      high = right, right = left, right_loss = left_loss;
      left = high - golden * (high - low), left_loss = at(left);
    } else {
      low = left, left = right, left_loss = right_loss;
      right = low + golden * (high - low), right_loss = at(right);
    }
  }
  return found;
}

bool varies(const Range& range) {
  return range.high > 1.01 * range.low;
}

void check_fits(const std::vector<LawFit>& fits, const SplitRequest& request) {
  if (fits.empty()) {
    throw Error(ErrorKind::usage,
                {"no fitted law", "split of the budget", "one fit for each domain", "Fit a law first."});
  }
  for (const LawFit& fit : fits) {
    if (request.parameters.size() < 2 || varies(fit.parameters)) continue;
    throw Error(ErrorKind::usage,
                {fmt::format("{} model sizes, and a law fitted to runs of one", request.parameters.size()),
                 fmt::format("split of the budget, domain \"{}\"", fit.domain), "runs of several N",
                 "Give one model size, or fit the law to runs of several."});
  }
}

void warn_of_range(std::vector<std::string>& warnings, const std::string& domain, const char* size, double value,
                   const Range& range, bool has_term) {
  if (!has_term) {
    warnings.push_back(fmt::format("{}: all runs have {} = {}, so the law says nothing about {}", domain, size,
                                   short_count(range.high), size));
  } else if (value > kFar * range.high) {
    warnings.push_back(fmt::format("{}: {} = {} is {:.3g} times the largest of the fitted runs", domain, size,
                                   short_count(value), value / range.high));
  } else if (value > 0 && value < range.low / kFar) {
    warnings.push_back(fmt::format("{}: {} = {} is {:.3g} times below the smallest of the fitted runs", domain, size,
                                   short_count(value), range.low / value));
  }
}

void warn_of_fits(SplitPlan& plan, const std::vector<LawFit>& fits) {
  const double parameters = plan.best().parameters;
  const SplitPoint& best = plan.best().best;
  for (const LawFit& fit : fits) {
    const std::string name = fit.domain.empty() ? "law" : fit.domain;
    if (varies(fit.parameters)) {
      warn_of_range(plan.warnings, name, "N", parameters, fit.parameters, true);
    } else if (std::abs(parameters / fit.parameters.high - 1) > 0.01) {
      plan.warnings.push_back(fmt::format("{}: the law was fitted to N = {} only and is used for N = {}", name,
                                          short_count(fit.parameters.high), short_count(parameters)));
    }
    warn_of_range(plan.warnings, name, "D", best.generic_tokens, fit.generic_tokens, varies(fit.generic_tokens));
    warn_of_range(plan.warnings, name, "D'", best.domain_tokens, fit.domain_tokens, varies(fit.domain_tokens));
    if (!fit.converged) plan.warnings.push_back(name + ": the fit did not converge");
    if (const std::string note = interval_note(fit); !note.empty()) plan.warnings.push_back(name + ": " + note);
    if (fit.family == LawFamily::two_stage && best.generic_tokens > 0 &&
        fit.values[4] * std::log(best.generic_tokens) > fit.values[3]) {
      plan.warnings.push_back(
          name + ": at this D the two-stage law lets the loss rise with domain tokens; it is outside its range");
    }
  }
}

void warn_of_bounds(SplitPlan& plan, const SplitRequest& request) {
  const SplitForSize& chosen = plan.best();
  const double most = most_domain_tokens(request);
  if (chosen.best.generic_share >= 1 - kNothing) {
    plan.warnings.push_back("the optimum lies at a bound: all of the budget goes to the generic phase");
  } else if (chosen.best.domain_tokens >= most * (1 - kNothing)) {
    plan.warnings.push_back(fmt::format(
        "the optimum lies at a bound: the domain set ({} tokens{}) is used up", short_count(request.domain_set_tokens),
        request.max_epochs == 1 ? "" : fmt::format(", at most {:.3g} epochs", request.max_epochs)));
  } else if (chosen.best.generic_share <= kNothing) {
    plan.warnings.push_back("the optimum lies at a bound: all of the budget goes to specialization");
  }
  if (chosen.epochs > 1 + 1e-6) {
    plan.warnings.push_back(
        fmt::format("{:.3g} epochs over the domain set: the law takes repeated tokens for new ones unless its runs "
                    "repeated them too",
                    chosen.epochs));
  }
  const auto [low, high] = std::minmax_element(request.parameters.begin(), request.parameters.end());
  if (*low < *high && (chosen.parameters == *low || chosen.parameters == *high)) {
    plan.warnings.push_back(fmt::format("the optimum lies at a bound: N = {} is the {} of the sizes to choose from",
                                        short_count(chosen.parameters),
                                        chosen.parameters == *low ? "smallest" : "largest"));
  }
}

/// The search on each resample; chosen_share and the intervals.
void add_intervals(SplitPlan& plan, const std::vector<LawFit>& fits, const SplitRequest& request,
                   std::vector<std::vector<SplitPoint>>& grids) {
  std::size_t draws = fits[0].draws.size();
  double level = fits[0].level;
  for (const LawFit& fit : fits) {
    draws = std::min(draws, fit.draws.size());
    level = std::min(level, fit.level);
  }
  if (draws == 0) return;
  std::vector<double> generic, domain, share, loss;
  for (std::size_t draw = 0; draw < draws; ++draw) {
    std::size_t lowest = 0;
    double lowest_loss = kInfinite;
    for (std::size_t i = 0; i < plan.sizes.size(); ++i) {
      const SplitPoint point = search({fits, draw}, request, plan.sizes[i].parameters, grids[i]);
      if (point.loss < lowest_loss) lowest = i, lowest_loss = point.loss;
      if (i != plan.chosen) continue;
      generic.push_back(point.generic_tokens), domain.push_back(point.domain_tokens);
      share.push_back(point.generic_share), loss.push_back(point.loss);
    }
    plan.sizes[lowest].chosen_share += 1 / static_cast<double>(draws);
  }
  plan.level = level;
  const Range shares = central_range(share, level), domains = central_range(domain, level),
              losses = central_range(loss, level);
  // The more generic, the fewer domain tokens: one end of all three is where the domains get all that they can take.
  const bool no_domain = shares.high >= 1 - kNothing;
  const bool most_domain = shares.low <= kNothing || domains.high >= most_domain_tokens(request) * (1 - kNothing);
  plan.generic_share = {shares, {most_domain, no_domain}};
  plan.generic_tokens = {central_range(generic, level), {most_domain, no_domain}};
  plan.domain_tokens = {domains, {no_domain, most_domain}};
  plan.loss = {losses, {false, std::isinf(losses.high)}};
}

}  // namespace

SplitPoint split_at(const std::vector<LawFit>& fits, const SplitRequest& request, double parameters,
                    double generic_share) {
  check_request(request);
  check_fits(fits, request);
  if (!(generic_share >= 0 && generic_share <= 1)) {
    throw Error(ErrorKind::usage, {fmt::format("a generic share of {}", generic_share), "split of the budget",
                                   "a share from 0 to 1", "Correct the share."});
  }
  SplitPoint point = buy(request, parameters, generic_share);
  point.loss = MeanLoss{fits}(parameters, point);
  return point;
}

SplitPlan plan_split(const std::vector<LawFit>& fits, const SplitRequest& request) {
  check_request(request);
  check_fits(fits, request);
  SplitPlan plan;
  std::vector<std::vector<SplitPoint>> grids;
  for (const double parameters : request.parameters) {
    grids.push_back(grid(request, parameters));
    SplitForSize size;
    size.parameters = parameters;
    size.best = search({fits}, request, parameters, grids.back());
    size.even = split_at(fits, request, parameters, 0.5);
    size.all_generic = split_at(fits, request, parameters, 1);
    size.all_specialization = split_at(fits, request, parameters, 0);
    if (request.domain_set_tokens > 0) size.epochs = size.best.domain_tokens / request.domain_set_tokens;
    plan.sizes.push_back(size);
    if (size.best.loss < plan.best().best.loss) plan.chosen = plan.sizes.size() - 1;
  }
  if (!std::isfinite(plan.best().best.loss)) {
    throw Error(ErrorKind::usage, {"no split with a finite predicted loss", "split of the budget",
                                   "laws that are finite with both kinds of tokens", "Look at the fits' constants."});
  }
  add_intervals(plan, fits, request, grids);
  warn_of_bounds(plan, request);
  warn_of_fits(plan, fits);
  return plan;
}

}  // namespace pantograph::plan
