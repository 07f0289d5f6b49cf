// SPDX-License-Identifier: GPL-3.0-or-later
// Text as XML and CSV carry it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pantograph {

/// For text and attributes of XML. What XML cannot carry (control characters, broken UTF-8) becomes U+FFFD.
std::string escape_xml(std::string_view text);

/// One field of a CSV line (RFC 4180): quoted where it has to be.
std::string csv_field(std::string_view text);

/// Text of unknown origin, such as a file's name, as UTF-8 on one line: what is neither comes as \\xE9.
std::string printable(std::string_view text);

/// Width in columns of a fixed font: wide (East Asian) characters count two.
std::size_t text_columns(std::string_view text);

}  // namespace pantograph
