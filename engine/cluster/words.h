// SPDX-License-Identifier: GPL-3.0-or-later
// Words of a text: runs of letters and digits, ASCII in lower case, other letters as their UTF-8 bytes.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace pantograph::cluster {

/// Longer runs (base64 and the like) are cut here.
inline constexpr std::size_t kLongestWord = 40;

namespace detail {
/// ASCII letters in lower case and digits; 0 for every other byte.
inline constexpr std::array<char, 256> kLetters = [] {
  std::array<char, 256> out{};
  for (int c = 'a'; c <= 'z'; ++c) out[static_cast<std::size_t>(c)] = static_cast<char>(c);
  for (int c = 'A'; c <= 'Z'; ++c) out[static_cast<std::size_t>(c)] = static_cast<char>(c - 'A' + 'a');
  for (int c = '0'; c <= '9'; ++c) out[static_cast<std::size_t>(c)] = static_cast<char>(c);
  return out;
}();

/// Bytes of the separator at `at`, or 0: punctuation beyond ASCII that ordinary text is full of (U+0080 to U+00BF,
/// U+2000 to U+206F, U+3000 to U+303F) and the replacement character that a cut character decodes to.
inline std::size_t wide_separator(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0; };
  if (byte(0) == 0xC2) return 2;
  if (byte(0) == 0xE2 && (byte(1) == 0x80 || byte(1) == 0x81)) return 3;
  if (byte(0) == 0xE3 && byte(1) == 0x80) return 3;
  if (byte(0) == 0xEF && byte(1) == 0xBF && byte(2) == 0xBD) return 3;
  return 0;
}
}  // namespace detail

/// Calls use(std::string_view word) for each word in order.
template <typename Use>
void for_each_word(std::string_view text, const Use& use) {
  char word[kLongestWord];
  std::size_t size = 0;
  const auto end_word = [&] {
    if (size > 0) use(std::string_view(word, size));
    size = 0;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    char c = detail::kLetters[byte];
    if (c == 0 && byte < 0x80) {
      end_word();
      continue;
    }
    if (c == 0) {
      if (const std::size_t skip = detail::wide_separator(text, i)) {
        end_word();
        i += skip - 1;
        continue;
      }
      c = text[i];
    }
    if (size < kLongestWord) word[size++] = c;
  }
  end_word();
}

}  // namespace pantograph::cluster
