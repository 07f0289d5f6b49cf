// SPDX-License-Identifier: GPL-3.0-or-later
// The table of encodings, for encoding.cpp alone.
#pragma once

#include <string_view>

namespace pantograph::webtext {

struct EncodingEntry {
  const char* name;       ///< in the standard
  const char* converter;  ///< ICU's
  const char* labels;     ///< in lower case, a space before and after each
  bool stateful = false;
};
const EncodingEntry* find_encoding(std::string_view name);  ///< null: none is called so

}  // namespace pantograph::webtext
