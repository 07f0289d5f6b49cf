// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/uncertainty.h"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

namespace pantograph::measure {

Variance sum_of(const std::vector<Variance>& parts) {
  Variance sum{0, parts.front().degrees};
  double denominator = 0;
  for (const Variance& part : parts) {
    sum.value += part.value;
    denominator += part.value * part.value / part.degrees;
  }
  if (denominator > 0) sum.degrees = sum.value * sum.value / denominator;
  return sum;
}

double t_quantile(double degrees, double probability) {
  return boost::math::quantile(boost::math::students_t(degrees), probability);
}

double t_two_sided(double degrees, double t) {
  return 2 * boost::math::cdf(boost::math::complement(boost::math::students_t(degrees), std::abs(t)));
}

Interval interval_of(double estimate, const Variance& variance, double confidence) {
  const double half = t_quantile(variance.degrees, 0.5 + confidence / 2) * std::sqrt(variance.value);
  return {estimate - half, estimate + half};
}

std::optional<Variance> over_documents(const std::vector<TestTerm>& terms) {
  if (terms.empty() || terms.front().losses == nullptr) return std::nullopt;
  const TestLosses& first = *terms.front().losses;
  const std::size_t count = first.documents.size();
  if (count < 2) return std::nullopt;
  std::vector<double> losses(count, 0.0);
  for (const TestTerm& term : terms) {
    if (term.losses == nullptr || term.losses->documents != first.documents || term.losses->tokens != first.tokens)
      return std::nullopt;
    for (std::size_t i = 0; i < count; ++i) losses[i] += term.factor * term.losses->losses[i];
  }
  const double loss = std::accumulate(losses.begin(), losses.end(), 0.0);
  const double tokens = std::accumulate(first.tokens.begin(), first.tokens.end(), 0.0);
  std::vector<double> without(count);
  for (std::size_t i = 0; i < count; ++i) without[i] = (loss - losses[i]) / (tokens - first.tokens[i]);
  const auto n = static_cast<double>(count);
  const double mean = std::accumulate(without.begin(), without.end(), 0.0) / n;
  double squares = 0;
  for (const double value : without) squares += (value - mean) * (value - mean);
  if (!std::isfinite(squares)) return std::nullopt;
  return Variance{(n - 1) / n * squares, n - 1};
}

std::optional<Variance> over_documents(const std::map<std::string, std::vector<TestTerm>>& domains) {
  std::vector<Variance> parts;
  const auto count = static_cast<double>(domains.size());
  for (const auto& [domain, terms] : domains) {
    const std::optional<Variance> own = over_documents(terms);
    if (!own) return std::nullopt;
    parts.push_back({own->value / (count * count), own->degrees});
  }
  if (parts.empty()) return std::nullopt;
  return sum_of(parts);
}

}  // namespace pantograph::measure
