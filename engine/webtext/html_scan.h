// SPDX-License-Identifier: GPL-3.0-or-later
// Pieces of HTML's syntax that finding the charset and reading the page share.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pantograph::webtext {

bool html_white(char c);                        ///< space, tab, LF, FF, CR
bool html_letter(char c);                       ///< of ASCII
std::string html_lower(std::string_view text);  ///< ASCII letters only
/// Whether `page` has `word` (in lower case) at `at`, in letters of any case.
bool html_has(std::string_view page, std::size_t at, std::string_view word);
/// Position of the tag's first byte after its name.
std::size_t html_name_end(std::string_view page, std::size_t at);

/// The attributes of a tag, one after the other, as browsers split them.
class AttributeScanner {
 public:
  AttributeScanner(std::string_view page, std::size_t after_name) : page_(page), at_(after_name) {}
  bool next();  ///< false at the tag's end, or the page's
  std::string_view name() const { return name_; }
  std::string_view value() const { return value_; }  ///< with its character references
  bool complete() const { return complete_; }        ///< after next() was false: the tag has its '>'
  std::size_t end() const { return at_; }            ///< behind that '>'

 private:
  std::string_view page_, name_, value_;
  std::size_t at_;
  bool complete_ = false;
};

}  // namespace pantograph::webtext
