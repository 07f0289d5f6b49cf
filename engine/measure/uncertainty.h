// SPDX-License-Identifier: GPL-3.0-or-later
// How far an estimate may be off: parts of a variance, their sum, and intervals.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pantograph::measure {

inline constexpr double kConfidence = 0.95;

struct Interval {
  double low = std::numeric_limits<double>::quiet_NaN(), high = std::numeric_limits<double>::quiet_NaN();
  bool known() const { return low <= high; }
};

/// An estimated variance and its degrees of freedom.
struct Variance {
  double value = 0, degrees = 0;
};
/// Of a sum of independent estimates; degrees of freedom by Satterthwaite's approximation (1946, Biometrics Bulletin
/// 2). Not empty.
Variance sum_of(const std::vector<Variance>& parts);
/// Student's t.
double t_quantile(double degrees, double probability);
double t_two_sided(double degrees, double t);  ///< probability of a larger |t|
Interval interval_of(double estimate, const Variance& variance, double confidence = kConfidence);

/// What each document of a test set has of the loss.
struct TestLosses {
  std::vector<std::uint32_t> documents;  ///< numbers in the test split, rising
  std::vector<std::uint32_t> tokens;     ///< that were predicted
  std::vector<double> losses;            ///< sums of negative log-likelihoods, nats
};

/// One of the evaluations that an estimate is a sum of, and its factor in it; null: what it gave is not known.
struct TestTerm {
  const TestLosses* losses = nullptr;
  double factor = 1;
};
/// Variance of Σ factor · loss per token over test sets drawn anew from the documents that these are a sample of:
/// jackknife, leaving out one document at a time (Efron and Tibshirani 1993, section 11.5). Nothing where a term is not
/// known, the terms are not of the same tokens, or there is one document only.
std::optional<Variance> over_documents(const std::vector<TestTerm>& terms);
/// Of the mean of several domains, each with its own documents. Nothing where one of them has none.
std::optional<Variance> over_documents(const std::map<std::string, std::vector<TestTerm>>& domains);

}  // namespace pantograph::measure
