// SPDX-License-Identifier: GPL-3.0-or-later
// The macros of mdoc(7), whose lines may hold further macros.
#pragma once

#include "roff.h"

class Mdoc {
 public:
  /// One request line, macro name without the dot. False for a name that mdoc does not have.
  bool request(const std::string& macro, const std::vector<std::string>& arguments, RoffText& out,
               const RoffStrings& strings);

 private:
  std::string inline_text(const std::string& macro, const std::vector<std::string>& arguments, std::size_t from,
                          const RoffStrings& strings);
  std::string name_;  // of the page, for .Nm without arguments
};
