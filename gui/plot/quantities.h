// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers of plots and results as people read them, beside format.h: tick labels, FLOPs, perplexities, changes, lists
// of sizes.
#pragma once

#include <QString>
#include <QStringList>
#include <cstdint>
#include <optional>
#include <vector>

namespace quantities {

QString shortCount(double count);                    ///< 1234567 -> "1.235M", four digits, for ticks that lie close
QString scientific(double value);                    ///< 1.23e15 -> "1.23×10¹⁵"; below 10,000 plain
QString perplexity(double value);                    ///< four digits; 0 or not finite: "–"
QString percentChange(double before, double after);  ///< "−81.2 %"

/// "50k, 1M" to token counts, sorted, without repeats; nothing and `problem` set where a part is not a count above
/// zero.
std::optional<std::vector<std::uint64_t>> parseCounts(const QString& text, QString* problem = nullptr);
/// "1.2e15", "1.2P", "350 T": a finite number above 0, with k, M, G, T, P, E or Z.
std::optional<double> parseAmount(const QString& text);
/// "0.1, 0.33, 1" to numbers above 0, in their order; nothing and `problem` set where a part is none or stands twice.
std::optional<std::vector<double>> parseFactors(const QString& text, QString* problem = nullptr);
QString formatFactors(const std::vector<double>& factors);  ///< the shortest text that reads back
QString formatCounts(const std::vector<std::uint64_t>& counts);  ///< "50k, 1M", exact

}  // namespace quantities
