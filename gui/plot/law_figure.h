// SPDX-License-Identifier: GPL-3.0-or-later
// A scaling law as a figure: loss against generic tokens, a curve and its runs for each size of the specialization set.
#pragma once

#include <QStringList>

#include "job/laws.h"
#include "measure/figures.h"

/// Curves of the fitted law, with the interval of its resamples, from the smallest run to ten times the generic tokens
/// of the largest; the measured runs as points. Colours go by size: `sizes` gets their names, for FigurePlot.
pantograph::Figure lawFigure(const pantograph::MethodLaw& law, QStringList* sizes);
