// SPDX-License-Identifier: GPL-3.0-or-later
// Looks of the plots: colours that colour-blind readers tell apart, dashes, palette-aware theme, ticks in readable
// units.
#pragma once

#include <QColor>
#include <QIcon>
#include <QPalette>
#include <QPen>

class QCPAxis;
class QCustomPlot;

namespace plot_style {

enum class Ticks { plain, counts };  ///< counts: 200k, 1M

bool isDark(const QPalette& palette);
QColor seriesColor(int index,
                   bool dark);  ///< seven colours after Okabe and Ito, darkened or lightened for contrast, repeated

/// 1 px wide whatever the scale: wider pens take QPainter's slow path on long noisy curves. Four dashes, repeated.
QPen seriesPen(int color, int dash, bool dark);
QIcon lineIcon(const QPen& pen);  ///< a swatch for lists

void applyTheme(QCustomPlot* plot, const QPalette& palette);
QPalette paperPalette();  ///< white background, for exported figures

/// Puts the legend to the right of the axes, where it hides nothing. Once for a plot.
void putLegendBeside(QCustomPlot* plot);

/// Scale and ticks of an axis. A logarithmic axis of less than two decades still gets labelled ticks.
void setAxisScale(QCPAxis* axis, bool logarithmic, Ticks ticks);

}  // namespace plot_style
