// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers of plots and results as people read them.
#include "plot/quantities.h"

#include <QLocale>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/numbers.h"

namespace quantities {

QString shortCount(double count) {
  return QString::fromStdString(pantograph::short_count(count, 4));
}

QString scientific(double value) {
  return QString::fromStdString(pantograph::format_scientific(value));
}

QString perplexity(double value) {
  return QString::fromStdString(pantograph::format_perplexity(value));
}

QString percentChange(double before, double after) {
  return QString::fromStdString(pantograph::format_change(before, after));
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

std::optional<std::vector<double>> parseFactors(const QString& text, QString* problem) {
  std::vector<double> factors;
  for (const QString& part : text.split(QLatin1Char(','))) {
    const QString word = part.trimmed();
    if (word.isEmpty()) continue;
    bool good = false;
    const double factor = QLocale::c().toDouble(word, &good);
    good = good && factor > 0 && std::isfinite(factor);
    if (good && std::find(factors.begin(), factors.end(), factor) == factors.end()) {
      factors.push_back(factor);
      continue;
    }
    if (problem)
      *problem = good ? QStringLiteral("%1 stands twice").arg(word)
                      : QStringLiteral("“%1” is not a number above 0. Write for instance 0.1, 0.33, 1").arg(word);
    return std::nullopt;
  }
  return factors;
}

QString formatFactors(const std::vector<double>& factors) {
  QStringList words;
  for (const double factor : factors) words << QLocale::c().toString(factor, 'g', QLocale::FloatingPointShortest);
  return words.join(QStringLiteral(", "));
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
