// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of a table in text form (RFC 4180, and what programs make of it), one after the other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/document.h"

namespace pantograph::corpus {

struct CsvRow {
  enum class Fault { none, broken, unclosed, too_long };

  std::vector<std::string> cells;  ///< those that are kept, in the order of the columns asked for
  std::uint64_t width = 0;         ///< cells that the row has
  std::uint64_t line = 0;          ///< where it begins, from 1
  std::uint64_t last_line = 0;     ///< where it ends
  std::uint64_t bytes = 0;
  Fault fault = Fault::none;
  std::uint64_t fault_line = 0;  ///< broken: text after a closing quote; unclosed: where that quote opens
};

/// A cell in quotes may hold separators, line ends and quotes written twice; elsewhere a quote is a character. Rows end
/// with \n, \r\n, or with \r alone where that ends the header. Lines without a character are no rows.
class CsvRows {
 public:
  static constexpr std::uint64_t kLongestRow = 64 << 20;
  static constexpr std::uint64_t kLongestHeader = 1 << 20;

  /// `separator` 0: the one of , ; tab | that is most frequent in the header, outside of quotes.
  /// `bytes`: UTF-8.
  CsvRows(ByteSource& bytes, char separator);

  /// The first row, all of its cells; false when there is none.
  bool header(CsvRow& row);
  /// The next row, of which only the cells of these columns are kept (ascending). False at the end.
  bool next(CsvRow& row, const std::vector<std::uint64_t>& columns);

 private:
  enum class Place { start, plain, quoted, quote, carriage_return };

  bool fill();
  void find_separator();
  bool read_row(CsvRow& row);
  void in_quotes(CsvRow& row);
  bool take(CsvRow& row, char c);
  void open_cell(CsvRow& row);
  void count(CsvRow& row, std::size_t bytes) const;
  void append(CsvRow& row, std::string_view piece) const;
  bool finish(CsvRow& row);

  ByteSource& bytes_;
  char separator_;
  std::string head_;        // read ahead for the separator
  std::string_view left_;   // of the present piece
  bool special_[256] = {};  // ends a run of plain characters
  bool returns_ = false;    // \r alone ends rows
  bool in_header_ = false;
  std::uint64_t longest_ = kLongestHeader;
  std::uint64_t line_ = 1;

  Place place_ = Place::start;
  bool after_quote_ = false;  // the \r that is looked at follows a closing quote
  std::uint64_t quote_line_ = 0;
  const std::vector<std::uint64_t>* columns_ = nullptr;  // null: all
  std::size_t kept_ = 0;                                 // cells of this row so far
  std::string* cell_ = nullptr;                          // null: not kept
};

}  // namespace pantograph::corpus
