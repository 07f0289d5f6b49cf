// SPDX-License-Identifier: GPL-3.0-or-later
// Readable text of a manual page as mandoc(1) prints it for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Columns to let mandoc print; it takes no more. A paragraph that is longer comes in several lines.
inline constexpr std::size_t kManColumns = 1000;

/// Of what `mandoc -T utf8 -O width=1000` prints: no header and footer, a line for each paragraph or item, no
/// indentation but that which `source`, the page itself, has in its examples, one space between the cells of a table.
std::string man_text(std::string_view printed, std::string_view source);
