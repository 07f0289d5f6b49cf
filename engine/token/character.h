// SPDX-License-Identifier: GPL-3.0-or-later
// Characters of UTF-8. Private to this room.
#pragma once

#include <cstddef>
#include <string_view>

namespace pantograph::token {

/// Bytes of the character that `text`, which is not empty, begins with; 0 where that is none: cut, overlong, half of a
/// surrogate pair or beyond U+10FFFF.
inline std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto trail = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return text.size() >= 2 && trail(1) ? 2 : 0;
  if (lead < 0xF0) {
    if (text.size() < 3 || !trail(1) || !trail(2)) return 0;
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0, surrogate = lead == 0xED && byte(1) >= 0xA0;
    return overlong || surrogate ? 0 : 3;
  }
  if (lead > 0xF4 || text.size() < 4 || !trail(1) || !trail(2) || !trail(3)) return 0;
  const bool overlong = lead == 0xF0 && byte(1) < 0x90, beyond = lead == 0xF4 && byte(1) >= 0x90;
  return overlong || beyond ? 0 : 4;
}

inline bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace pantograph::token
