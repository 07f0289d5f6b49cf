// SPDX-License-Identifier: GPL-3.0-or-later
// The encodings of byte strings: https://github.com/apache/parquet-format/blob/master/Encodings.md
#pragma once

#include <memory>
#include <vector>

#include "parquet/cursor.h"

namespace pantograph::parquet {

/// The strings of one data page, in order.
class Values {
 public:
  virtual ~Values() = default;
  virtual std::string_view next() = 0;  ///< valid until the next call; Damaged past the end
};

using Dictionary = std::vector<std::string_view>;

/// `bytes`: of a page, after its levels; `most`: values that the page has at most. Both outlive what is given, as does
/// the dictionary (null: none yet). Unsupported for what is no encoding of strings.
std::unique_ptr<Values> open_values(std::int64_t encoding, std::string_view bytes, std::uint64_t most,
                                    const Dictionary* dictionary);

/// The strings of a dictionary page.
Dictionary read_dictionary(std::int64_t encoding, std::string_view bytes, std::uint64_t count);

}  // namespace pantograph::parquet
