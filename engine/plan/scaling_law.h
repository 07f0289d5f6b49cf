// SPDX-License-Identifier: GPL-3.0-or-later
// Laws for the loss on a domain after a generic phase and a specialization, and what a fit of one holds.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace pantograph::plan {

/// One run: a model of N parameters trained on D generic tokens, then on D' tokens of one domain.
struct ScalingPoint {
  double parameters = 0;      ///< N
  double generic_tokens = 0;  ///< D; 0: no generic phase
  double domain_tokens = 0;   ///< D', all that is read, or the size of a set read again (SplitRequest::passes); 0: none
  double loss = 0;            ///< nats per token on the domain's held-out text
  std::string domain;
  double weight = 1;       ///< of this run in the fit
  std::uint64_t seed = 0;  ///< with N and D it says which pretrained network the run is of; does not enter the fit
};

/// The families of laws (L in nats per token):
///   additive        L = E + A/N^alpha + B/D^beta + C/D'^gamma (Hoffmann et al. 2022, eq. 2, with a term for D')
///   effective_data  L = E + A/N^alpha + B/(D' + kappa D^delta)^beta (after Hernandez et al. 2021, data transferred)
///   two_stage       L = E + A D^(-alpha) D'^(-beta + gamma ln D) (arXiv 2510.06548)
enum class LawFamily { additive, effective_data, two_stage };

inline constexpr std::array<LawFamily, 3> kLawFamilies = {LawFamily::additive, LawFamily::effective_data,
                                                          LawFamily::two_stage};
inline constexpr std::size_t kLawParameters = 7;

/// One number for each name of law_parameter_names(), in that order; those beyond are 0.
using LawValues = std::array<double, kLawParameters>;

const char* to_string(LawFamily family);  ///< as files name it: "additive", "effective_data", "two_stage"
const char* in_words(LawFamily family);   ///< as report and window name it: "additive", "effective data", "two stages"
/// Error(input) for an unknown name.
LawFamily law_family(const std::string& name);
/// "E", "A", "alpha", …
const std::vector<std::string>& law_parameter_names(LawFamily family);

struct Range {
  double low = 0, high = 0;
};

/// Ends that are where the search ended, not where the runs say: what was looked for may lie beyond.
struct Bounds {
  bool low = false, high = false;
  bool operator==(const Bounds&) const = default;
};

/// Of resamples.
struct Interval : Range {
  Bounds bounds;
};

/// "at least" where only the upper end is a bound, "at most" where only the lower one is, "at the bound of the search"
/// where all of it lies there, "between the bounds of the search"; empty for an ordinary interval.
const char* bound_words(const Interval& interval);
/// "1.2M to 3M", "at least 1.2M", "at most 3M", "at the bound of the search", … from both ends as they are shown.
std::string in_words(const Interval& interval, const std::string& low, const std::string& high);

/// A law with its constants, and how they were found.
struct LawFit {
  LawFamily family = LawFamily::additive;
  std::string domain;
  LawValues values{};                       ///< of the law as written above; a term that was left out has 0
  std::array<bool, kLawParameters> free{};  ///< found by the fit; the others were left out or fixed
  std::vector<std::string> notes;           ///< what the data could not identify, and what was done about it

  int runs = 0;                                     ///< fitted
  int runs_left_out = 0;                            ///< that the family has no finite loss for
  Range parameters, generic_tokens, domain_tokens;  ///< of the fitted runs

  double huber_delta = 0;
  double objective = 0;    ///< sum of weight · Huber(ln predicted - ln observed)
  bool converged = false;  ///< of the best start
  int starts = 0;          ///< tried
  int starts_at_best = 0;  ///< that ended at the best objective (within 0.1 %): few of many is a warning
  double mean_error = 0;   ///< |predicted - observed| / observed over the fitted runs
  double max_error = 0;

  double level = 0;                             ///< of the intervals, e.g. 0.9; 0: there are none
  int networks = 0;                             ///< pretrained ones that were resampled
  std::string no_intervals;                     ///< why the bootstrap claims none, or empty
  std::vector<LawValues> draws;                 ///< one fit per resample (plan/law_bootstrap.h)
  int draws_failed = 0;                         ///< resamples left out: not identifiable, or not converged
  std::array<Bounds, kLawParameters> bounds{};  ///< of the constants' intervals
};

/// What is to be known of the fit's intervals: why there are none, or that resamples failed; empty otherwise.
std::string interval_note(const LawFit& fit);

/// Loss of a law in nats per token; infinite where it has none (the additive law at D' = 0, for example).
double law_loss(LawFamily family, const LawValues& values, double parameters, double generic_tokens,
                double domain_tokens);

/// Loss predicted by the fit. Error(usage) where N is not positive, tokens are negative, or a number is not finite.
double predict(const LawFit& fit, double parameters, double generic_tokens, double domain_tokens);

/// Interval of the predicted (noise-free) loss over the bootstrap's draws, at fit.level; an infinite upper end is a
/// bound. Error(usage) without draws.
Interval predict_interval(const LawFit& fit, double parameters, double generic_tokens, double domain_tokens);

/// Interval of one parameter (position in law_parameter_names()) over the draws; Error(usage) without draws.
Interval parameter_interval(const LawFit& fit, std::size_t parameter);

/// The central part of `values` that holds `level` of them (linear between neighbours). Not empty.
Range central_range(std::vector<double> values, double level);

}  // namespace pantograph::plan
