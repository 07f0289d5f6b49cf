// SPDX-License-Identifier: GPL-3.0-or-later
// Two methods on the same domains, seeds and samples: the interval of their difference, and what it decides.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "measure/results.h"
#include "measure/uncertainty.h"

namespace pantograph::measure {

inline constexpr double kPower =
    0.8;  ///< chance that a difference is found, of "could have been seen" and "would need"

enum class Decision {
  behind,    ///< the interval lies on the side where the other method is worse
  ahead,     ///< the other is better
  open,      ///< the interval holds 0
  one_seed,  ///< nothing can be said of other seeds
};

const char* to_string(Decision decision);  ///< of the other method: "worse", "better", "not decided", …

/// How far a method is behind the chosen one, in macro-averaged loss: mean over domains and samples of
/// ln(its perplexity) − ln(the chosen one's), per seed; then over seeds. Seeds are what repeats of an experiment are:
/// their networks differ, while the samples and domains of one seed share a network, so that only seeds are counted as
/// independent. With two methods this is the paired t test. With more, the variance is estimated from all of them
/// (methods × seeds, a randomized block design), unless the pair's own is larger. The test sets are samples too: where
/// what each of their documents has of the losses is known, the variance over documents is added to that over seeds, so
/// that a difference is decided where neither other seeds nor other documents of these domains are likely to turn it.
struct PairedDifference {
  std::string method;          ///< the other one
  double loss = 0;             ///< nats per token; positive: the other one is worse
  Variance of_seeds, of_test;  ///< of `loss`; their degrees are 0 with one seed, where the documents are not known
  double error = std::numeric_limits<double>::quiet_NaN();  ///< standard error of it, of both; NaN with one seed
  double degrees = 0;                                       ///< of freedom, of both
  double p = std::numeric_limits<double>::quiet_NaN();      ///< two-sided, for no difference; before correction
  double confidence = kConfidence;  ///< of the interval: higher where there are several methods (Holm)
  Interval interval;                ///< of `loss`, over seeds and documents
  Interval over_documents;          ///< of `loss` with these very networks, at kConfidence
  Decision decision = Decision::one_seed;
  int seeds = 0, samples = 0, domains = 0, methods = 2;  ///< methods: compared at once, the chosen one among them
};

/// `chosen` against each of the others, in their order, on what all of them have. Holm's step-down correction counts
/// every pair of the methods, since which of them is chosen depends on the same networks: it keeps the chance of one
/// wrong decision or more at 1 − kConfidence. [Holm 1979.]
std::vector<PairedDifference> paired_differences(const std::vector<ResultRecord>& records, const std::string& chosen,
                                                 const std::vector<std::string>& others);

/// Smallest difference, nats per token, that kPower of designs like this one find; NaN with one seed.
double detectable(const PairedDifference& difference);
/// Seeds that would decide a difference as large as this one with kPower; 0: not known, or over a thousand.
int seeds_needed(const PairedDifference& difference);

/// Whether a difference as large as this one stays open with any number of seeds, for want of test documents.
bool test_sets_too_small(const PairedDifference& difference);

/// How much lower the chosen perplexity is: 1 − exp(−loss), of the difference and of its interval.
double lead(double loss);

}  // namespace pantograph::measure
