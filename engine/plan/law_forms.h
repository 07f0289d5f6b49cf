// SPDX-License-Identifier: GPL-3.0-or-later
// The laws in the coordinates in which they are fitted: logarithms of the constants, sizes relative to a reference.
#pragma once

#include <cmath>
#include <limits>

#include "plan/scaling_law.h"

namespace pantograph::plan {

/// Sizes that the coordinates are relative to: near the middle of the data a constant and its exponent hardly depend on
/// each other, which the solver needs. All 1: the law as it is written.
struct LawReference {
  double parameters = 1, generic_tokens = 1, domain_tokens = 1;
};

/// ln(N/N0), ln(D/D0), ln(D'/D'0); minus infinity for no tokens.
struct LawSize {
  double n = 0, d = 0, p = 0;
};

inline LawSize law_size(double parameters, double generic_tokens, double domain_tokens, const LawReference& at) {
  return {std::log(parameters / at.parameters), std::log(generic_tokens / at.generic_tokens),
          std::log(domain_tokens / at.domain_tokens)};
}

inline constexpr double kLeftOut = -std::numeric_limits<double>::infinity();  ///< logarithm of a constant that is 0

/// exp(coefficient - exp(exponent) · x): one power law; 0 where it was left out.
template <typename T>
T power_term(const T& coefficient, const T& exponent, double x) {
  using std::exp;
  if (coefficient == kLeftOut) return T(0);
  if (x == kLeftOut) return T(std::numeric_limits<double>::infinity());
  return exp(coefficient - exp(exponent) * x);
}

/// exp(b - beta ln(D' + kappa D^delta)), tokens relative to the reference; 0 where it was left out.
template <typename T>
T effective_term(const T& b, const T& beta, const T& kappa, const T& delta, const LawSize& size) {
  using std::exp;
  using std::log;
  if (b == kLeftOut) return T(0);
  T tokens(std::exp(size.p));
  if (size.d != kLeftOut && kappa != kLeftOut) tokens += exp(kappa + exp(delta) * size.d);
  if (tokens == 0.0) return T(std::numeric_limits<double>::infinity());
  return exp(b - exp(beta) * log(tokens));
}

/// exp(a - alpha d - beta p + gamma d p); a coordinate whose exponents were left out may be missing.
template <typename T>
T two_stage_term(const T* theta, const LawSize& size) {
  using std::exp;
  const bool needs_d = theta[2] != kLeftOut || theta[4] != kLeftOut;
  const bool needs_p = theta[3] != kLeftOut || theta[4] != kLeftOut;
  if ((needs_d && size.d == kLeftOut) || (needs_p && size.p == kLeftOut)) {
    return T(std::numeric_limits<double>::infinity());
  }
  const double d = needs_d ? size.d : 0, p = needs_p ? size.p : 0;
  return exp(theta[1] - exp(theta[2]) * d - exp(theta[3]) * p + exp(theta[4]) * (d * p));
}

/// Loss from the logarithms of the family's constants, in the order of law_parameter_names(). T: double or a number
/// that carries derivatives.
template <typename T>
T form_loss(LawFamily family, const T* theta, const LawSize& size) {
  using std::exp;
  const T floor = exp(theta[0]);
  switch (family) {
    case LawFamily::additive:
      return floor + power_term(theta[1], theta[2], size.n) + power_term(theta[3], theta[4], size.d) +
             power_term(theta[5], theta[6], size.p);
    case LawFamily::effective_data:
      return floor + power_term(theta[1], theta[2], size.n) +
             effective_term(theta[3], theta[4], theta[5], theta[6], size);
    case LawFamily::two_stage:
      return floor + two_stage_term(theta, size);
  }
  return floor;
}

/// The constants of the law as it is written, from logarithms relative to a reference.
LawValues written_values(LawFamily family, const LawValues& theta, const LawReference& reference);

/// The other way round.
LawValues centred_logarithms(LawFamily family, const LawValues& values, const LawReference& reference);

}  // namespace pantograph::plan
