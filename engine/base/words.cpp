// SPDX-License-Identifier: GPL-3.0-or-later
// Small pieces of English.
#include "base/words.h"

#include <fmt/format.h>

#include "base/numbers.h"

namespace pantograph::words {

std::string plural(std::size_t count, const std::string& word) {
  static const char* const kWords[] = {"no",  "one",   "two",   "three", "four", "five",
                                       "six", "seven", "eight", "nine",  "ten"};
  return fmt::format("{} {}{}", count <= 10 ? kWords[count] : std::to_string(count), word, count == 1 ? "" : "s");
}

std::string list(const std::vector<std::string>& names) {
  if (names.size() < 2) return names.empty() ? "" : names.front();
  std::string out = names[0];
  for (std::size_t i = 1; i < names.size(); ++i) out += (i + 1 == names.size() ? " and " : ", ") + names[i];
  return out;
}

std::string higher(double ratio) {
  return ratio < 2 ? format_percent(ratio - 1) + " higher" : fmt::format("{:.1f} times as high", ratio);
}

std::string tokens(std::uint64_t count) {
  return short_count(static_cast<double>(count));
}

std::string seed_and_sample(std::uint64_t seed, std::uint64_t sample) {
  return sample > 1 ? fmt::format("{}.{}", seed, sample) : fmt::format("{}", seed);
}

}  // namespace pantograph::words
