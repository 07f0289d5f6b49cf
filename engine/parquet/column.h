// SPDX-License-Identifier: GPL-3.0-or-later
// The strings of one column of one row group, one after the other.
#pragma once

#include "parquet/encodings.h"
#include "parquet/levels.h"
#include "parquet/pages.h"

namespace pantograph::parquet {

/// As an Error(input).
[[noreturn]] void raise(const Damaged& damage, const std::string& where);

class Column {
 public:
  Column(const File& file, const Chunk& chunk, const Leaf& leaf, std::uint64_t group);

  /// The next row's; false for null. Error(input) naming file, row group (from 1), column and page.
  bool next(std::string& value);

 private:
  void open_page();
  std::string place() const;

  const File& file_;
  std::string name_;
  std::uint64_t group_;
  std::uint32_t definition_;
  std::uint64_t values_;       // of all pages
  std::uint64_t seen_ = 0;     // in pages so far
  std::uint64_t in_page_ = 0;  // still to come of the present one
  Pages pages_;
  Page page_;
  std::string dictionary_bytes_;
  std::unique_ptr<Dictionary> dictionary_;
  Runs levels_;
  std::unique_ptr<Values> strings_;
};

}  // namespace pantograph::parquet
