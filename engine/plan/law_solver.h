// SPDX-License-Identifier: GPL-3.0-or-later
// The minimum of the Huber loss on log-residuals from one start. The only user of Ceres.
#pragma once

#include "plan/law_forms.h"

namespace pantograph {

struct SolverProblem {
  LawFamily family = LawFamily::additive;
  std::vector<LawSize> sizes;
  std::vector<double> log_losses;  ///< observed, one for each size
  std::vector<double> weights;     ///< positive
  std::array<bool, kLawParameters> free{};
  double huber_delta = 1e-3;
  int max_iterations = 2000;
};

struct SolverResult {
  LawValues theta{};     ///< centred logarithms
  double objective = 0;  ///< sum of weight · Huber(ln predicted - ln observed); infinite where the start was hopeless
  bool converged = false;
  int iterations = 0;
};

/// Levenberg-Marquardt (Ceres) with derivatives by its dual numbers. `start`: logarithms, those not free stay.
SolverResult minimise(const SolverProblem& problem, const LawValues& start);

}  // namespace pantograph
