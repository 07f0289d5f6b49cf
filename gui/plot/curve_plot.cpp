// SPDX-License-Identifier: GPL-3.0-or-later
// Many live curves: data, ranges, looks. The controls, zoom and readout are in curve_controls.cpp.
#include "plot/curve_plot.h"

#include <QCheckBox>
#include <QEvent>
#include <QLabel>
#include <QListWidget>
#include <QSignalBlocker>
#include <QTimer>
#include <cmath>

#include "base/large_pages.h"
#include "plot/curve_plot_private.h"
#include "plot/plot_style.h"

namespace {

constexpr std::size_t kMarkPoints = 60;      // curves with fewer samples show them as dots
constexpr std::size_t kThickLimit = 20'000;  // figures with more points keep pens that are one pixel wide

QCPRange padded(const CurveBounds& bounds, bool logarithmic, double share) {
  double low = bounds.low, high = bounds.high;
  if (logarithmic) {
    const double pad = high > low ? std::pow(high / low, share) : 1.2;
    return QCPRange(low / pad, high * pad);
  }
  const double pad = high > low ? (high - low) * share : std::max(1e-9, std::abs(high) * 0.05 + (high == 0 ? 1 : 0));
  return QCPRange(low - pad, high + pad);
}

}  // namespace

CurvePlot::CurvePlot(QWidget* parent) : QWidget(parent) {
  makeCanvas();
  makeControls();
  connectZoom();
  updateAxes();
  applyStyles(palette());
  setName(name_);
  syncControls();
}

CurvePlot::~CurvePlot() = default;

CurvePlot::Curve* CurvePlot::find(const QString& id) const {
  const auto found = curves_.constFind(id);
  return found == curves_.constEnd() ? nullptr : found->get();
}

void CurvePlot::addCurve(const QString& id, const QString& label, const CurveStyle& style) {
  if (contains(id)) return;
  auto curve = std::make_shared<Curve>();
  curve->id = id;
  curve->label = label;
  curve->style = style;
  if (style.color < 0)
    curve->style.color = static_cast<int>(order_.size()), curve->style.dash = static_cast<int>(order_.size()) / 7;
  curve->series.flopsPerToken = style.flopsPerToken;
  curve->series.reset(view_);
  curve->graph = new QuietGraph(canvas_->xAxis, canvas_->yAxis);
  curve->graph->setName(label);
  if (style.behind) curve->graph->setLayer(QStringLiteral("behind"));
  curve->graph->setAdaptiveSampling(true);
  const QPen pen = plot_style::seriesPen(curve->style.color, curve->style.dash, plot_style::isDark(palette()));
  curve->graph->setPen(pen);
  {
    const QSignalBlocker quiet(list_);
    curve->item = new QListWidgetItem(plot_style::lineIcon(pen), label, list_);
    curve->item->setData(Qt::UserRole, id);
    curve->item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
    curve->item->setCheckState(Qt::Checked);
    curve->item->setToolTip(
        tr("%1\nSpace or a click on the box shows or hides it; a double click shows it alone.").arg(label));
  }
  curves_.insert(id, curve);
  order_ << id;
  if (!find_->text().isEmpty()) filterList();
  syncControls();
}

void CurvePlot::removeCurve(const QString& id) {
  Curve* curve = find(id);
  if (!curve) return;
  canvas_->removePlottable(curve->graph);
  delete curve->item;
  curves_.remove(id);
  order_.removeOne(id);
  syncControls();
  schedule();
}

void CurvePlot::clear() {
  for (const QString& id : QStringList(order_)) removeCurve(id);
}

void CurvePlot::append(const QString& id, std::span<const CurveSample> samples) {
  Curve* curve = find(id);
  if (!curve || samples.empty()) return;
  const bool extends = curve->series.append(samples);
  draw(*curve, !extends);
}

void CurvePlot::setSamples(const QString& id, std::vector<CurveSample> samples) {
  Curve* curve = find(id);
  if (!curve) return;
  curve->series.assign(std::move(samples));
  draw(*curve, true);
}

std::size_t CurvePlot::sampleCount(const QString& id) const {
  const Curve* curve = find(id);
  return curve ? curve->series.samples().size() : 0;
}

void CurvePlot::draw(Curve& curve, bool anew) {
  auto drawn = curve.graph->data();
  if (anew) {
    curve.series.reset(view_);
    drawn->clear();
  }
  // Of the window's thread, kept: new memory costs more time than what is written into it.
  static std::vector<CurvePoint> points;
  curve.series.takeNew(points);
  QVector<QCPGraphData> fresh;  // an empty graph shares it, so it cannot serve again
  // A graph that is empty keeps the room as well: the next point would copy all of them.
  fresh.reserve(static_cast<qsizetype>(anew || drawn->isEmpty() ? 2 * points.size() : points.size()));
  pantograph::take_pages(fresh.data(), points.size() * sizeof(QCPGraphData));
  for (const CurvePoint& point : points) fresh.append(QCPGraphData(point.key, point.value));
  drawn->add(fresh, true);
  const bool dots = curve.series.samples().size() < kMarkPoints;
  const QColor color = curve.graph->pen().color();
  curve.graph->setScatterStyle(dots ? QCPScatterStyle(QCPScatterStyle::ssDisc, color, color, 4) : QCPScatterStyle());
  schedule();
}

void CurvePlot::redrawAll() {
  for (const QString& id : order_) draw(*find(id), true);
  schedule();
}

void CurvePlot::setCurveVisible(const QString& id, bool visible) {
  Curve* curve = find(id);
  if (!curve || curve->visible == visible) return;
  curve->visible = visible;
  curve->graph->setVisible(visible);
  {
    const QSignalBlocker quiet(list_);
    curve->item->setCheckState(visible ? Qt::Checked : Qt::Unchecked);
  }
  schedule();
  Q_EMIT curveVisibilityChanged(id, visible);
}

bool CurvePlot::isCurveVisible(const QString& id) const {
  const Curve* curve = find(id);
  return curve && curve->visible;
}

void CurvePlot::setView(const CurveView& view) {
  if (view == view_) return;
  const bool only_scale = view.x == view_.x && view.aligned == view_.aligned;
  view_ = view;
  if (!only_scale) following_ = true;  // the old zoom means nothing in other units
  updateAxes();
  redrawAll();
  syncControls();
  Q_EMIT viewChanged();
}

void CurvePlot::setFollowing(bool following) {
  if (following_ != following) {
    following_ = following;
    syncControls();
    Q_EMIT followingChanged(following);
  }
  schedule();
}

void CurvePlot::schedule() {
  if (scheduled_) return;
  scheduled_ = true;
  // A hidden page costs nothing: showEvent() catches up.
  if (isVisible()) QTimer::singleShot(0, this, &CurvePlot::refresh);
}

void CurvePlot::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  QTimer::singleShot(0, this, &CurvePlot::refresh);
}

void CurvePlot::refresh() {
  scheduled_ = false;
  fitRanges();
  updateNote();
  canvas_->replot(QCustomPlot::rpQueuedReplot);
}

void CurvePlot::refreshNow() {
  scheduled_ = false;
  fitRanges();
  updateNote();
  canvas_->replot(QCustomPlot::rpImmediateRefresh);
}

void CurvePlot::fitRanges() {
  if (!following_) return;
  CurveBounds keys, values;
  for (const auto& curve : std::as_const(curves_)) {
    if (!curve->visible || !curve->series.keys().valid()) continue;
    keys.add(curve->series.keys());
    values.add(curve->series.values());
  }
  if (!keys.valid()) {
    keys = {view_.logX ? 1.0 : 0.0, 10};
    values = {view_.logY ? 1.0 : 0.0, 10};
  }
  canvas_->xAxis->setRange(padded(keys, view_.logX, 0.02));
  canvas_->yAxis->setRange(padded(values, view_.logY, 0.05));
}

void CurvePlot::updateAxes() {
  static const char* const names[] = {QT_TR_NOOP("tokens"), QT_TR_NOOP("steps"), QT_TR_NOOP("training time, seconds"),
                                      QT_TR_NOOP("training FLOPs")};
  QString label = tr(names[static_cast<int>(view_.x)]);
  if (view_.aligned) label = tr("%1 since the start of each curve").arg(label);
  canvas_->xAxis->setLabel(label);
  // In the label, so that exported figures say it too.
  canvas_->yAxis->setLabel(view_.smoothing > 0 ? tr("%1 (smoothed, weight %2)").arg(value_label_).arg(view_.smoothing)
                                               : value_label_);
  const bool counts = view_.x == XAxis::tokens || view_.x == XAxis::steps;
  plot_style::setAxisScale(canvas_->xAxis, view_.logX, counts ? plot_style::Ticks::counts : plot_style::Ticks::plain);
  plot_style::setAxisScale(canvas_->yAxis, view_.logY, plot_style::Ticks::plain);
}

void CurvePlot::applyStyles(const QPalette& colors) {
  plot_style::applyTheme(canvas_, colors);
  const bool dark = plot_style::isDark(colors);
  for (const auto& curve : std::as_const(curves_)) {
    const QPen pen = plot_style::seriesPen(curve->style.color, curve->style.dash, dark);
    curve->graph->setPen(pen);
    if (!curve->graph->scatterStyle().isNone()) {
      curve->graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, pen.color(), pen.color(), 4));
    }
    const QSignalBlocker quiet(list_);
    curve->item->setIcon(plot_style::lineIcon(pen));
  }
  schedule();
}

void CurvePlot::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) applyStyles(palette());
}

QString CurvePlot::note() const {
  std::size_t thinned = 0, hidden = 0;
  const QCPRange range = canvas_->xAxis->range();
  const double columns = 2.0 * canvas_->axisRect()->width() + 2;  // QCustomPlot's own limit
  for (const auto& curve : std::as_const(curves_)) {
    if (!curve->visible) continue;
    hidden += curve->series.notShown();
    const auto points = curve->graph->data();
    const auto count = points->findEnd(range.upper) - points->findBegin(range.lower);
    if (static_cast<double>(count) > columns) thinned += static_cast<std::size_t>(count);
  }
  QStringList parts;
  if (thinned > 0)
    parts << tr("Thinned for the screen: %L1 points, drawn as lowest and highest of each pixel column.").arg(thinned);
  if (view_.smoothing > 0) {
    parts << tr("Smoothed: exponential average, weight %1 (about %2 samples).")
                 .arg(view_.smoothing)
                 .arg(std::lround(1 / (1 - view_.smoothing)));
  }
  if (hidden > 0) parts << tr("%L1 samples cannot be shown on these axes.").arg(hidden);
  if (!parts.isEmpty()) parts << tr("CSV export has all raw samples.");
  return parts.join(QLatin1Char(' '));
}

CsvTable CurvePlot::table() const {
  struct Part {
    QByteArray head;
    double flops_per_token;
    std::vector<CurveSample> samples;
  };
  auto parts = std::make_shared<std::vector<Part>>();
  for (const QString& id : order_) {
    const Curve* curve = find(id);
    parts->push_back({plot_export::csvField(id) + ',' + plot_export::csvField(curve->label) + ',',
                      curve->series.flopsPerToken, curve->series.samples()});
  }
  return [parts](QIODevice& device) {
    device.write("curve,label,step,tokens,seconds,flops,value\n");
    QByteArray lines;
    for (const Part& part : *parts) {
      for (const CurveSample& sample : part.samples) {
        lines += part.head + plot_export::csvNumber(sample.steps) + ',' + plot_export::csvNumber(sample.tokens) + ',' +
                 plot_export::csvNumber(sample.seconds) + ',';
        if (part.flops_per_token > 0) lines += plot_export::csvNumber(sample.tokens * part.flops_per_token);
        lines += ',' + plot_export::csvNumber(sample.value) + '\n';
        if (lines.size() > 1 << 20) device.write(lines), lines.clear();
      }
    }
    device.write(lines);
  };
}

QString CurvePlot::exportTo(FigureFormat format, const QString& file) {
  if (format == FigureFormat::csv) return plot_export::writeCsv(table(), file);
  refreshNow();
  prepareFigure(true);
  const QString problem = plot_export::writeFigure(canvas_, format, file, name_);
  prepareFigure(false);
  return problem;
}

void CurvePlot::prepareFigure(bool begin) {
  applyStyles(begin ? plot_style::paperPalette() : palette());
  if (begin) legend_shown_ = canvas_->legend->visible();
  canvas_->legend->clearItems();
  canvas_->legend->setVisible(begin || legend_shown_);
  std::size_t points = 0;
  for (const QString& id : std::as_const(order_)) {
    Curve* curve = find(id);
    if (begin && (!curve->visible || curve->series.samples().empty())) continue;
    curve->graph->addToLegend();
    points += curve->series.samples().size();
  }
  if (!begin || points > kThickLimit) return;
  for (const auto& curve : std::as_const(curves_)) {
    QPen pen = curve->graph->pen();
    pen.setCosmetic(false);
    pen.setWidthF(1.3);
    curve->graph->setPen(pen);
  }
}
