// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/short_count.h"

#include <cmath>

#include <fmt/format.h>

namespace pantograph {

std::string short_count(double count) {
  if (!std::isfinite(count)) return "–";
  if (std::abs(count) >= 999.5e18) return fmt::format("{:.3g}", count);
  const char* const kUnits[] = {"", "k", "M", "G", "T", "P", "E"};
  int unit = 0;
  double value = std::abs(count);
  while (value >= 999.5 && unit < 6) {
    value /= 1000;
    ++unit;
  }
  std::string digits = fmt::format("{:.{}f}", value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
  if (digits.find('.') != std::string::npos) {
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.') digits.pop_back();
  }
  return (count < 0 ? "−" : "") + digits + kUnits[unit];
}

}  // namespace pantograph
