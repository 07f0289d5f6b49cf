// SPDX-License-Identifier: GPL-3.0-or-later
// Which constants of a law a set of runs can identify.
#pragma once

#include <string>
#include <vector>

#include "plan/law_forms.h"

namespace pantograph::plan {

/// Exponents of N and of tokens (Hoffmann et al. 2022, approach 3), used where the runs have two sizes only.
inline constexpr double kUsualAlpha = 0.34, kUsualBeta = 0.28;

/// Where E is less than this share of the lowest loss, the runs do not show where the loss ends.
inline constexpr double kNoFloor = 0.01;

struct LawTerms {
  std::string unusable;           ///< why the family cannot be fitted to these runs, or empty
  std::vector<std::size_t> used;  ///< positions of the runs for which the family has a finite loss
  std::array<bool, kLawParameters> free{};
  LawValues theta{};               ///< centred logarithms of what is not free (minus infinity: left out)
  std::vector<std::string> notes;  ///< one sentence for each thing left out or fixed
  LawReference reference;          ///< geometric means of the runs used
  int sizes = 0;                   ///< different (N, D, D')

  int free_count() const;
};

/// Sizes within 1 % of each other count as one. The rule per term: one size, and the term is left out (E contains it);
/// two, and its exponent is fixed; three, and both of its constants are free.
LawTerms identify_terms(const std::vector<ScalingPoint>& points, LawFamily family);

/// Error(input) for points that no law can be fitted to: a number that is not finite, a size or loss that is not
/// positive, more than one domain, losses that are all the same, no point at all.
void check_points(const std::vector<ScalingPoint>& points);

}  // namespace pantograph::plan
