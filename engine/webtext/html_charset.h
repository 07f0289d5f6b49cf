// SPDX-License-Identifier: GPL-3.0-or-later
// Which encoding a page says it is in.
#pragma once

#include <string>
#include <string_view>

namespace pantograph::webtext {

/// From the page's first 1024 bytes, as the HTML Standard prescans them: <meta charset>, <meta
/// http-equiv=content-type>, the XML declaration. By its name in the WHATWG Encoding Standard; empty: nothing declared
/// that is known.
std::string declared_html_encoding(std::string_view page);

}  // namespace pantograph::webtext
