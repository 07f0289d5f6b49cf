// SPDX-License-Identifier: GPL-3.0-or-later
// The minimum of the Huber loss on log-residuals from one start. The only user of Ceres.
#pragma once

#include "plan/law_forms.h"

namespace pantograph::plan {

/// Of an exponent, as a logarithm: a factor of e² from the middle costs as much as half a residual of huber_delta.
inline constexpr double kUsualExponent = 0.4, kExponentSpread = 2;

struct SolverProblem {
  LawFamily family = LawFamily::additive;
  std::vector<LawSize> sizes;
  std::vector<double> log_losses;  ///< observed, one for each size
  std::vector<double> weights;     ///< positive
  std::array<bool, kLawParameters> free{};
  std::vector<std::size_t> exponents;  ///< constants to hold near what is usual of exponents
  double huber_delta = 1e-3;
  int max_iterations = 10000;
};

struct SolverResult {
  LawValues theta{};     ///< centred logarithms
  double objective = 0;  ///< sum of weight · Huber(ln predicted - ln observed); infinite where the start was hopeless
  double penalized = 0;  ///< with the exponents' penalty: what was minimised
  bool converged = false;
  int iterations = 0;
};

/// Levenberg-Marquardt (Ceres) with derivatives by its dual numbers. `start`: logarithms, those not free stay.
/// A weak penalty holds the exponents near what is usual: without it a law may fit best where two constants grow
/// without end together (effective data with beta → ∞, delta → 0), and no search ends there.
SolverResult minimise(const SolverProblem& problem, const LawValues& start);

}  // namespace pantograph::plan
