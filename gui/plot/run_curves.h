// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps a CurvePlot in step with the engine: whole runs from a view, single points while they run, no point twice.
#pragma once

#include <QHash>
#include <QObject>
#include <functional>
#include <optional>
#include <vector>

#include "job/engine.h"
#include "plot/curve_plot.h"

/// A run as plots and names need it.
struct RunKey {
  QString step;  ///< id
  QString method;
  QString part;    ///< of the generic phase: the expert's number, or the domain that it is resampled for; else empty
  QString domain;  ///< of a specialization; empty for the generic phase
  quint64 tokens = 0, seed = 0, sample = 1;
  quint64 budget = 0;  ///< of the generic phase that a specialization starts from; 0: its end
  static std::optional<RunKey> of(const pantograph::job::StepKey& step);  ///< nothing for a step that does not train
};

class RunCurves : public QObject {
  Q_OBJECT
 public:
  struct Description {
    QString label;
    CurveStyle style;
    bool visible = true;  ///< at first
  };
  /// Which series of which run this plot shows; asked once for each.
  using Describe = std::function<std::optional<Description>(const RunKey& run, const QString& series)>;

  RunCurves(CurvePlot* plot, Describe describe);

  void show(const pantograph::job::ProjectView& view);
  void add(const std::vector<pantograph::job::MetricAdded>& metrics);
  void clear();
  /// Asks of every curve, in the plot's order, whether it is shown.
  void showWhere(const std::function<bool(const RunKey& run, const QString& series)>& shown);

  static QString curveId(const QString& step, const QString& series) { return step + QLatin1Char('#') + series; }
  std::optional<double> last(const QString& step, const QString& series) const;  ///< of all series, drawn or not
  std::optional<pantograph::store::MetricPoint> lastPoint(const QString& step) const;

 private:
  struct Run {
    RunKey key;
    std::size_t points = 0;  ///< of all series
    pantograph::store::MetricPoint first, newest;
    QHash<QString, double> values;   ///< newest of each series
    QHash<QString, QString> curves;  ///< series of those that are drawn, by curve id
  };
  Run* run(const pantograph::job::StepKey& step);
  bool ensureCurve(Run& run, const QString& series, const QString& id);
  void load(Run& run, const std::vector<pantograph::store::MetricPoint>& points);
  CurvePlot* plot_;
  Describe describe_;
  QHash<QString, Run> runs_;
};
