// SPDX-License-Identifier: GPL-3.0-or-later
// Figures and raw data to files.
#include "plot/plot_export.h"

#include <qcustomplot.h>

#include <QClipboard>
#include <QFileDialog>
#include <QGuiApplication>
#include <QMenu>
#include <QMessageBox>
#include <QPdfWriter>
#include <QPointer>
#include <QSaveFile>
#include <QSvgGenerator>
#include <QThreadPool>
#include <cmath>

#include "base/numbers.h"
#include "base/text.h"

namespace plot_export {
namespace {

QString filter(FigureFormat format) {
  switch (format) {
    case FigureFormat::png:
      return QObject::tr("PNG image (*.png)");
    case FigureFormat::pdf:
      return QObject::tr("PDF document (*.pdf)");
    case FigureFormat::svg:
      return QObject::tr("SVG drawing (*.svg)");
    case FigureFormat::csv:
      break;
  }
  return QObject::tr("Raw data as CSV (*.csv)");
}

QString problem(const QSaveFile& file) {
  return QObject::tr("%1 was not written: %2. Choose another folder, or free some space.")
      .arg(file.fileName(), file.errorString());
}

void paint(QCustomPlot* plot, QPaintDevice* device) {
  QCPPainter painter(device);
  painter.setMode(QCPPainter::pmVectorized);
  painter.setMode(QCPPainter::pmNoCaching);
  plot->toPainter(&painter, kFigureSize.width(), kFigureSize.height());
}

void report(QWidget* parent, const QString& text) {
  if (text.isEmpty()) return;
  auto* box = new QMessageBox(QMessageBox::Warning, QObject::tr("Export failed"), text, QMessageBox::Ok, parent);
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->open();
}

}  // namespace

QString suffix(FigureFormat format) {
  static const char* const names[] = {"png", "pdf", "svg", "csv"};
  return QLatin1String(names[static_cast<int>(format)]);
}

QByteArray csvField(const QString& text) {
  return QByteArray::fromStdString(pantograph::csv_field(text.toStdString()));
}

QByteArray csvNumber(double value) {
  return QByteArray::fromStdString(pantograph::format_exact(value));
}

QString writeFigure(QCustomPlot* plot, FigureFormat format, const QString& path, const QString& title) {
  QSaveFile file(path);
  if (!file.open(QIODevice::WriteOnly)) return problem(file);
  bool painted = true;
  if (format == FigureFormat::png) {
    // Twice the pixels; cosmetic pens stay one pixel wide, so this does not leave the fast path.
    painted = plot->toPixmap(kFigureSize.width(), kFigureSize.height(), 2.0).save(&file, "PNG");
  } else if (format == FigureFormat::pdf) {
    QPdfWriter writer(&file);
    writer.setTitle(title);
    writer.setCreator(QStringLiteral("Pantograph"));
    writer.setResolution(72);
    writer.setPageSize(QPageSize(QSizeF(kFigureSize), QPageSize::Point));
    writer.setPageMargins(QMarginsF(0, 0, 0, 0));
    paint(plot, &writer);
  } else {
    QSvgGenerator generator;
    generator.setOutputDevice(&file);
    generator.setTitle(title);
    generator.setSize(kFigureSize);
    generator.setViewBox(QRect(QPoint(), kFigureSize));
    generator.setResolution(96);
    paint(plot, &generator);
  }
  if (!painted) file.cancelWriting();
  return file.commit() ? QString() : problem(file);
}

QString writeCsv(const CsvTable& table, const QString& path) {
  QSaveFile file(path);
  if (!file.open(QIODevice::WriteOnly)) return problem(file);
  table(file);
  return file.commit() ? QString() : problem(file);
}

void writeCsvInBackground(QWidget* parent, const CsvTable& table, const QString& file) {
  QPointer<QWidget> widget(parent);
  QThreadPool::globalInstance()->start([widget, table, file] {
    const QString text = writeCsv(table, file);
    QMetaObject::invokeMethod(
        qApp, [widget, text] { report(widget, text); }, Qt::QueuedConnection);
  });
}

void askAndWrite(const Source& source, FigureFormat format) {
  const QString ending = QLatin1Char('.') + suffix(format);
  QString file =
      QFileDialog::getSaveFileName(source.widget, QObject::tr("Export"), source.name() + ending, filter(format));
  if (file.isEmpty()) return;
  if (!file.endsWith(ending, Qt::CaseInsensitive)) file += ending;
  if (format == FigureFormat::csv) return writeCsvInBackground(source.widget, source.table(), file);
  report(source.widget, source.writeFigure(format, file));
}

void fillMenu(QMenu* menu, const Source& source) {
  const auto add = [&](const QString& text, FigureFormat format) {
    menu->addAction(text, source.widget, [source, format] { askAndWrite(source, format); });
  };
  add(QObject::tr("Export P&NG…"), FigureFormat::png);
  add(QObject::tr("Export P&DF…"), FigureFormat::pdf);
  add(QObject::tr("Export &SVG…"), FigureFormat::svg);
  add(QObject::tr("Export raw data as &CSV…"), FigureFormat::csv);
  menu->addSeparator();
  menu->addAction(QObject::tr("&Copy image"), source.widget,
                  [source] { QGuiApplication::clipboard()->setPixmap(source.canvas()->toPixmap()); });
}

}  // namespace plot_export
