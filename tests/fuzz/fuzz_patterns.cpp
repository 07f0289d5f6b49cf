// SPDX-License-Identifier: GPL-3.0-or-later
// Patterns held against paths: the program's answer is that of a plain reading of the rule, at once.
#include <chrono>
#include <string>
#include <vector>

#include "base/find_files.h"
#include "fuzz/input.h"

namespace {

/// Length of the UTF-8 character at the beginning; 1 for a byte that is part of none.
std::size_t character(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  if (length > text.size()) return 1;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 1;
  }
  return length;
}

/// Every way to read a pattern, in a table: fits[i][j] says whether the rest of the name from i fits the rest of the
/// pattern from j.
bool plainly_fits(std::string_view name, std::string_view pattern) {
  if (!name.empty() && name[0] == '.' && (pattern.empty() || pattern[0] != '.')) return false;
  std::vector<std::vector<char>> fits(name.size() + 1, std::vector<char>(pattern.size() + 1, 0));
  for (std::size_t i = name.size() + 1; i-- > 0;) {
    for (std::size_t j = pattern.size() + 1; j-- > 0;) {
      if (j == pattern.size()) {
        fits[i][j] = i == name.size();
      } else if (pattern[j] == '*') {
        fits[i][j] = fits[i][j + 1] || (i < name.size() && fits[i + 1][j]);
      } else if (i < name.size()) {
        const std::size_t step = pattern[j] == '?' ? character(name.substr(i)) : 1;
        fits[i][j] = (pattern[j] == '?' || pattern[j] == name[i]) && fits[i + step][j + 1];
      }
    }
  }
  return fits[0][0];
}

/// Only ASCII: what is a character of broken UTF-8 is a matter of taste.
bool plain(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80 || c == '/') return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::string name = input.text(), pattern = input.rest();
  const auto begin = std::chrono::steady_clock::now();
  const bool fits = pantograph::name_fits(name, pattern);
  pantograph::path_fits(std::filesystem::path(name).lexically_normal(),
                        std::filesystem::path(pattern).lexically_normal());
  if (std::chrono::steady_clock::now() - begin > std::chrono::seconds(2)) fuzz::broken_promise("over two seconds");
  if (plain(name) && plain(pattern) && name.size() < 200 && pattern.size() < 200 && fits != plainly_fits(name, pattern))
    fuzz::broken_promise("another answer than the rule's");
  return 0;
}
