// SPDX-License-Identifier: GPL-3.0-or-later
// Many live curves: axes to choose, zoom, readout under the cursor, a list to show and hide, export of figures and raw
// data.
#pragma once

#include <QHash>
#include <QString>
#include <QWidget>
#include <memory>
#include <span>
#include <vector>

#include "plot/curve_series.h"
#include "plot/plot_export.h"

class QCPGraph;
class QCheckBox;
class QComboBox;
class QCustomPlot;
class QLabel;
class QSplitter;
class QLineEdit;
class QListWidget;
class QListWidgetItem;
class QToolButton;

struct CurveStyle {
  int color = -1;            ///< index into plot_style's colours; -1: the next one
  int dash = 0;              ///< 0 solid, 1 dashed, 2 dotted, 3 dash-dot
  bool behind = false;       ///< drawn under the others: noisy curves
  double flopsPerToken = 0;  ///< 0: the curve has no place on an axis of FLOPs
};

class CurvePlot : public QWidget {
  Q_OBJECT
 public:
  explicit CurvePlot(QWidget* parent = nullptr);
  ~CurvePlot() override;

  void setValueLabel(const QString& label);  ///< vertical axis: "loss, nats per token"
  void setName(const QString& name);         ///< for file names and screen readers
  void setPlaceholder(const QString& text);  ///< shown while there is nothing to draw

  void addCurve(const QString& id, const QString& label, const CurveStyle& style = {});
  void removeCurve(const QString& id);
  void clear();
  bool contains(const QString& id) const { return curves_.contains(id); }
  QStringList curveIds() const { return order_; }

  /// Samples sorted by steps. A resumed run repeats steps: samples from the first new step on are replaced.
  void append(const QString& id, std::span<const CurveSample> samples);
  void setSamples(const QString& id, std::vector<CurveSample> samples);  ///< in place of all that were there
  std::size_t sampleCount(const QString& id) const;

  void setCurveVisible(const QString& id, bool visible);
  bool isCurveVisible(const QString& id) const;

  const CurveView& view() const { return view_; }
  void setView(const CurveView& view);  ///< the controls follow
  bool isFollowing() const { return following_; }
  void setFollowing(bool following);              ///< keep all visible curves in sight, until the user zooms
  QString note() const;                           ///< what is thinned, smoothed or left out; empty: nothing
  QString readout(const QPoint& position) const;  ///< nearest points of all visible curves, as rich text

  QCustomPlot* canvas() const { return canvas_; }
  void refreshNow();       ///< draws what is waiting at once, for tests and exports
  CsvTable table() const;  ///< raw samples of all curves, shared or copied now, written later
  QString exportTo(FigureFormat format, const QString& file);  ///< figures at once; empty, or what went wrong

 Q_SIGNALS:
  void curveVisibilityChanged(const QString& id, bool visible);
  void viewChanged();
  void followingChanged(bool following);

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;
  void changeEvent(QEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  struct Curve;
  Curve* find(const QString& id) const;
  void makeControls();
  void makeCanvas();
  void connectZoom();
  void redrawAll();  ///< every point anew: axes, alignment or smoothing changed
  void draw(Curve& curve, bool anew);
  void schedule();
  void refresh();
  void fitRanges();
  void applyStyles(const QPalette& palette);
  void updateAxes();
  void updateNote();
  void syncControls();
  void filterList();  ///< to the curves whose names have the words looked for
  void zoomKeys(int key);
  void showReadout(const QPoint& position);
  void contextMenu(const QPoint& position);
  void prepareFigure(bool begin);  ///< white page and a legend of the visible curves, and back

  QHash<QString, std::shared_ptr<Curve>> curves_;
  QStringList order_;
  CurveView view_;
  QString name_ = QStringLiteral("curves"), value_label_;
  bool following_ = true, scheduled_ = false, legend_shown_ = false;
  QCustomPlot* canvas_ = nullptr;
  QComboBox *axis_choice_ = nullptr, *smoothing_choice_ = nullptr;
  QCheckBox *log_x_ = nullptr, *log_y_ = nullptr, *align_ = nullptr, *follow_ = nullptr;
  QToolButton* export_button_ = nullptr;
  QListWidget* list_ = nullptr;
  QLineEdit* find_ = nullptr;
  QSplitter* splitter_ = nullptr;
  bool list_sized_ = false;
  QLabel *note_ = nullptr, *readout_ = nullptr, *placeholder_ = nullptr;
  QWidget* cursor_line_ = nullptr;
};
