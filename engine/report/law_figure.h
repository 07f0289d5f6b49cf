// SPDX-License-Identifier: GPL-3.0-or-later
// A scaling law as a figure: loss against generic tokens, a curve and its runs for each size of the specialization set.
#pragma once

#include <vector>

#include "measure/figures.h"
#include "report/laws.h"

namespace pantograph::report {

/// Curves of the fitted law, with the interval of its resamples, from the smallest run to ten times the generic tokens
/// of the largest; the measured runs as points. A series' `method` is the size that it is for: colours go by size.
measure::Figure law_figure(const MethodLaw& law);
std::vector<measure::Figure> law_figures(const Laws& laws);

}  // namespace pantograph::report
