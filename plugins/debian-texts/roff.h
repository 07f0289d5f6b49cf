// SPDX-License-Identifier: GPL-3.0-or-later
// What man(7) and mdoc(7) pages have in common: escapes, arguments, and text that is put together line by line.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Strings set by .ds, for \*x, \*(xx and \*[name].
using RoffStrings = std::map<std::string, std::string, std::less<>>;

/// The characters that a piece of a line stands for; comments, fonts, sizes and motions are gone.
std::string expand_escapes(std::string_view text, const RoffStrings& strings);

/// Arguments of a request: words, or "quoted ones" in which "" is a quotation mark. Escapes stay.
std::vector<std::string> split_arguments(std::string_view text);

/// Puts the page together: filled paragraphs, or lines as they are between .nf and .fi.
class RoffText {
 public:
  void words(std::string_view text);  ///< a line of text; in fill mode joined to the one before
  void glue() { glued_ = true; }      ///< no space before the next words
  void line();                        ///< what follows is on a new line
  void paragraph();                   ///< and after an empty one
  void fill(bool on) { line(), fill_ = on; }
  bool filling() const { return fill_; }
  std::string take();

 private:
  std::string out_;
  bool fill_ = true;
  bool glued_ = false;
};
