// SPDX-License-Identifier: GPL-3.0-or-later
// What the rules of a project are written with: each check throws a Violation. Inside this room only.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "project/project_rules.h"

namespace pantograph::project::detail {

[[noreturn]] inline void refuse(const std::string& key, const std::string& found, const std::string& expected,
                                const std::string& remedy = "") {
  throw Violation{key, found, expected, remedy};
}

template <typename T>
inline void in_range(const std::string& key, T value, T low, T high) {
  if (value < low || value > high) refuse(key, fmt::format("{}", value), fmt::format("{} to {}", low, high));
}

template <typename T>
inline void at_least(const std::string& key, T value, T low) {
  if (!(value >= low) || !std::isfinite(static_cast<double>(value))) {
    refuse(key, fmt::format("{}", value), fmt::format("at least {}", low));
  }
}

inline void positive(const std::string& key, double value) {
  if (!(value > 0) || !std::isfinite(value)) refuse(key, fmt::format("{}", value), "a number above 0");
}

inline void fraction(const std::string& key, double value, bool with_one) {
  if (!(value >= 0) || !(with_one ? value <= 1 : value < 1)) {
    refuse(key, fmt::format("{}", value), with_one ? "a fraction from 0 to 1" : "a fraction from 0 to below 1");
  }
}

inline void one_of(const std::string& key, const std::string& value, const std::vector<std::string>& words) {
  if (std::find(words.begin(), words.end(), value) == words.end()) refuse(key, '"' + value + '"', list_words(words));
}

inline void valid_name(const std::string& key, const std::string& name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (name.empty() || name.size() > 100 || !std::all_of(name.begin(), name.end(), good)) {
    refuse(key, '"' + name + '"', "a name of up to 100 letters, digits, - and _");
  }
}

inline constexpr std::uint64_t kMostTokens = 1'000'000'000;         ///< of one step
inline constexpr std::uint64_t kMostCount = 1'000'000'000'000'000;  ///< of anything: a quadrillion
inline constexpr int kMostTables = 10'000;                          ///< of one sort, and seeds
inline constexpr int kMostResults = 1'000'000;                      ///< of all methods
inline constexpr int kMostSamples = 1000;                           ///< of each specialization set
inline constexpr std::size_t kMostSwept = 100;                      ///< values of a sweep
inline constexpr int kMostClusters = 65535;                         ///< a cluster's number has 16 bits
inline constexpr double kMostFactor = 1e6;                          ///< of a rate, of adapters, of a temperature
inline constexpr double kMostRate = 1e38;                           ///< weights are fp32

inline const std::vector<std::string>& precisions() {
  static const std::vector<std::string> words = {"fp32", "bf16"};
  return words;
}

/// The rules of grids, which must hold before they are expanded; and what is wrong with a point of one, said of the
/// method that declares it.
void check_grids(const Project& project);
Violation of_declaration(const Project& project, Violation violation);

/// The rules of each setting by itself; keys as `--set` writes them.
void check_settings(const Project& project);

/// The rules of [[method]], and that of an expert's selection among `clusters`.
void check_methods(const Project& project);
void check_selection(const std::string& key, const std::string& selection, int clusters);

}  // namespace pantograph::project::detail
