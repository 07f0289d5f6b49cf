// SPDX-License-Identifier: GPL-3.0-or-later
// Cells of tables.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "base/numbers.h"
#include "plan/scaling_law.h"
#include "report/tables.h"

namespace pantograph::report::cells {

inline TableCell text(const std::string& value) {
  return {value.empty() ? "–" : value};
}
/// A number as `shown`, or a dash where it is not positive and finite.
inline TableCell positive(double value, const std::string& shown) {
  return std::isfinite(value) && value > 0 ? TableCell{shown, value} : TableCell{"–"};
}
inline TableCell size(double value) {
  return positive(value, short_count(value));
}
inline TableCell size(std::uint64_t value) {
  return size(static_cast<double>(value));
}
inline TableCell flops(double value) {
  return positive(value, format_flops(value));
}
inline TableCell duration(double value) {
  return positive(value, format_duration(value));
}
/// "3M (2.5M to 4M)", "3M (at least 2.5M)".
inline std::string with_interval(const std::string& value, const plan::Interval& interval, const std::string& low,
                                 const std::string& high) {
  return value + " (" + plan::in_words(interval, low, high) + ")";
}
/// A perplexity with its spread over seeds, where there is one: "26.93 ±0.12".
TableCell perplexity(double value, double spread);

}  // namespace pantograph::report::cells
