// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers as people write and read them.
#include "base/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <string_view>

#include "base/error.h"

namespace pantograph {
namespace {

struct Unit {
  char letter;
  int digits;  ///< zeros that it stands for
};
constexpr std::array<Unit, 3> kUnits = {{{'k', 3}, {'M', 6}, {'G', 9}}};

constexpr const char* kDash = "–";
constexpr const char* kMinus = "−";

/// How many decimals `digits` digits leave to a number from 0 to below 1,000, as it is once rounded.
int decimals_of(double value, int digits) {
  int decimals = digits - 1;
  double power = 10;
  for (double half = 0.5 * std::pow(10, 1 - digits); decimals > 0 && value >= power - half; half *= 10) {
    power *= 10;
    --decimals;
  }
  return decimals;
}

/// A number of at least 0 in the largest unit that leaves it at 1 or more.
struct Scaled {
  double value = 0;
  std::size_t unit = 0;
  int decimals = 0;
};
Scaled scaled(double value, double base, std::size_t units, int digits) {
  Scaled out{value, 0, 0};
  // 999.6 would be written as 1000: such a value belongs to the next unit.
  const double full = base - 0.5 * std::pow(10, 3 - digits);
  while (out.value >= full && out.unit + 1 < units) {
    out.value /= base;
    ++out.unit;
  }
  out.decimals = decimals_of(out.value, digits);
  return out;
}

std::string without_zeros(std::string digits) {
  if (digits.find('.') == std::string::npos) return digits;
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return digits;
}

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

std::string short_count(double count, int digits) {
  static constexpr const char* kNames[] = {"", "k", "M", "G", "T", "P", "E", "Z"};
  if (!std::isfinite(count)) return kDash;
  if (std::abs(count) >= 999.5e21) return fmt::format("{:.3g}", count);
  const Scaled s = scaled(std::abs(count), 1000, std::size(kNames), digits);
  return (count < 0 ? kMinus : "") + without_zeros(fmt::format("{:.{}f}", s.value, s.decimals)) + kNames[s.unit];
}

std::string format_grouped(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string format_exact(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return std::string(buffer, end);
}

std::string format_scientific(double value) {
  static constexpr const char* kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  if (!std::isfinite(value)) return kDash;
  if (std::abs(value) < 1e4) return fmt::format("{:.4g}", value);
  const std::string text = fmt::format("{:.2e}", value);  // rounds before the exponent is read
  const std::size_t e = text.find('e');
  std::string out = without_zeros(text.substr(0, e)) + "×10";
  for (const char c : std::to_string(std::stoi(text.substr(e + 1)))) out += kDigits[c - '0'];
  return out;
}

std::string format_perplexity(double value) {
  if (!std::isfinite(value) || value <= 0) return kDash;
  if (value >= 1e7) return fmt::format("{:.2e}", value);
  if (value >= 999.95) return format_grouped(static_cast<std::uint64_t>(std::llround(value)));
  return fmt::format("{:.{}f}", value, decimals_of(value, 4));
}

std::string format_flops(double flops) {
  static constexpr const char* kNames[] = {"", "k", "M", "G", "T", "P", "E", "Z"};
  if (!std::isfinite(flops) || flops <= 0) return kDash;
  const Scaled s = scaled(flops, 1000, std::size(kNames), 3);
  return fmt::format("{:.{}f} {}FLOP", s.value, s.decimals, kNames[s.unit]);
}

std::string format_bytes(double bytes) {
  static constexpr const char* kNames[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (!std::isfinite(bytes)) return kDash;
  if (std::abs(bytes) >= 1e21) return fmt::format("{:.3g} B", bytes);
  const Scaled s = scaled(std::abs(bytes), 1024, std::size(kNames), 3);
  return fmt::format("{}{} {}", bytes < 0 ? kMinus : "", without_zeros(fmt::format("{:.{}f}", s.value, s.decimals)),
                     kNames[s.unit]);
}

std::string format_duration(double seconds, int decimals) {
  constexpr double kMost = 9e15;
  if (!std::isfinite(seconds) || seconds < 0) return kDash;
  if (decimals > 0 && seconds < 9.95) return fmt::format("{:.{}f} s", seconds, decimals);
  const auto whole = static_cast<std::uint64_t>(std::llround(std::min(seconds, kMost)));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
  return fmt::format("{} d {} h", whole / 86400, whole % 86400 / 3600);
}

std::string format_percent(double fraction, int decimals) {
  if (!std::isfinite(fraction)) return kDash;
  const double percent = fraction * 100;
  return fmt::format("{:.{}f} %", percent, std::abs(percent) < 99.95 ? decimals : 0);
}

std::string format_percent_interval(double low, double high) {
  constexpr double kMost = 10, kShown = 0.0005;
  const auto one = [](double fraction) {
    const char* sign = fraction < 0 ? kMinus : "";
    if (!(std::abs(fraction) <= kMost)) return fmt::format("{}∞", sign);
    const double percent = std::abs(fraction) * 100;
    // What is not 0 is not shown as 0: that would hide on which side of it an interval ends.
    return std::abs(fraction) < kShown && fraction != 0 ? fmt::format("{}{:.1g}", sign, percent)
                                                        : fmt::format("{}{:.1f}", sign, percent);
  };
  return fmt::format("[{}, {}]", one(low), one(high));
}

std::string format_change(double before, double after) {
  if (!(before > 0) || !(after > 0) || !std::isfinite(before) || !std::isfinite(after)) return kDash;
  const double change = after / before - 1;
  return (change < 0 ? kMinus : "+") + format_percent(std::abs(change));
}

}  // namespace pantograph
