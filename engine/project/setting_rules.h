// SPDX-License-Identifier: GPL-3.0-or-later
// The rules that a setting's value keeps by itself, as project_fields.h writes them beside the setting: each is a
// function of key and value that throws a Violation. Inside this room only.
#pragma once

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "project/project_checks.h"

namespace pantograph::project::detail {

inline auto anything() {
  return [](const std::string&, const auto&) {};
}

inline auto between(int low, int high) {
  return [low, high](const std::string& key, int value) { in_range(key, value, low, high); };
}

/// Counts end far below 2^64, so that sums and products of a few of them do not overflow.
inline auto count(std::uint64_t low = 0, std::uint64_t high = kMostCount) {
  return [low, high](const std::string& key, std::uint64_t value) {
    if (value < low && high == kMostCount) at_least(key, value, low);
    in_range(key, value, low, high);
  };
}

/// A rule for the items of a list.
template <typename Rule>
auto each(Rule rule) {
  return [rule = std::move(rule)](const std::string& key, const auto& values) {
    for (const auto& value : values) rule(key, value);
  };
}

inline auto not_negative(double high = std::numeric_limits<double>::max()) {
  return [high](const std::string& key, double value) {
    at_least(key, value, 0.0);
    if (value > high) refuse(key, fmt::format("{}", value), fmt::format("at most {}", high));
  };
}

inline auto above_zero(double high) {
  return [high](const std::string& key, double value) {
    positive(key, value);
    if (value > high) refuse(key, fmt::format("{}", value), fmt::format("at most {}", high));
  };
}

inline auto up_to_one() {
  return [](const std::string& key, double value) { fraction(key, value, true); };
}

inline auto below_one() {
  return [](const std::string& key, double value) { fraction(key, value, false); };
}

/// A fraction above 0.
inline auto part() {
  return [](const std::string& key, double value) {
    fraction(key, value, true);
    positive(key, value);
  };
}

inline auto words(std::vector<std::string> known) {
  return [known = std::move(known)](const std::string& key, const std::string& value) { one_of(key, value, known); };
}

}  // namespace pantograph::project::detail
