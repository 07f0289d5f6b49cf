// SPDX-License-Identifier: GPL-3.0-or-later
// A curve as CurvePlot keeps it. For curve_plot.cpp and curve_controls.cpp.
#pragma once

#include <qcustomplot.h>

#include <QListWidgetItem>

#include "plot/curve_plot.h"

/// Without hit tests: QCustomPlot runs them over all data at every turn of the wheel, and nothing here selects curves.
class QuietGraph : public QCPGraph {
 public:
  using QCPGraph::QCPGraph;
  double selectTest(const QPointF&, bool, QVariant* = nullptr) const override { return -1; }
};

struct CurvePlot::Curve {
  QString id, label;
  CurveStyle style;
  CurveSeries series;
  QuietGraph* graph = nullptr;      // owned by the canvas
  QListWidgetItem* item = nullptr;  // owned by the list
  bool visible = true;
};
