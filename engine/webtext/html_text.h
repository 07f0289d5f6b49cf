// SPDX-License-Identifier: GPL-3.0-or-later
// Readable text of a page that is UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace pantograph::webtext {

/// Text of a page that is valid UTF-8.
std::string text_of_page(std::string_view page);

}  // namespace pantograph::webtext
