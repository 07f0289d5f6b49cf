// SPDX-License-Identifier: GPL-3.0-or-later
// The pages of one column of one row group, decompressed, one at a time.
#pragma once

#include "parquet/file.h"
#include "parquet/metadata.h"

namespace pantograph::parquet {

struct Page {
  bool is_dictionary = false;
  std::uint64_t values = 0;  ///< with nulls
  std::int64_t encoding = -1;
  std::string_view levels;  ///< definition levels, RLE; empty where the column has none
  std::string_view data;    ///< the values
  std::string bytes;        ///< what `data` lies in
};

class Pages {
 public:
  static constexpr std::uint64_t kLargest = std::uint64_t{1} << 30;  ///< bytes of a page

  Pages(const File& file, const Chunk& chunk, std::uint32_t definition);
  /// False at the end. The views are valid until the next call. Throws Damaged, and what File throws.
  bool next(Page& page);
  std::uint64_t number() const { return number_; }  ///< of the present page, from 1; the dictionary is one

 private:
  PageHeader read_header();

  const File* file_;
  Chunk chunk_;
  std::uint32_t definition_;
  std::uint64_t at_, number_ = 0;
  std::string packed_;
};

}  // namespace pantograph::parquet
