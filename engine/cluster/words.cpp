// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/words.h"

namespace pantograph::cluster {
namespace {

/// Bytes of the separator at `at`, or 0: punctuation beyond ASCII that ordinary text is full of (U+0080 to U+00BF,
/// U+2000 to U+206F, U+3000 to U+303F) and the replacement character that a cut character decodes to.
std::size_t wide_separator(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0; };
  if (byte(0) == 0xC2) return 2;
  if (byte(0) == 0xE2 && (byte(1) == 0x80 || byte(1) == 0x81)) return 3;
  if (byte(0) == 0xE3 && byte(1) == 0x80) return 3;
  if (byte(0) == 0xEF && byte(1) == 0xBF && byte(2) == 0xBD) return 3;
  return 0;
}

/// ASCII letters in lower case, digits and bytes beyond ASCII as they are, NUL for the rest; whether there were bytes
/// beyond ASCII. Without branches, so that the compiler takes many bytes at a time.
bool lower_case(const char* __restrict text, std::size_t size, char* __restrict out) {
  unsigned char all = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto small = static_cast<unsigned char>(byte | 0x20);
    const auto letter = static_cast<unsigned char>(-static_cast<int>(static_cast<unsigned char>(small - 'a') < 26));
    const auto digit = static_cast<unsigned char>(-static_cast<int>(static_cast<unsigned char>(byte - '0') < 10));
    const auto wide = static_cast<unsigned char>(-static_cast<int>(byte >= 0x80));
    out[i] = static_cast<char>((letter & small) | ((digit | wide) & byte));
    all |= byte;
  }
  return all >= 0x80;
}

}  // namespace

void WordSplitter::mark(std::string_view text) {
  lower_.resize(text.size());
  if (!lower_case(text.data(), text.size(), lower_.data())) return;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t skip = static_cast<unsigned char>(text[i]) < 0x80 ? 0 : wide_separator(text, i);
    for (std::size_t k = i; k < std::min(i + skip, text.size()); ++k) lower_[k] = 0;
    i += std::max<std::size_t>(skip, 1);
  }
}

}  // namespace pantograph::cluster
