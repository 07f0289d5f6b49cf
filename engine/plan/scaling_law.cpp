// SPDX-License-Identifier: GPL-3.0-or-later
// Names, predictions and intervals of fitted laws.
#include "plan/scaling_law.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "plan/law_forms.h"

namespace pantograph::plan {
namespace {

void need_size(double parameters, double generic_tokens, double domain_tokens) {
  const bool finite = std::isfinite(parameters) && std::isfinite(generic_tokens) && std::isfinite(domain_tokens);
  if (finite && parameters > 0 && generic_tokens >= 0 && domain_tokens >= 0) return;
  throw Error(ErrorKind::usage,
              {fmt::format("a prediction at N = {}, D = {}, D' = {}", parameters, generic_tokens, domain_tokens),
               "scaling law", "N above 0, D and D' from 0, all finite", "Give sizes that can be trained."});
}

void need_draws(const LawFit& fit) {
  if (!fit.draws.empty()) return;
  throw Error(ErrorKind::usage, {"a fit without resamples", "scaling law", "a fit with a bootstrap",
                                 "Run the bootstrap on the fit before asking for intervals."});
}

}  // namespace

const char* to_string(LawFamily family) {
  switch (family) {
    case LawFamily::additive:
      return "additive";
    case LawFamily::effective_data:
      return "effective_data";
    case LawFamily::two_stage:
      return "two_stage";
  }
  return "";
}

const char* in_words(LawFamily family) {
  switch (family) {
    case LawFamily::additive:
      return "additive";
    case LawFamily::effective_data:
      return "effective data";
    case LawFamily::two_stage:
      return "two stages";
  }
  return "";
}

LawFamily law_family(const std::string& name) {
  for (const LawFamily family : kLawFamilies) {
    if (name == to_string(family)) return family;
  }
  throw Error(ErrorKind::input, {fmt::format("an unknown scaling law \"{}\"", name), "scaling law",
                                 "additive, effective_data or two_stage", "Correct the name."});
}

const char* bound_words(const Interval& interval) {
  const auto [low, high] = interval.bounds;
  if (!low && !high) return "";
  if (std::abs(interval.high - interval.low) <= 1e-6 * std::abs(interval.high)) return "at the bound of the search";
  if (low && high) return "between the bounds of the search";
  return high ? "at least" : "at most";
}

std::string in_words(const Interval& interval, const std::string& low, const std::string& high) {
  const std::string words = bound_words(interval);
  if (words.empty()) return fmt::format("{} to {}", low, high);
  if (words == "at least") return fmt::format("{} {}", words, low);
  return words == "at most" ? fmt::format("{} {}", words, high) : words;
}

std::string interval_note(const LawFit& fit) {
  if (!fit.no_intervals.empty()) return "no intervals: " + fit.no_intervals;
  if (fit.draws_failed == 0) return "";
  return fmt::format("{} of {} resamples could not be fitted, so the intervals may be wider", fit.draws_failed,
                     fit.draws.size() + static_cast<std::size_t>(fit.draws_failed));
}

const std::vector<std::string>& law_parameter_names(LawFamily family) {
  static const std::vector<std::string> additive = {"E", "A", "alpha", "B", "beta", "C", "gamma"};
  static const std::vector<std::string> effective = {"E", "A", "alpha", "B", "beta", "kappa", "delta"};
  static const std::vector<std::string> two_stage = {"E", "A", "alpha", "beta", "gamma"};
  if (family == LawFamily::additive) return additive;
  return family == LawFamily::effective_data ? effective : two_stage;
}

// Both directions shift a constant by its exponent times the logarithm of the reference. The two-stage law also shifts
// its exponents: alpha at D'0 tokens is alpha - gamma ln D'0, beta at D0 is beta - gamma ln D0.
LawValues written_values(LawFamily family, const LawValues& theta, const LawReference& reference) {
  const double n = std::log(reference.parameters), d = std::log(reference.generic_tokens),
               p = std::log(reference.domain_tokens);
  LawValues v{};
  for (std::size_t i = 0; i < law_parameter_names(family).size(); ++i) v[i] = std::exp(theta[i]);
  switch (family) {
    case LawFamily::additive:
      v[1] = std::exp(theta[1] + v[2] * n);
      v[3] = std::exp(theta[3] + v[4] * d);
      v[5] = std::exp(theta[5] + v[6] * p);
      break;
    case LawFamily::effective_data:
      v[1] = std::exp(theta[1] + v[2] * n);
      v[3] = std::exp(theta[3] + v[4] * p);
      v[5] = std::exp(theta[5] + p - v[6] * d);
      break;
    case LawFamily::two_stage:
      v[2] += v[4] * p;
      v[3] += v[4] * d;
      v[1] = std::exp(theta[1] + v[2] * d + v[3] * p - v[4] * d * p);
      break;
  }
  return v;
}

LawValues centred_logarithms(LawFamily family, const LawValues& values, const LawReference& reference) {
  const double n = std::log(reference.parameters), d = std::log(reference.generic_tokens),
               p = std::log(reference.domain_tokens);
  LawValues v = values;
  if (family == LawFamily::two_stage) {
    v[2] -= v[4] * p;
    v[3] -= v[4] * d;
  }
  LawValues theta{};
  for (std::size_t i = 0; i < law_parameter_names(family).size(); ++i) theta[i] = std::log(v[i]);
  switch (family) {
    case LawFamily::additive:
      theta[1] -= v[2] * n;
      theta[3] -= v[4] * d;
      theta[5] -= v[6] * p;
      break;
    case LawFamily::effective_data:
      theta[1] -= v[2] * n;
      theta[3] -= v[4] * p;
      theta[5] -= p - v[6] * d;
      break;
    case LawFamily::two_stage:
      theta[1] -= values[2] * d + values[3] * p - values[4] * d * p;
      break;
  }
  return theta;
}

double law_loss(LawFamily family, const LawValues& values, double parameters, double generic_tokens,
                double domain_tokens) {
  const LawReference as_written;
  const LawValues theta = centred_logarithms(family, values, as_written);
  return form_loss(family, theta.data(), law_size(parameters, generic_tokens, domain_tokens, as_written));
}

double predict(const LawFit& fit, double parameters, double generic_tokens, double domain_tokens) {
  need_size(parameters, generic_tokens, domain_tokens);
  return law_loss(fit.family, fit.values, parameters, generic_tokens, domain_tokens);
}

Interval predict_interval(const LawFit& fit, double parameters, double generic_tokens, double domain_tokens) {
  need_size(parameters, generic_tokens, domain_tokens);
  need_draws(fit);
  std::vector<double> losses;
  for (const LawValues& draw : fit.draws) {
    losses.push_back(law_loss(fit.family, draw, parameters, generic_tokens, domain_tokens));
  }
  const Range range = central_range(std::move(losses), fit.level);
  return {range, {false, std::isinf(range.high)}};
}

Interval parameter_interval(const LawFit& fit, std::size_t parameter) {
  need_draws(fit);
  std::vector<double> values;
  for (const LawValues& draw : fit.draws) values.push_back(draw.at(parameter));
  return {central_range(std::move(values), fit.level), fit.bounds.at(parameter)};
}

Range central_range(std::vector<double> values, double level) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    const double position = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    const double part = position - static_cast<double>(below);
    if (part == 0 || values[below] == values[above]) return values[below];  // no difference of infinities
    return values[below] + part * (values[above] - values[below]);
  };
  return {at((1 - level) / 2), at((1 + level) / 2)};
}

}  // namespace pantograph::plan
