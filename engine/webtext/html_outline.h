// SPDX-License-Identifier: GPL-3.0-or-later
// A page's tags cut down to those that readable text depends on.
#pragma once

#include <string>
#include <string_view>

namespace pantograph::webtext {

/// The attribute of elements that are furniture by the page's word: navigation, banner, permalink sign.
inline constexpr const char* kFurniture = "x";

/// The page (valid UTF-8) for a parser whose time grows with the depth of elements, the number of attributes and that
/// of formatting elements left open: no attributes but kFurniture, no transparent elements, scripts or comments, no
/// NULs, and elements nested at most 256 deep: a deeper start tag becomes a break. Text stays as it is.
std::string outline_of_page(std::string_view page);

}  // namespace pantograph::webtext
