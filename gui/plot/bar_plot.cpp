// SPDX-License-Identifier: GPL-3.0-or-later
// Grouped bars before and after.
#include "plot/bar_plot.h"

#include <qcustomplot.h>

#include <QBoxLayout>
#include <QCheckBox>
#include <QEvent>
#include <QMenu>
#include <QToolButton>
#include <cmath>

#include "plot/plot_style.h"
#include "plot/quantities.h"

namespace {

constexpr int kMostLabels = 36;  // more bars than this have no room for their values

bool drawable(double value) {
  return std::isfinite(value) && value > 0;
}

plot_export::Source exportSource(BarPlot* plot) {
  return {plot, [] { return QStringLiteral("before-after"); },
          [plot](FigureFormat format, const QString& file) { return plot->exportTo(format, file); },
          [plot] { return plot->table(); }, [plot] { return plot->canvas(); }};
}

}  // namespace

BarPlot::BarPlot(QWidget* parent) : QWidget(parent) {
  canvas_ = new QCustomPlot(this);
  canvas_->setMinimumSize(260, 160);
  canvas_->setAccessibleName(tr("Perplexity before and after fine-tuning"));
  canvas_->setContextMenuPolicy(Qt::CustomContextMenu);
  canvas_->axisRect()->setMinimumMargins(QMargins(8, 8, 14, 8));
  plot_style::putLegendBeside(canvas_);
  log_ = new QCheckBox(tr("Log scale"), this);
  log_->setChecked(true);
  auto* button = new QToolButton(this);
  button->setText(tr("Export"));
  button->setPopupMode(QToolButton::InstantPopup);
  button->setToolButtonStyle(Qt::ToolButtonTextOnly);
  auto* menu = new QMenu(button);
  plot_export::fillMenu(menu, exportSource(this));
  button->setMenu(menu);
  auto* row = new QHBoxLayout;
  row->addWidget(log_);
  row->addStretch();
  row->addWidget(button);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addLayout(row);
  layout->addWidget(canvas_, 1);
  connect(log_, &QCheckBox::toggled, this, [this] { rebuild(palette()); });
  connect(canvas_, &QCustomPlot::customContextMenuRequested, this,
          [this, menu](const QPoint& position) { menu->popup(canvas_->mapToGlobal(position)); });
  rebuild(palette());
}

void BarPlot::setValueLabel(const QString& label) {
  value_label_ = label;
  rebuild(palette());
}

void BarPlot::setLogarithmic(bool logarithmic) {
  log_->setChecked(logarithmic);
}

void BarPlot::setData(const QStringList& categories, const std::vector<BarSeries>& series) {
  if (categories == categories_ && series == series_) return;
  categories_ = categories;
  series_ = series;
  rebuild(palette());
}

void BarPlot::rebuild(const QPalette& colors) {
  canvas_->clearPlottables();
  canvas_->clearItems();
  plot_style::applyTheme(canvas_, colors);
  plot_style::setAxisScale(canvas_->yAxis, log_->isChecked(), plot_style::Ticks::plain);
  canvas_->yAxis->setLabel(value_label_);
  canvas_->xAxis->grid()->setVisible(false);
  canvas_->xAxis->setSubTicks(false);
  auto ticker = QSharedPointer<QCPAxisTickerText>::create();
  for (int c = 0; c < categories_.size(); ++c) ticker->addTick(c, categories_[c]);
  canvas_->xAxis->setTicker(ticker);
  const bool dark = plot_style::isDark(colors);
  const double slot = 0.8 / std::max<std::size_t>(1, 2 * series_.size());
  const bool labels = 2 * series_.size() * static_cast<std::size_t>(categories_.size()) <= kMostLabels;
  for (std::size_t s = 0; s < series_.size(); ++s) {
    for (const bool after : {false, true}) {
      const auto& values = after ? series_[s].after : series_[s].before;
      const QColor color = plot_style::seriesColor(static_cast<int>(s), dark);
      QColor fill = color;
      fill.setAlpha(after ? 235 : 70);
      auto* bars = new QCPBars(canvas_->xAxis, canvas_->yAxis);
      bars->setName(QStringLiteral("%1, %2").arg(series_[s].label, after ? tr("after") : tr("before")));
      bars->setWidth(slot * 0.92);
      bars->setPen(QPen(color));
      bars->setBrush(fill);
      bars->setBaseValue(log_->isChecked() ? 1e-3 : 0);
      const double offset = -0.4 + slot * (2 * static_cast<double>(s) + (after ? 1.5 : 0.5));
      for (std::size_t c = 0; c < values.size(); ++c) {
        if (!drawable(values[c])) continue;
        bars->addData(static_cast<double>(c) + offset, values[c]);
        if (!labels) continue;
        auto* text = new QCPItemText(canvas_);
        text->position->setCoords(static_cast<double>(c) + offset, values[c]);
        text->setPositionAlignment(Qt::AlignBottom | Qt::AlignHCenter);
        text->setText(QString::number(values[c], 'g', 3));
        text->setColor(colors.color(QPalette::Text));
        QFont small = canvas_->font();
        small.setPointSizeF(small.pointSizeF() * 0.85);
        text->setFont(small);
      }
    }
  }
  canvas_->legend->setVisible(!series_.empty());
  fitRange();
  canvas_->replot(QCustomPlot::rpQueuedReplot);
}

void BarPlot::fitRange() {
  double low = 1e300, high = 0;
  for (const BarSeries& one : series_) {
    for (const auto* values : {&one.before, &one.after}) {
      for (const double value : *values) {
        if (drawable(value)) low = std::min(low, value), high = std::max(high, value);
      }
    }
  }
  if (high == 0) low = 1, high = 10;
  // Room above the bars for their values.
  if (log_->isChecked())
    canvas_->yAxis->setRange(std::max(low / 2, low > 1 ? 1.0 : 0.0), high * std::pow(high / low * 2, 0.1));
  else
    canvas_->yAxis->setRange(0, high * 1.1);
  canvas_->xAxis->setRange(-0.6, std::max<double>(0.6, static_cast<double>(categories_.size()) - 0.4));
}

void BarPlot::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) rebuild(palette());
}

CsvTable BarPlot::table() const {
  return [categories = categories_, series = series_](QIODevice& device) {
    device.write("category,series,before,after\n");
    for (const BarSeries& one : series) {
      for (std::size_t c = 0; c < one.after.size(); ++c) {
        device.write(plot_export::csvField(categories[static_cast<qsizetype>(c)]) + ',' +
                     plot_export::csvField(one.label) + ',' + plot_export::csvNumber(one.before[c]) + ',' +
                     plot_export::csvNumber(one.after[c]) + '\n');
      }
    }
  };
}

QString BarPlot::exportTo(FigureFormat format, const QString& file) {
  if (format == FigureFormat::csv) return plot_export::writeCsv(table(), file);
  rebuild(plot_style::paperPalette());
  const QString problem = plot_export::writeFigure(canvas_, format, file, value_label_);
  rebuild(palette());
  return problem;
}
