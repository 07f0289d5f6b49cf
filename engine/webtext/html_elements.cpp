// SPDX-License-Identifier: GPL-3.0-or-later
// The table of HTML's elements.
#include "webtext/html_elements.h"

#include <unordered_map>

namespace pantograph::webtext {

unsigned element_traits(std::string_view name) {
  constexpr unsigned kList = kBlock | kParagraph | kEndsP;
  constexpr unsigned kSection = kBlock | kEndsP | kSectioning;
  constexpr unsigned kTitle = kBlock | kParagraph | kEndsP | kHeading;
  static const std::unordered_map<std::string_view, unsigned> traits = {
      {"address", kBlock | kEndsP},
      {"article", kSection},
      {"aside", kSection},
      {"audio", kDropped},
      {"blockquote", kSection | kParagraph},
      {"button", kDropped},
      {"canvas", kDropped},
      {"caption", kBlock | kRows | kScope},
      {"center", kBlock | kEndsP},
      {"dd", kBlock | kEndsP},
      {"details", kSection},
      {"dir", kList},
      {"div", kBlock | kEndsP},
      {"dl", kList},
      {"dt", kBlock | kEndsP},
      {"fieldset", kSection},
      {"figcaption", kBlock | kEndsP},
      {"figure", kSection},
      {"footer", kDropped | kEndsP},
      {"h1", kTitle},
      {"h2", kTitle},
      {"h3", kTitle},
      {"h4", kTitle},
      {"h5", kTitle},
      {"h6", kTitle},
      {"header", kDropped | kEndsP},
      {"hgroup", kBlock | kEndsP},
      {"iframe", kDropped | kRaw},
      {"li", kBlock | kEndsP},
      {"listing", kList},
      {"main", kSection},
      {"map", kDropped},
      {"menu", kList},
      {"nav", kDropped | kEndsP},
      {"noembed", kDropped | kRaw},
      {"noframes", kDropped | kRaw},
      {"noscript", kDropped | kRaw},
      {"object", kDropped | kScope},
      {"ol", kList},
      {"p", kList},
      {"pre", kList},
      {"script", kDropped | kRaw},
      {"section", kSection},
      {"select", kDropped},
      {"style", kDropped | kRaw},
      {"summary", kBlock | kEndsP},
      {"svg", kDropped | kMatched},
      {"table", kList | kScope},
      {"tbody", kBlock | kRows},
      {"td", kCell | kSectioning | kScope},
      {"template", kDropped | kMatched},
      {"textarea", kDropped | kRaw},
      {"tfoot", kBlock | kRows},
      {"th", kCell | kSectioning | kScope},
      {"thead", kBlock | kRows},
      {"title", kDropped | kRaw},
      {"tr", kBlock | kRows},
      {"ul", kList},
      {"video", kDropped},
  };
  const auto found = traits.find(name);
  return found == traits.end() ? 0 : found->second;
}

}  // namespace pantograph::webtext
