// SPDX-License-Identifier: GPL-3.0-or-later
// The elements of HTML that matter for readable text; what is not listed is transparent.
#pragma once

#include <string_view>

namespace pantograph::webtext {

enum ElementTrait : unsigned {
  kBlock = 1,      ///< on lines of its own
  kParagraph = 2,  ///< with an empty line before and after
  kDropped = 4,    ///< not text of the page, with all that is in it
  kRaw = 8,        ///< dropped, and without tags inside
  kMatched = 16,   ///< dropped when it has an end; otherwise its tag is nothing
  kEndsP = 32,     ///< its start tag ends an open paragraph
  kHeading = 64,
  kRows = 128,        ///< the parts of a table around its cells
  kCell = 256,        ///< of a table
  kSectioning = 512,  ///< a header in it is not the page's
  kScope = 1024,      ///< end tags inside do not end what is around it
};

/// Traits of the element with this name in lower case; 0: transparent.
unsigned element_traits(std::string_view name);

}  // namespace pantograph::webtext
