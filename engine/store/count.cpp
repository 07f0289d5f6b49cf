// SPDX-License-Identifier: GPL-3.0-or-later
// Counts as people write them: "100k", "2.5M".
#include <array>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "store/project_file.h"

namespace pantograph {
namespace {

struct Unit {
  char letter;
  int digits;  ///< zeros that it stands for
};
constexpr std::array<Unit, 3> kUnits = {{{'k', 3}, {'M', 6}, {'G', 9}}};

[[noreturn]] void refuse(const std::string& text) {
  throw Error(ErrorKind::usage, {"\"" + text + "\" is not a count", "",
                                 "a whole number such as 20000, \"100k\", \"2.5M\" or \"1G\"", ""});
}

}  // namespace

std::uint64_t parse_count(const std::string& text) {
  std::string digits = text;
  int zeros = 0;
  if (!digits.empty()) {
    const char letter = digits.back() == 'K' ? 'k' : digits.back();
    for (const Unit& unit : kUnits) {
      if (unit.letter == letter) zeros = unit.digits;
    }
    if (zeros > 0) digits.pop_back();
  }
  if (const auto point = digits.find('.'); point != std::string::npos) {
    std::size_t decimals = digits.size() - point - 1;
    while (decimals > 1 && digits.back() == '0') digits.pop_back(), --decimals;
    if (point == 0 || decimals == 0 || static_cast<std::size_t>(zeros) < decimals) refuse(text);
    zeros -= static_cast<int>(decimals);
    digits.erase(point, 1);
  }
  if (digits.empty()) refuse(text);
  digits.append(static_cast<std::size_t>(zeros), '0');
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9' || __builtin_mul_overflow(value, std::uint64_t{10}, &value) ||
        __builtin_add_overflow(value, static_cast<std::uint64_t>(c - '0'), &value)) {
      refuse(text);
    }
  }
  return value;
}

std::string format_count(std::uint64_t count) {
  const std::string digits = std::to_string(count);
  std::string best = digits;
  for (const Unit& unit : kUnits) {
    if (digits.size() <= static_cast<std::size_t>(unit.digits)) break;
    const std::size_t whole = digits.size() - static_cast<std::size_t>(unit.digits);
    std::string decimals = digits.substr(whole);
    while (!decimals.empty() && decimals.back() == '0') decimals.pop_back();
    const std::string text = digits.substr(0, whole) + (decimals.empty() ? "" : "." + decimals) + unit.letter;
    if (text.size() < best.size()) best = text;
  }
  return best;
}

}  // namespace pantograph
