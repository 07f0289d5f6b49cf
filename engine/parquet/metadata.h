// SPDX-License-Identifier: GPL-3.0-or-later
// What a Parquet file's footer says: columns and where their pages are.
// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
#pragma once

#include <vector>

#include "parquet/thrift.h"

namespace pantograph::parquet {

struct Leaf {
  std::string path;              ///< "text"; inside of groups "meta.title"
  std::string type;              ///< for messages: "INT64", "repeated BYTE_ARRAY"
  bool is_text = false;          ///< one string a row, or none: what can be read
  std::uint32_t definition = 0;  ///< level of a value that is there; below it: null
  std::size_t number = 0;        ///< among the leaves
};

struct RowGroup {
  std::size_t at = 0;  ///< in the footer
  std::uint64_t rows = 0;
};

struct Metadata {
  std::vector<Leaf> leaves;
  std::vector<RowGroup> groups;
  std::uint64_t rows = 0;
};

/// Where one column's pages of one row group lie.
struct Chunk {
  std::uint64_t begin = 0, end = 0;  ///< in the file
  std::uint64_t values = 0;          ///< with nulls
  int codec = 0;
};

/// All throw Damaged. The footer is kept: row groups are read out of it when their turn comes.
Metadata read_metadata(std::string_view footer);
/// `end`: where the footer begins.
std::vector<Chunk> read_chunks(std::string_view footer, const RowGroup& group, const Metadata& metadata,
                               const std::vector<std::size_t>& leaves, std::uint64_t end);

struct PageHeader {
  enum Type { data = 0, index = 1, dictionary = 2, data_v2 = 3 };
  std::int64_t type = -1;
  std::uint64_t bytes = 0, unpacked = 0;  ///< of what follows the header, as it lies there and decompressed
  bool has_crc = false;
  std::uint32_t crc = 0;
  std::uint64_t values = 0;
  std::int64_t encoding = -1;
  std::int64_t level_encoding = -1;                          ///< of definition levels, v1
  std::uint64_t definition_bytes = 0, repetition_bytes = 0;  ///< v2
  bool is_packed = true;                                     ///< v2
  std::size_t header_bytes = 0;
};

/// Cut when `bytes` is only a part of the header.
PageHeader read_page_header(std::string_view bytes);

}  // namespace pantograph::parquet
