// SPDX-License-Identifier: GPL-3.0-or-later
// One figure of the paper, from the user's own runs: lines with points and the spread over seeds, fitted curves with
// their interval, log axes, legend, values under the cursor, exports.
#pragma once

#include <QRectF>
#include <QStringList>
#include <QWidget>
#include <vector>

#include "measure/figures.h"
#include "plot/plot_export.h"

class QCheckBox;
class QCustomPlot;
class QToolButton;

class FigurePlot : public QWidget {
  Q_OBJECT
 public:
  explicit FigurePlot(QWidget* parent = nullptr);

  /// `methods` in the order of the project: each has one colour in all figures.
  void setFigure(const pantograph::measure::Figure& figure, const QStringList& methods);
  const pantograph::measure::Figure& figure() const { return figure_; }
  QCheckBox* logX() const { return log_x_; }
  QCheckBox* logY() const { return log_y_; }
  QString readout(const QPoint& position) const;  ///< the point under or near the cursor; empty: none
  void showAll();                                 ///< ranges that hold every point and its spread
  QRectF range() const;                           ///< of both axes, in their units; its top is the lowest value
  QPoint pixelOf(double x, double y) const;
  std::vector<int> drawn() const;  ///< points of each series that these axes can show
  int seriesWithSpread() const;    ///< that have bars or a band
  QCustomPlot* canvas() const { return canvas_; }
  CsvTable table() const;                                      ///< every point, as in the report's file
  QString exportTo(FigureFormat format, const QString& file);  ///< empty, or what went wrong

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  void makeControls();
  void rebuild(const QPalette& colors, bool paper);
  bool shown(const pantograph::measure::FigurePoint& point) const;  ///< the axes can show it
  void addBand(const pantograph::measure::FigureSeries& series, const QColor& color);
  int with_spread_ = 0;
  std::vector<int> drawn_;
  pantograph::measure::Figure figure_;
  QStringList methods_;
  QCustomPlot* canvas_;
  QCheckBox *log_x_, *log_y_, *spread_;
};
