// SPDX-License-Identifier: GPL-3.0-or-later
#include "format.h"

#include <QCoreApplication>
#include <QFile>
#include <QLocale>
#include <QStringList>
#include <cmath>

namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("format", text);
}

QString three_digits(double value) {
  const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  QString text = QLocale().toString(value, 'f', decimals);
  const QString point = QLocale().decimalPoint();
  if (text.contains(point)) {
    while (text.endsWith('0')) text.chop(1);
    if (text.endsWith(point)) text.chop(point.size());
  }
  return text;
}

QString scaled(double value, double base, const char* const* units, int count, const QString& separator) {
  int unit = 0;
  // 999.6 would be written as 1000: such a value belongs to the next unit.
  while (unit + 1 < count && std::abs(value) >= base * 0.9995) {
    value /= base;
    ++unit;
  }
  // Beyond the last unit the digits would not end.
  const QString digits = std::abs(value) < base * 1000 ? three_digits(value) : QLocale().toString(value, 'g', 3);
  return digits + separator + QString::fromLatin1(units[unit]);
}

}  // namespace

QString toQString(const std::filesystem::path& path) {
  return QFile::decodeName(path.c_str());
}
std::filesystem::path toPath(const QString& text) {
  return QFile::encodeName(text).toStdString();
}

QString formatInteger(std::uint64_t value) {
  return QLocale().toString(static_cast<qulonglong>(value));
}

QString formatShort(double value) {
  static const char* const units[] = {"", "k", "M", "G", "T", "P", "E", "Z"};
  return scaled(value, 1000, units, 8, QString());
}

QString formatBytes(double bytes) {
  static const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  return scaled(bytes, 1024, units, 6, QStringLiteral(" "));
}

QString formatDuration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return tr("unknown");
  if (seconds < 1) return tr("under 1 s");
  const auto whole = static_cast<qint64>(std::llround(std::min(seconds, 9e15)));
  if (whole < 60) return tr("%1 s").arg(whole);
  if (whole < 3600) return tr("%1 min %2 s").arg(whole / 60).arg(whole % 60, 2, 10, QLatin1Char('0'));
  if (whole < 86400) return tr("%1 h %2 min").arg(whole / 3600).arg(whole % 3600 / 60, 2, 10, QLatin1Char('0'));
  return tr("%1 d %2 h").arg(QLocale().toString(whole / 86400)).arg(whole % 86400 / 3600);
}

QString formatPercent(double fraction, int decimals) {
  return tr("%1 %").arg(QLocale().toString(100 * fraction, 'f', decimals));
}

QString formatError(const pantograph::ErrorText& text) {
  QStringList lines;
  const auto add = [&lines](const QString& label, const std::string& value) {
    if (!value.empty()) lines << label.arg(QString::fromStdString(value));
  };
  add(QStringLiteral("%1"), text.found);
  add(tr("Where: %1"), text.where);
  add(tr("Expected: %1"), text.expected);
  add(tr("What to do: %1"), text.remedy);
  return lines.join('\n');
}
