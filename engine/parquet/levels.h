// SPDX-License-Identifier: GPL-3.0-or-later
// Parquet's RLE encoding: runs of one number, and groups of eight packed ones. Levels and dictionary indices.
// https://github.com/apache/parquet-format/blob/master/Encodings.md
#pragma once

#include "parquet/cursor.h"

namespace pantograph::parquet {

class Runs {
 public:
  Runs() = default;
  Runs(std::string_view bytes, unsigned width);  ///< bits of a number; Damaged for more than 32
  std::uint32_t next();                          ///< Damaged past the end

 private:
  void open();

  Cursor in_;
  unsigned width_ = 0;
  std::uint64_t left_ = 0;   // numbers of the present run
  std::uint32_t value_ = 0;  // of all of them, unless packed
  bool is_packed_ = false;
  std::string_view packed_;
  std::uint64_t bit_ = 0;
};

}  // namespace pantograph::parquet
