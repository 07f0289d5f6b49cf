// SPDX-License-Identifier: GPL-3.0-or-later
#include "format.h"

#include <QCoreApplication>
#include <QFile>
#include <QLocale>
#include <QStringList>
#include <cmath>

#include "base/numbers.h"

using namespace pantograph;

namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("format", text);
}

/// With the decimal point of the user's locale.
QString localized(const std::string& number) {
  return QString::fromStdString(number).replace('.', QLocale().decimalPoint());
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
  return localized(short_count(value));
}

QString formatBytes(double bytes) {
  return localized(format_bytes(bytes));
}

QString formatDuration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return tr("unknown");
  return seconds < 1 ? tr("under 1 s") : localized(format_duration(seconds, 0));
}

QString formatPercent(double fraction, int decimals) {
  return localized(format_percent(fraction, decimals));
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
