// SPDX-License-Identifier: GPL-3.0-or-later
// Where a long text is cut before it is encoded. Private to this room.
#pragma once

#include <cstddef>
#include <string_view>

namespace pantograph::token {

/// The end of the piece of UTF-8 `text` that starts at `begin`: at most `longest` (above 0) bytes on, before the last
/// white space that is in them, which begins the next piece as it does a word; else never inside a character. Looks at
/// these bytes alone, so that a text of any length is cut in one pass. Always behind `begin`.
std::size_t piece_end(std::string_view text, std::size_t begin, std::size_t longest);

}  // namespace pantograph::token
