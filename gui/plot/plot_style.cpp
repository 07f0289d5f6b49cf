// SPDX-License-Identifier: GPL-3.0-or-later
// Looks of the plots.
#include "plot/plot_style.h"

#include <qcustomplot.h>

#include <QPainter>
#include <QPixmap>
#include <cmath>

#include "plot/quantities.h"

namespace plot_style {
namespace {

QString tickText(double tick, Ticks ticks, double step) {
  if (std::abs(tick) < step * 1e-6) tick = 0;
  if (ticks == Ticks::counts && std::abs(tick) < 1e13) return quantities::shortCount(tick);
  if (std::abs(tick) >= 1e5) return quantities::scientific(tick);
  return QString::number(tick, 'g', 5);
}

class LinearTicker : public QCPAxisTicker {
 public:
  explicit LinearTicker(Ticks ticks) : ticks_(ticks) { setTickCount(6); }

 protected:
  double getTickStep(const QCPRange& range) override { return step_ = QCPAxisTicker::getTickStep(range); }
  QString getTickLabel(double tick, const QLocale&, QChar, int) override { return tickText(tick, ticks_, step_); }

 private:
  Ticks ticks_;
  double step_ = 0;
};

/// QCPAxisTickerLog labels powers only, so a loss axis from 3 to 9 would have none.
class LogTicker : public QCPAxisTickerLog {
 public:
  explicit LogTicker(Ticks ticks) : ticks_(ticks) {}

 protected:
  QVector<double> createTickVector(double step, const QCPRange& range) override {
    if (!(range.lower > 0)) return {};
    const double ratio = range.upper / range.lower;
    if (ratio < 8) return QCPAxisTicker::createTickVector(QCPAxisTicker::getTickStep(range), range);
    if (ratio > 1e4) return QCPAxisTickerLog::createTickVector(step, range);
    QVector<double> marks;
    for (int power = static_cast<int>(std::floor(std::log10(range.lower))); power <= std::ceil(std::log10(range.upper));
         ++power) {
      for (const double mantissa : {1.0, 2.0, 5.0}) marks << mantissa * std::pow(10.0, power);
    }
    return marks;
  }
  int getSubTickCount(double step) override { return std::min(8, QCPAxisTickerLog::getSubTickCount(step)); }
  QVector<double> createSubTickVector(int count, const QVector<double>& marks) override {
    // Between 1, 2 and 5 the even spacing of sub ticks would be wrong on a logarithmic axis.
    if (marks.size() > 1 && marks[1] / marks[0] < 9) return {};
    return QCPAxisTickerLog::createSubTickVector(count, marks);
  }
  QString getTickLabel(double tick, const QLocale&, QChar, int) override { return tickText(tick, ticks_, 0); }

 private:
  Ticks ticks_;
};

QColor blend(const QColor& a, const QColor& b, double share) {
  return QColor::fromRgbF(a.redF() + (b.redF() - a.redF()) * share, a.greenF() + (b.greenF() - a.greenF()) * share,
                          a.blueF() + (b.blueF() - a.blueF()) * share);
}

}  // namespace

bool isDark(const QPalette& palette) {
  return palette.color(QPalette::Base).lightness() < palette.color(QPalette::Text).lightness();
}

QColor seriesColor(int index, bool dark) {
  static const char* const on_light[] = {"#0072b2", "#d55e00", "#00805d", "#a8417f", "#8a6a00", "#2f9bd8", "#858585"};
  static const char* const on_dark[] = {"#5ab4f0", "#ff8f4a", "#2fc9a0", "#e39ac4", "#f0d54a", "#a9dcff", "#8f9499"};
  constexpr int count = 7;
  const int at = ((index % count) + count) % count;
  return QColor(QLatin1String(dark ? on_dark[at] : on_light[at]));
}

QPen seriesPen(int color, int dash, bool dark) {
  QPen pen(seriesColor(color, dark));
  pen.setWidth(1);
  pen.setCosmetic(true);
  pen.setCapStyle(Qt::FlatCap);  // others would close the gaps of short dashes
  switch (((dash % 4) + 4) % 4) {
    case 1:
      pen.setDashPattern({6, 3});
      break;
    case 2:
      pen.setDashPattern({1.5, 2.5});
      break;
    case 3:
      pen.setDashPattern({8, 3, 1.5, 3});
      break;
    default:
      break;
  }
  return pen;
}

QIcon lineIcon(const QPen& pen) {
  QPixmap pixmap(28, 12);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  QPen wide = pen;
  wide.setWidth(2);
  if (pen.style() == Qt::CustomDashLine) {
    auto pattern = pen.dashPattern();
    for (auto& length : pattern) length /= 2;
    wide.setDashPattern(pattern);
  }
  painter.setPen(wide);
  painter.drawLine(1, 6, 27, 6);
  return QIcon(pixmap);
}

QPalette paperPalette() {
  QPalette palette(QColor(0xf0, 0xf0, 0xf0));
  palette.setColor(QPalette::Base, Qt::white);
  palette.setColor(QPalette::Text, Qt::black);
  return palette;
}

void applyTheme(QCustomPlot* plot, const QPalette& palette) {
  const QColor base = palette.color(QPalette::Base), text = palette.color(QPalette::Text);
  plot->setBackground(base);
  for (QCPAxisRect* rect : plot->axisRects()) {
    for (QCPAxis* axis : rect->axes()) {
      axis->setBasePen(QPen(blend(base, text, 0.5)));
      axis->setTickPen(QPen(blend(base, text, 0.5)));
      axis->setSubTickPen(QPen(blend(base, text, 0.35)));
      axis->setTickLabelColor(blend(base, text, 0.85));
      axis->setLabelColor(text);
      axis->grid()->setPen(QPen(blend(base, text, 0.14), 0));
      axis->grid()->setSubGridPen(QPen(blend(base, text, 0.07), 0));
      axis->grid()->setZeroLinePen(Qt::NoPen);
      axis->setLabelFont(plot->font());
      axis->setTickLabelFont(plot->font());
    }
  }
  QColor back = base;
  back.setAlpha(225);
  plot->legend->setBrush(back);
  plot->legend->setBorderPen(QPen(blend(base, text, 0.3)));
  plot->legend->setTextColor(text);
  plot->legend->setFont(plot->font());
  if (plot->selectionRect()) {
    QColor fill = palette.color(QPalette::Highlight);
    plot->selectionRect()->setPen(QPen(fill));
    fill.setAlpha(40);
    plot->selectionRect()->setBrush(fill);
  }
}

void putLegendBeside(QCustomPlot* plot) {
  auto* side = new QCPLayoutGrid;
  plot->plotLayout()->addElement(0, 1, side);
  side->addElement(0, 0, plot->legend);
  side->addElement(1, 0, new QCPLayoutElement(plot));  // takes the rest of the height
  side->setRowStretchFactor(0, 0.001);
  side->setMargins(QMargins(0, 8, 8, 8));
  plot->plotLayout()->setColumnStretchFactor(1, 0.001);
  plot->legend->setMargins(QMargins(6, 4, 6, 4));
}

void setAxisScale(QCPAxis* axis, bool logarithmic, Ticks ticks) {
  axis->setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  axis->setTicker(logarithmic ? QSharedPointer<QCPAxisTicker>(new LogTicker(ticks))
                              : QSharedPointer<QCPAxisTicker>(new LinearTicker(ticks)));
}

}  // namespace plot_style
