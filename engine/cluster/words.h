// SPDX-License-Identifier: GPL-3.0-or-later
// Words of a text: runs of letters and digits, ASCII in lower case, other letters as their UTF-8 bytes.
#pragma once

#include <string>
#include <string_view>

namespace pantograph::cluster {

/// Longer runs (base64 and the like) are cut here.
inline constexpr std::size_t kLongestWord = 40;

namespace detail {
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
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) use(std::string_view(word));
    word.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      if (word.size() < kLongestWord) word += c;
    } else if (byte < 0x80) {
      end_word();
    } else if (const std::size_t skip = detail::wide_separator(text, i)) {
      end_word();
      i += skip - 1;
    } else if (word.size() < kLongestWord) {
      word += c;
    }
  }
  end_word();
}

}  // namespace pantograph::cluster
