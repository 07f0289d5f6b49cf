// SPDX-License-Identifier: GPL-3.0-or-later
// The compressions of Parquet's pages: https://github.com/apache/parquet-format/blob/master/Compression.md
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pantograph::parquet {

inline constexpr int kUncompressed = 0;

/// Decompresses to exactly `size` bytes. Damaged for data that gives another number or is broken, before memory is
/// taken for more than such data can hold; Unsupported for LZO and unknown ones.
void decompress(int codec, std::string_view in, std::size_t size, std::string& out);

}  // namespace pantograph::parquet
