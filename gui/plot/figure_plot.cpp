// SPDX-License-Identifier: GPL-3.0-or-later
// Draws a Figure.
#include "plot/figure_plot.h"

#include <qcustomplot.h>

#include <QBoxLayout>
#include <QCheckBox>
#include <QEvent>
#include <QMenu>
#include <QSignalBlocker>
#include <QToolButton>
#include <QToolTip>
#include <cmath>

#include "plot/plot_style.h"
#include "plot/quantities.h"

namespace {

constexpr double kNear = 14;  // pixels from a point to the cursor

QCPRange padded(double low, double high, bool logarithmic) {
  if (!(low <= high)) return logarithmic ? QCPRange(1, 10) : QCPRange(0, 1);
  if (logarithmic) {
    const double pad = high > low ? std::pow(high / low, 0.06) : 1.5;
    return {low / pad, high * pad};
  }
  const double pad = high > low ? 0.06 * (high - low) : std::max(1e-9, 0.1 * std::abs(high));
  return {low - pad, high + pad};
}

plot_export::Source exportSource(FigurePlot* plot) {
  return {plot, [plot] { return QString::fromStdString(plot->figure().id); },
          [plot](FigureFormat format, const QString& file) { return plot->exportTo(format, file); },
          [plot] { return plot->table(); }, [plot] { return plot->canvas(); }};
}

}  // namespace

FigurePlot::FigurePlot(QWidget* parent) : QWidget(parent) {
  canvas_ = new QCustomPlot(this);
  canvas_->setMinimumSize(260, 160);
  canvas_->setFocusPolicy(Qt::StrongFocus);
  canvas_->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
  canvas_->setContextMenuPolicy(Qt::CustomContextMenu);
  canvas_->axisRect()->setMinimumMargins(QMargins(8, 8, 14, 8));
  plot_style::putLegendBeside(canvas_);
  canvas_->installEventFilter(this);
  setFocusProxy(canvas_);
  makeControls();
  rebuild(palette(), false);
}

void FigurePlot::makeControls() {
  const auto box = [this](const QString& text, const QString& tip) {
    auto* check = new QCheckBox(text, this);
    check->setToolTip(tip);
    connect(check, &QCheckBox::toggled, this, [this] { rebuild(palette(), false); });
    return check;
  };
  log_x_ = box(tr("Log x"), tr("Logarithmic horizontal axis"));
  log_y_ = box(tr("Log y"), tr("Logarithmic vertical axis"));
  spread_ = box(tr("Spread"), tr("Standard deviation over seeds, as bars (nothing with one seed); interval of a fitted "
                                 "curve, as a band"));
  {
    const QSignalBlocker quiet(spread_);
    spread_->setChecked(true);
  }
  auto* button = new QToolButton(this);
  button->setText(tr("Export"));
  button->setToolTip(tr("Figure as PNG, PDF or SVG, every point as CSV"));
  button->setPopupMode(QToolButton::InstantPopup);
  button->setToolButtonStyle(Qt::ToolButtonTextOnly);
  auto* menu = new QMenu(button);
  plot_export::fillMenu(menu, exportSource(this));
  button->setMenu(menu);
  auto* row = new QHBoxLayout;
  row->addWidget(log_x_);
  row->addWidget(log_y_);
  row->addWidget(spread_);
  row->addStretch();
  row->addWidget(button);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addLayout(row);
  layout->addWidget(canvas_, 1);
  connect(canvas_, &QCustomPlot::customContextMenuRequested, this,
          [this, menu](const QPoint& position) { menu->popup(canvas_->mapToGlobal(position)); });
  connect(canvas_, &QCustomPlot::mouseDoubleClick, this, &FigurePlot::showAll);
  connect(canvas_, &QCustomPlot::mouseMove, this, [this](QMouseEvent* event) {
    const QString text = readout(event->pos());
    if (text.isEmpty())
      QToolTip::hideText();
    else
      QToolTip::showText(canvas_->mapToGlobal(event->pos() + QPoint(12, 12)), text, canvas_);
  });
}

void FigurePlot::setFigure(const pantograph::measure::Figure& figure, const QStringList& methods) {
  figure_ = figure;
  methods_ = methods;
  const QSignalBlocker b1(log_x_), b2(log_y_);
  log_x_->setChecked(figure.x.log);
  log_y_->setChecked(figure.y.log);
  canvas_->setAccessibleName(
      QStringLiteral("%1: %2").arg(QString::fromStdString(figure.group), QString::fromStdString(figure.title)));
  canvas_->setAccessibleDescription(tr("Arrows move, plus and minus zoom, Home shows everything."));
  rebuild(palette(), false);
}

bool FigurePlot::shown(const pantograph::measure::FigurePoint& point) const {
  return std::isfinite(point.x) && std::isfinite(point.y) && (!log_x_->isChecked() || point.x > 0) &&
         (!log_y_->isChecked() || point.y > 0);
}

void FigurePlot::rebuild(const QPalette& colors, bool paper) {
  canvas_->clearPlottables();
  plot_style::applyTheme(canvas_, colors);
  const bool dark = plot_style::isDark(colors);
  plot_style::setAxisScale(canvas_->xAxis, log_x_->isChecked(), plot_style::Ticks::plain);
  plot_style::setAxisScale(canvas_->yAxis, log_y_->isChecked(), plot_style::Ticks::plain);
  canvas_->xAxis->setLabel(QString::fromStdString(figure_.x.label));
  canvas_->yAxis->setLabel(QString::fromStdString(figure_.y.label));
  with_spread_ = 0;
  drawn_.clear();
  QHash<QString, int> of_method;  // how many series of it there are so far
  int others = static_cast<int>(methods_.size());
  for (const auto& series : figure_.series) {
    const QString method = QString::fromStdString(series.method);
    const auto known = methods_.indexOf(method);
    const int color = known >= 0 ? static_cast<int>(known) : others++;
    // Beyond seven colours, and for several series of one method, the dash tells apart.
    QPen pen = plot_style::seriesPen(color, color / 7 + of_method[method]++, dark);
    auto* graph = canvas_->addGraph();
    graph->setName(QString::fromStdString(series.name));
    if (paper) {
      pen.setCosmetic(false);
      pen.setWidthF(1.3);
    }
    graph->setPen(pen);
    if (series.marks == pantograph::measure::FigureMarks::points) graph->setLineStyle(QCPGraph::lsNone);
    if (series.marks != pantograph::measure::FigureMarks::line)
      graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, pen.color(), pen.color(), 6));
    QVector<double> x, y, spread;
    for (const auto& point : series.points) {
      if (!shown(point)) continue;
      x << point.x;
      y << point.y;
      spread << point.spread;
    }
    graph->setData(x, y, true);
    drawn_.push_back(graph->dataCount());
    addBand(series, pen.color());
    if (!spread_->isChecked() || std::none_of(spread.begin(), spread.end(), [](double s) { return s > 0; })) continue;
    ++with_spread_;
    auto* bars = new QCPErrorBars(canvas_->xAxis, canvas_->yAxis);
    bars->removeFromLegend();
    bars->setDataPlottable(graph);
    bars->setData(spread);
    bars->setPen(QPen(pen.color()));
    bars->setWhiskerWidth(6);
    bars->setSymbolGap(0);
  }
  canvas_->legend->setVisible(!figure_.series.empty());
  showAll();
}

void FigurePlot::addBand(const pantograph::measure::FigureSeries& series, const QColor& color) {
  if (!spread_->isChecked() || series.low.empty()) return;
  QVector<double> x, low, high;
  for (std::size_t i = 0; i < series.points.size(); ++i) {
    if (!shown(series.points[i]) || !std::isfinite(series.low[i]) || !std::isfinite(series.high[i])) continue;
    if (log_y_->isChecked() && series.low[i] <= 0) continue;
    x << series.points[i].x;
    low << series.low[i];
    high << series.high[i];
  }
  if (x.isEmpty()) return;
  ++with_spread_;
  auto* lower = canvas_->addGraph();
  auto* upper = canvas_->addGraph();
  lower->setData(x, low, true);
  upper->setData(x, high, true);
  QColor fill = color;
  fill.setAlpha(45);
  upper->setBrush(fill);
  upper->setChannelFillGraph(lower);
  for (auto* edge : {lower, upper}) {
    edge->setPen(Qt::NoPen);
    edge->removeFromLegend();
  }
}

void FigurePlot::showAll() {
  double low_x = INFINITY, high_x = -INFINITY, low_y = INFINITY, high_y = -INFINITY;
  for (const auto& series : figure_.series) {
    for (std::size_t i = 0; i < series.points.size(); ++i) {
      const auto& point = series.points[i];
      if (!shown(point)) continue;
      if (spread_->isChecked() && !series.low.empty() && std::isfinite(series.low[i]) &&
          std::isfinite(series.high[i])) {
        if (!log_y_->isChecked() || series.low[i] > 0) low_y = std::min(low_y, series.low[i]);
        high_y = std::max(high_y, series.high[i]);
      }
      low_x = std::min(low_x, point.x), high_x = std::max(high_x, point.x);
      const double spread = spread_->isChecked() && std::isfinite(point.spread) ? point.spread : 0;
      const double low = point.y - spread;
      low_y = std::min(low_y, log_y_->isChecked() && low <= 0 ? point.y : low);
      high_y = std::max(high_y, point.y + spread);
    }
  }
  canvas_->xAxis->setRange(padded(low_x, high_x, log_x_->isChecked()));
  canvas_->yAxis->setRange(padded(low_y, high_y, log_y_->isChecked()));
  canvas_->replot(QCustomPlot::rpQueuedReplot);
}

QRectF FigurePlot::range() const {
  const QCPRange x = canvas_->xAxis->range(), y = canvas_->yAxis->range();
  return {x.lower, y.lower, x.size(), y.size()};
}

QPoint FigurePlot::pixelOf(double x, double y) const {
  return {static_cast<int>(canvas_->xAxis->coordToPixel(x)), static_cast<int>(canvas_->yAxis->coordToPixel(y))};
}

std::vector<int> FigurePlot::drawn() const {
  return drawn_;
}

int FigurePlot::seriesWithSpread() const {
  return with_spread_;
}

QString FigurePlot::readout(const QPoint& position) const {
  double nearest = kNear;
  QString text;
  for (const auto& series : figure_.series) {
    for (std::size_t i = 0; i < series.points.size(); ++i) {
      const auto& point = series.points[i];
      if (!shown(point)) continue;
      const double distance = std::hypot(canvas_->xAxis->coordToPixel(point.x) - position.x(),
                                         canvas_->yAxis->coordToPixel(point.y) - position.y());
      if (distance > nearest) continue;
      nearest = distance;
      const QString value = point.spread > 0 ? QStringLiteral("%1 ± %2").arg(QString::number(point.y, 'g', 5),
                                                                             QString::number(point.spread, 'g', 2))
                                             : QString::number(point.y, 'g', 5);
      text = QStringLiteral("%1\n%2: %3\n%4: %5")
                 .arg(QString::fromStdString(series.name), QString::fromStdString(figure_.y.label), value,
                      QString::fromStdString(figure_.x.label), quantities::scientific(point.x));
      if (!series.low.empty())
        text += tr("\ninterval: %1 to %2")
                    .arg(QString::number(series.low[i], 'g', 5), QString::number(series.high[i], 'g', 5));
      if (point.seeds > 1) text += tr("\nmean of %1 seeds").arg(point.seeds);
    }
  }
  return text;
}

bool FigurePlot::eventFilter(QObject* object, QEvent* event) {
  if (object == canvas_ && event->type() == QEvent::KeyPress) {
    const auto move = [](QCPAxis* axis, double share) {
      if (axis->scaleType() == QCPAxis::stLogarithmic) {
        const double factor = std::pow(axis->range().upper / axis->range().lower, share);
        axis->setRange(axis->range().lower * factor, axis->range().upper * factor);
      } else {
        axis->moveRange(axis->range().size() * share);
      }
    };
    switch (static_cast<QKeyEvent*>(event)->key()) {
      case Qt::Key_Left:
        move(canvas_->xAxis, -0.1);
        break;
      case Qt::Key_Right:
        move(canvas_->xAxis, 0.1);
        break;
      case Qt::Key_Up:
        move(canvas_->yAxis, 0.1);
        break;
      case Qt::Key_Down:
        move(canvas_->yAxis, -0.1);
        break;
      case Qt::Key_Plus:
        canvas_->xAxis->scaleRange(0.8), canvas_->yAxis->scaleRange(0.8);
        break;
      case Qt::Key_Minus:
        canvas_->xAxis->scaleRange(1.25), canvas_->yAxis->scaleRange(1.25);
        break;
      case Qt::Key_Home:
        showAll();
        return true;
      default:
        return false;
    }
    canvas_->replot(QCustomPlot::rpQueuedReplot);
    return true;
  }
  return QWidget::eventFilter(object, event);
}

void FigurePlot::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) rebuild(palette(), false);
}

CsvTable FigurePlot::table() const {
  return [figure = figure_](QIODevice& device) {
    device.write(QByteArray::fromStdString(pantograph::measure::figures_csv({figure})));
  };
}

QString FigurePlot::exportTo(FigureFormat format, const QString& file) {
  if (format == FigureFormat::csv) return plot_export::writeCsv(table(), file);
  const QCPRange x = canvas_->xAxis->range(), y = canvas_->yAxis->range();
  rebuild(plot_style::paperPalette(), true);
  canvas_->xAxis->setRange(x);
  canvas_->yAxis->setRange(y);
  const QString problem = plot_export::writeFigure(canvas_, format, file, QString::fromStdString(figure_.title));
  rebuild(palette(), false);
  canvas_->xAxis->setRange(x);
  canvas_->yAxis->setRange(y);
  canvas_->replot(QCustomPlot::rpQueuedReplot);
  return problem;
}
