// SPDX-License-Identifier: GPL-3.0-or-later
// Counts different sizes and decides which terms of a law they can carry.
#include "plan/law_terms.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "base/error.h"

namespace pantograph::plan {
namespace {

constexpr double kSameSize = 1.01;

/// Values within 1 % as one: each value's group, and how many there are.
struct Groups {
  std::vector<int> of;
  int count = 0;
};

Groups groups(const std::vector<double>& values) {
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> starts;
  for (const double value : sorted) {
    if (starts.empty() || value > starts.back() * kSameSize) starts.push_back(value);
  }
  Groups out;
  out.count = static_cast<int>(starts.size());
  for (const double value : values) {
    out.of.push_back(static_cast<int>(std::upper_bound(starts.begin(), starts.end(), value) - starts.begin()));
  }
  return out;
}

/// 1 where no value is positive.
double geometric_mean(const std::vector<double>& values) {
  double sum = 0;
  int count = 0;
  for (const double value : values) {
    if (value > 0) sum += std::log(value), ++count;
  }
  return count ? std::exp(sum / count) : 1;
}

bool any_positive(const std::vector<double>& values) {
  return std::any_of(values.begin(), values.end(), [](double value) { return value > 0; });
}

/// The sizes of the runs used, and the terms as they are decided on.
struct Builder {
  LawTerms terms;
  std::vector<double> n, d, p;
  int kinds_n = 0, kinds_d = 0, kinds_p = 0;

  void leave_out(std::size_t parameter) { fix(parameter, kLeftOut); }
  void fix(std::size_t parameter, double logarithm) {
    terms.free[parameter] = false;
    terms.theta[parameter] = logarithm;
  }
  void note(std::string text) { terms.notes.push_back(std::move(text)); }

  /// coefficient / size^exponent by the rule of three sizes.
  void power(int kinds, std::size_t coefficient, std::size_t exponent, double usual, const std::string& size,
             const std::string& term, const std::string& name) {
    if (kinds >= 3) return;
    if (kinds == 2) {
      fix(exponent, std::log(usual));
      note(fmt::format("two values of {} only: {} is fixed at {}", size, name, usual));
      return;
    }
    leave_out(coefficient);
    leave_out(exponent);
    note(fmt::format("one value of {} only: the term {} is left out, and E contains it", size, term));
  }
};

void additive(Builder& b) {
  b.power(b.kinds_n, 1, 2, kUsualAlpha, "N", "A/N^alpha", "alpha");
  b.power(b.kinds_d, 3, 4, kUsualBeta, "D", "B/D^beta", "beta");
  b.power(b.kinds_p, 5, 6, kUsualBeta, "D'", "C/D'^gamma", "gamma");
}

void effective(Builder& b) {
  b.power(b.kinds_n, 1, 2, kUsualAlpha, "N", "A/N^alpha", "alpha");
  if (!any_positive(b.d)) {
    b.leave_out(5), b.leave_out(6);
    b.note("no run has generic tokens: kappa D^delta is left out");
    b.power(b.kinds_p, 3, 4, kUsualBeta, "D'", "B/D'^beta", "beta");
  } else if (!any_positive(b.p)) {
    // Only B / kappa^beta is identifiable: kappa = 1 in relative sizes is as good as any.
    b.terms.reference.domain_tokens = b.terms.reference.generic_tokens;
    b.fix(5, 0), b.fix(6, 0);
    b.note("no run has domain tokens: the term is B/D^beta");
    b.power(b.kinds_d, 3, 4, kUsualBeta, "D", "B/D^beta", "beta");
  } else if (b.kinds_p == 1) {
    b.terms.unusable = "all runs have the same D', so its worth in generic tokens cannot be told";
  } else if (b.kinds_d == 1) {
    b.fix(6, 0);
    b.note("one value of D only: delta is fixed at 1");
  }
}

void two_stage(Builder& b) {
  if (b.kinds_n > 1) b.terms.unusable = "the two-stage law has no term in N, and the runs have several N";
  b.note("the two-stage law has no term in N");
  if (b.kinds_d == 1) {
    b.leave_out(2), b.leave_out(4);
    b.note("one value of D only: alpha and gamma are left out");
  }
  if (b.kinds_p == 1) {
    b.leave_out(3), b.leave_out(4);
    b.note("one value of D' only: beta and gamma are left out");
  }
}

[[noreturn]] void bad_points(std::string found, std::string expected, std::string remedy) {
  throw Error(ErrorKind::input, {std::move(found), "scaling law", std::move(expected), std::move(remedy)});
}

}  // namespace

int LawTerms::free_count() const {
  return static_cast<int>(std::count(free.begin(), free.end(), true));
}

LawTerms identify_terms(const std::vector<ScalingPoint>& points, LawFamily family) {
  Builder b;
  bool generic = false, domain = false;
  for (const ScalingPoint& point : points) {
    generic = generic || point.generic_tokens > 0;
    domain = domain || point.domain_tokens > 0;
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    const ScalingPoint& point = points[i];
    // A power law has no finite value at 0 tokens; the effective data law has unless both are 0.
    const bool lacks_generic = generic && !(point.generic_tokens > 0),
               lacks_domain = domain && !(point.domain_tokens > 0);
    const bool left_out = family == LawFamily::effective_data
                              ? !(point.generic_tokens > 0) && !(point.domain_tokens > 0)
                              : lacks_generic || lacks_domain;
    if (left_out || !(point.weight > 0)) continue;
    b.terms.used.push_back(i);
    b.n.push_back(point.parameters), b.d.push_back(point.generic_tokens), b.p.push_back(point.domain_tokens);
  }
  b.terms.reference = {geometric_mean(b.n), geometric_mean(b.d), geometric_mean(b.p)};
  const Groups n = groups(b.n), d = groups(b.d), p = groups(b.p);
  b.kinds_n = n.count, b.kinds_d = d.count, b.kinds_p = p.count;
  std::set<std::tuple<int, int, int>> sizes;
  for (std::size_t i = 0; i < b.n.size(); ++i) sizes.insert({n.of[i], d.of[i], p.of[i]});
  b.terms.sizes = static_cast<int>(sizes.size());

  std::fill_n(b.terms.free.begin(), law_parameter_names(family).size(), true);
  if (family == LawFamily::additive) additive(b);
  if (family == LawFamily::effective_data) effective(b);
  if (family == LawFamily::two_stage) two_stage(b);
  if (b.terms.used.size() < points.size()) {
    b.note(fmt::format("{} of {} runs left out: the law has no finite loss for them, or their weight is 0",
                       points.size() - b.terms.used.size(), points.size()));
  }
  return b.terms;
}

void check_points(const std::vector<ScalingPoint>& points) {
  if (points.empty())
    bad_points("no runs", "a loss for each of several sizes", "Train models of different sizes first.");
  double low = points[0].loss, high = low;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const ScalingPoint& point = points[i];
    const auto bad = [&](const char* what, double value, const char* expected) {
      bad_points(fmt::format("{} = {} in run {} of {}", what, value, i + 1, points.size()), expected,
                 "Leave this run out, or repeat it.");
    };
    if (!std::isfinite(point.loss) || point.loss <= 0)
      bad("loss", point.loss, "a finite loss above 0 in nats per token");
    if (!std::isfinite(point.parameters) || point.parameters <= 0) bad("N", point.parameters, "parameters above 0");
    if (!std::isfinite(point.generic_tokens) || point.generic_tokens < 0)
      bad("D", point.generic_tokens, "tokens from 0");
    if (!std::isfinite(point.domain_tokens) || point.domain_tokens < 0) bad("D'", point.domain_tokens, "tokens from 0");
    if (!std::isfinite(point.weight) || point.weight < 0) bad("weight", point.weight, "a weight from 0");
    if (point.domain != points[0].domain) {
      bad_points(fmt::format("runs of two domains, \"{}\" and \"{}\"", points[0].domain, point.domain),
                 "one domain for one law", "Fit each domain by itself; the split averages over the fits.");
    }
    low = std::min(low, point.loss), high = std::max(high, point.loss);
  }
  if (points.size() > 1 && high - low <= 1e-9 * high) {
    bad_points(fmt::format("the same loss, {:.6g}, in all {} runs", low, points.size()),
               "losses that depend on the size", "Check that the losses come from different runs.");
  }
}

}  // namespace pantograph::plan
