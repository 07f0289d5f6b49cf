// SPDX-License-Identifier: GPL-3.0-or-later
// Which family of laws to believe: the one that foretells larger runs from smaller ones.
#pragma once

#include "plan/law_fit.h"

namespace pantograph::plan {

/// How well one family, fitted to the smaller runs, foretold the larger ones.
struct FamilyScore {
  LawFamily family = LawFamily::additive;
  std::string excluded;   ///< why it was not compared, or empty
  double mean_error = 0;  ///< |predicted - observed| / observed over the larger runs
  double max_error = 0;
  LawFit fit;  ///< to the smaller runs
};

struct LawChoice {
  LawFit fit;                       ///< the chosen family, fitted to all runs; no bootstrap yet
  std::vector<FamilyScore> scores;  ///< in the order of kLawFamilies
  int fitted_runs = 0;              ///< smaller ones
  int held_out_runs = 0;            ///< larger ones
  int unused_runs = 0;              ///< between: less than twice the fitted tokens
  double fitted_tokens = 0;         ///< most D + D' of a fitted run
  double held_out_tokens = 0;       ///< fewest D + D' of a held-out run
};

/// Holds out the runs with the most tokens, all with at least twice those of any fitted run; fits every family to the
/// rest, and refits the one with the lowest mean error on the held-out runs to all runs. Tokens are D + D'; where no D'
/// is more than a hundredth of the largest D, they are D alone, so that the runs of one budget stay together: twice D
/// but for the last step's rounding (0.1 %), and then as little as 1.96 times the D + D' of a fitted run. The bound
/// between the two parts is the highest that leaves at least a tenth of the runs (and two) held out. Families are
/// compared on the held-out runs that all of them have a finite loss for.
///
///     LawChoice choice = choose_law(points);
///     add_bootstrap(choice.fit, points);
///
/// Errors (input): see check_points(); no bound with runs enough on both sides; no family that fits.
LawChoice choose_law(const std::vector<ScalingPoint>& points, const FitOptions& options = {});

/// Whether the runs' sizes are enough for choose_law(): smaller ones to fit a family to, larger ones to test it on.
/// Losses are not looked at.
bool can_choose_law(const std::vector<ScalingPoint>& points);

/// Further runs that would be enough for choose_law(), each size with every budget and seed that is there.
struct LawNeeds {
  std::vector<double> generic_tokens;  ///< budgets D, each four times the one before; empty: none
  std::vector<double> domain_tokens;   ///< sizes D', each a quarter of the one before, so that the domain set suffices;
                                       ///< where that would be too few, four times
};

/// The fewest further budgets and sizes (budgets first) that make can_choose_law() true; both empty where it is, or
/// where four of them would not do.
LawNeeds law_needs(const std::vector<ScalingPoint>& points);

}  // namespace pantograph::plan
