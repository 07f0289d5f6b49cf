// SPDX-License-Identifier: GPL-3.0-or-later
// The lines of text of a manual page's source, to find again in the page as it is printed: what is indented or aligned
// there by hand (examples of programs) is so in the text, too, unlike what the formatter indents.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

struct SourceLine {
  std::string_view indentation;
  bool aligned = false;  ///< has gaps of several spaces, or tabs
};

class SourceLines {
 public:
  explicit SourceLines(std::string_view source);
  /// The line of the source that is printed as `line`, null when it is put together from several or by macros. To be
  /// asked in the order of the page.
  const SourceLine* find(std::string_view line);
  bool has_tables() const { return has_tables_; }

 private:
  struct Same {
    std::vector<SourceLine> lines;
    std::size_t next = 0;
  };
  std::map<std::string, Same, std::less<>> lines_;  ///< by what is left of a line without spaces and escapes
  bool has_tables_ = false;
};
