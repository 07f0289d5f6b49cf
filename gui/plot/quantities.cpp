// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers of plots and results as people read them.
#include "plot/quantities.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "format.h"
#include "store/project_file.h"

namespace quantities {

QString shortCount(double count) {
  static constexpr struct {
    double unit;
    const char* suffix;
  } units[] = {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}};
  for (const auto& unit : units) {
    if (std::abs(count) >= unit.unit * 0.99995)
      return QString::number(count / unit.unit, 'g', 4) + QLatin1String(unit.suffix);
  }
  return QString::number(count, 'g', 4);
}

QString scientific(double value) {
  if (!std::isfinite(value)) return QStringLiteral("–");
  if (std::abs(value) < 1e4) return QString::number(value, 'g', 4);
  static const QString digits = QStringLiteral("⁰¹²³⁴⁵⁶⁷⁸⁹");
  const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value))));
  QString power;
  for (const QChar c : QString::number(exponent)) power += digits[c.digitValue()];
  return QString::number(value / std::pow(10.0, exponent), 'g', 3) + QStringLiteral("×10") + power;
}

QString perplexity(double value) {
  if (!std::isfinite(value) || value <= 0) return QStringLiteral("–");
  if (value >= 1000) return formatInteger(static_cast<std::uint64_t>(std::llround(std::min(value, 1e18))));
  return QString::number(value, 'f', value >= 100 ? 1 : 2);
}

QString percentChange(double before, double after) {
  if (!(before > 0) || !(after > 0)) return QStringLiteral("–");
  const double change = 100 * (after / before - 1);
  return (change < 0 ? QStringLiteral("−") : QStringLiteral("+")) + QString::number(std::abs(change), 'f', 1) +
         QStringLiteral(" %");
}

std::optional<std::vector<std::uint64_t>> parseCounts(const QString& text, QString* problem) {
  std::vector<std::uint64_t> counts;
  const auto refuse = [&](const QString& why) {
    if (problem) *problem = why;
    return std::nullopt;
  };
  for (const QString& part : text.split(QLatin1Char(','))) {
    const QString word = part.trimmed();
    if (word.isEmpty()) continue;
    std::uint64_t count = 0;
    try {
      count = pantograph::parse_count(word.toStdString());
    } catch (const pantograph::Error&) {
      return refuse(QStringLiteral("“%1” is not a number of tokens. Write for instance 50k, 1M").arg(word));
    }
    if (count == 0) return refuse(QStringLiteral("Every number of tokens is above 0"));
    counts.push_back(count);
  }
  if (counts.empty()) return refuse(QStringLiteral("Give at least one number of tokens, for instance 50k, 1M"));
  std::sort(counts.begin(), counts.end());
  counts.erase(std::unique(counts.begin(), counts.end()), counts.end());
  return counts;
}

std::optional<double> parseAmount(const QString& text) {
  static const QString units = QStringLiteral("kMGTPEZ");
  QString number = text.trimmed();
  const auto unit = number.isEmpty() ? -1 : units.indexOf(number.back());
  if (unit >= 0) number.chop(1);
  bool fine = false;
  const double value = number.trimmed().toDouble(&fine) * std::pow(1000.0, static_cast<double>(unit + 1));
  if (!fine || !std::isfinite(value) || value <= 0) return std::nullopt;
  return value;
}

QString formatCounts(const std::vector<std::uint64_t>& counts) {
  QStringList words;
  for (const std::uint64_t count : counts) words << QString::fromStdString(pantograph::format_count(count));
  return words.join(QStringLiteral(", "));
}

}  // namespace quantities
