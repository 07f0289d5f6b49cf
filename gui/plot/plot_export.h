// SPDX-License-Identifier: GPL-3.0-or-later
// Figures and raw data to files: PNG, PDF, SVG, CSV. Written aside and renamed, so a failed export leaves what was
// there.
#pragma once

#include <QByteArray>
#include <QSize>
#include <QString>
#include <functional>

class QCustomPlot;
class QIODevice;
class QMenu;
class QWidget;

enum class FigureFormat { png, pdf, svg, csv };

/// Writes a whole CSV file to a device; owns or shares its data, because it runs on another thread.
using CsvTable = std::function<void(QIODevice&)>;

namespace plot_export {

inline constexpr QSize kFigureSize{960, 600};  ///< points of PDF and SVG; PNG has twice as many pixels

QString suffix(FigureFormat format);
QByteArray csvField(const QString& text);  ///< quoted where it must be [RFC 4180]
QByteArray csvNumber(double value);        ///< shortest text that reads back to the same value

/// Not for csv. Empty, or what went wrong.
QString writeFigure(QCustomPlot* plot, FigureFormat format, const QString& file, const QString& title);
QString writeCsv(const CsvTable& table, const QString& file);

/// What a plot offers to the menu below.
struct Source {
  QWidget* widget = nullptr;
  std::function<QString()> name;                                          ///< proposed file name without suffix
  std::function<QString(FigureFormat, const QString& file)> writeFigure;  ///< on the window's thread
  std::function<CsvTable()> table;                                        ///< written on another thread
  std::function<QCustomPlot*()> canvas;                                   ///< for "Copy image"
};
void fillMenu(QMenu* menu, const Source& source);

/// Asks for a file, writes, and tells the user only where it failed.
void askAndWrite(const Source& source, FigureFormat format);
void writeCsvInBackground(QWidget* parent, const CsvTable& table, const QString& file);

}  // namespace plot_export
