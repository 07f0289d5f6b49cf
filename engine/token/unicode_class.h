// SPDX-License-Identifier: GPL-3.0-or-later
// What a character is, as the patterns of byte-level tokenizers ask for it. Private to this room.
#pragma once

#include <cstdint>
#include <string_view>

namespace pantograph::token {

enum class UnicodeClass : std::uint8_t { other, letter, number, space };

/// Of a code point: general categories L and N, and White_Space, of the Unicode Character Database 17.0.
UnicodeClass unicode_class(std::uint32_t code);

struct Character {
  std::uint32_t code = 0;
  std::uint32_t size = 1;  ///< bytes
  UnicodeClass is = UnicodeClass::other;
};
/// The one that `text`, which is not empty, begins with. A byte that begins none is one of its own, of code U+FFFD.
Character character_at(std::string_view text);

}  // namespace pantograph::token
