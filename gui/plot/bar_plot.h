// SPDX-License-Identifier: GPL-3.0-or-later
// Grouped bars: one group a domain, for each method a pale bar (before) and a full one (after).
#pragma once

#include <QStringList>
#include <QWidget>
#include <vector>

#include "plot/plot_export.h"

class QCheckBox;
class QCustomPlot;
class QLabel;

struct BarSeries {
  QString label;
  std::vector<double> before, after;  ///< [categories]; 0 or NaN: no bar
  bool operator==(const BarSeries&) const = default;
};

class BarPlot : public QWidget {
  Q_OBJECT
 public:
  explicit BarPlot(QWidget* parent = nullptr);

  void setValueLabel(const QString& label);
  void setData(const QStringList& categories, const std::vector<BarSeries>& series);
  void setLogarithmic(bool logarithmic);
  QCustomPlot* canvas() const { return canvas_; }
  CsvTable table() const;
  QString exportTo(FigureFormat format, const QString& file);  ///< empty, or what went wrong

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void rebuild(const QPalette& colors);
  void fitRange();
  QStringList categories_;
  std::vector<BarSeries> series_;
  QString value_label_;
  QCustomPlot* canvas_ = nullptr;
  QCheckBox* log_ = nullptr;
};
