// SPDX-License-Identifier: GPL-3.0-or-later
// Which constants of a fit ended where the search ends.
#pragma once

#include "plan/law_terms.h"

namespace pantograph::plan {

/// By constant and side, for one fit of centred logarithms (theta, for the reference of `terms`). An exponent is at a
/// bound where the search's hold on it costs more than the runs' losses would (law_solver.h); a constant is at 0 where
/// no run would lose a thousandth of its loss without it (E: where it is near 0, kNoFloor); kappa has no upper end
/// where domain tokens are worth nothing beside the generic ones. A coefficient follows the exponent that it moves
/// with.
std::array<Bounds, kLawParameters> search_bounds(const std::vector<ScalingPoint>& points, const LawTerms& terms,
                                                 LawFamily family, const LawValues& theta);

}  // namespace pantograph::plan
