// SPDX-License-Identifier: GPL-3.0-or-later
#include "plan/law_bounds.h"

#include <algorithm>
#include <cmath>

#include "plan/law_fit.h"

namespace pantograph::plan {
namespace {

constexpr double kNoTrace = 0.001;  // of a run's loss: less than its noise

using AllBounds = std::array<Bounds, kLawParameters>;

/// Whether the fitted runs have the same losses with other constants, or without their domain tokens.
bool same_losses(const std::vector<ScalingPoint>& points, const LawTerms& terms, LawFamily family,
                 const LawValues& theta, const LawValues& other, bool domain_tokens) {
  return std::all_of(terms.used.begin(), terms.used.end(), [&](std::size_t i) {
    const ScalingPoint& point = points[i];
    const LawSize size = law_size(point.parameters, point.generic_tokens, point.domain_tokens, terms.reference);
    const LawSize there{size.n, size.d, domain_tokens ? size.p : kLeftOut};
    const double loss = form_loss(family, theta.data(), size);
    return std::abs(form_loss(family, other.data(), there) - loss) <= kNoTrace * loss;
  });
}

/// A coefficient is that of the reference sizes, times or over their power: it moves with the exponent.
void follow(AllBounds& bounds, const LawTerms& terms, std::size_t coefficient, std::size_t exponent,
            bool falls = false) {
  if (!terms.free[coefficient]) return;
  bounds[coefficient].low |= falls ? bounds[exponent].high : bounds[exponent].low;
  bounds[coefficient].high |= falls ? bounds[exponent].low : bounds[exponent].high;
}

}  // namespace

AllBounds search_bounds(const std::vector<ScalingPoint>& points, const LawTerms& terms, LawFamily family,
                        const LawValues& theta) {
  AllBounds bounds{};
  double lowest = points[terms.used[0]].loss;
  for (const std::size_t i : terms.used) lowest = std::min(lowest, points[i].loss);
  bounds[0].low = std::exp(theta[0]) < kNoFloor * lowest;
  const std::vector<std::size_t> held = held_exponents(family);
  for (std::size_t i = 1; i < kLawParameters; ++i) {
    if (!terms.free[i]) continue;
    if (std::find(held.begin(), held.end(), i) != held.end()) {
      const double away = theta[i] - std::log(kUsualExponent);
      bounds[i] = {away<-kExponentSpread, away> kExponentSpread};
    } else {
      LawValues without = theta;
      without[i] = kLeftOut;
      bounds[i].low = same_losses(points, terms, family, theta, without, true);
    }
  }
  switch (family) {
    case LawFamily::additive:
      follow(bounds, terms, 1, 2), follow(bounds, terms, 3, 4), follow(bounds, terms, 5, 6);
      break;
    case LawFamily::effective_data:
      if (terms.free[5] && same_losses(points, terms, family, theta, theta, false)) {
        bounds[5].high = bounds[3].high = true;  // only B / kappa^beta is left to tell
      }
      follow(bounds, terms, 1, 2), follow(bounds, terms, 3, 4), follow(bounds, terms, 5, 6, true);
      break;
    case LawFamily::two_stage:
      follow(bounds, terms, 1, 2), follow(bounds, terms, 1, 3);
      break;
  }
  return bounds;
}

}  // namespace pantograph::plan
