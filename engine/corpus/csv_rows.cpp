// SPDX-License-Identifier: GPL-3.0-or-later
#include "corpus/csv_rows.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace pantograph::corpus {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kSeparators = ",;\t|";
constexpr char kNone = '\n';  // as a separator: a table of one column, where a comma is just text

/// Whether the first row's end is in it, and which separator that row has most often.
bool first_row_ends(std::string_view head, char& separator) {
  std::array<std::size_t, kSeparators.size()> counts{};
  bool quoted = false, any = false, ends = false;
  for (const char c : head) {
    if (!quoted && (c == '\n' || c == '\r')) {
      if (any) ends = true;
      if (any) break;
      continue;
    }
    any = true;
    if (c == '"') quoted = !quoted;
    const std::size_t at = quoted ? std::string_view::npos : kSeparators.find(c);
    if (at != std::string_view::npos) ++counts[at];
  }
  const auto most = std::max_element(counts.begin(), counts.end());
  separator = *most > 0 ? kSeparators[static_cast<std::size_t>(most - counts.begin())] : kNone;
  return ends;
}

}  // namespace

CsvRows::CsvRows(ByteSource& bytes, char separator) : bytes_(bytes), separator_(separator) {
  find_separator();
  for (const char c : {separator_, '\n', '\r'}) special_[static_cast<unsigned char>(c)] = true;
}

void CsvRows::find_separator() {
  char found = kNone;
  do {
    const std::string_view piece = bytes_.read();
    if (piece.empty()) break;
    head_.append(piece);
  } while (!first_row_ends(head_, found) && head_.size() <= kLongestHeader);
  first_row_ends(head_, found);
  if (separator_ == 0) separator_ = found;
  left_ = head_;
  if (left_.starts_with(kByteOrderMark)) left_.remove_prefix(kByteOrderMark.size());
}

bool CsvRows::fill() {
  if (left_.empty()) left_ = bytes_.read();
  return !left_.empty();
}

bool CsvRows::header(CsvRow& row) {
  in_header_ = true;
  columns_ = nullptr;
  longest_ = kLongestHeader;
  const bool any = read_row(row);
  in_header_ = false;
  return any;
}

bool CsvRows::next(CsvRow& row, const std::vector<std::uint64_t>& columns) {
  columns_ = &columns;
  longest_ = kLongestRow;
  return read_row(row);
}

void CsvRows::open_cell(CsvRow& row) {
  ++row.width;
  place_ = Place::start;
  if (columns_ == nullptr) {
    cell_ = &row.cells.emplace_back();
  } else {
    const bool wanted = kept_ < columns_->size() && (*columns_)[kept_] + 1 == row.width;
    cell_ = wanted ? &row.cells[kept_++] : nullptr;
  }
}

void CsvRows::count(CsvRow& row, std::size_t bytes) const {
  row.bytes += bytes;
  if (row.bytes <= longest_ || row.fault == CsvRow::Fault::too_long) return;
  row.fault = CsvRow::Fault::too_long;
  for (std::string& cell : row.cells) std::string().swap(cell);
}

void CsvRows::append(CsvRow& row, std::string_view piece) const {
  count(row, piece.size());
  if (cell_ != nullptr && row.fault != CsvRow::Fault::too_long) cell_->append(piece);
}

bool CsvRows::read_row(CsvRow& row) {
  const std::size_t cells = columns_ != nullptr ? columns_->size() : 0;
  row.cells.resize(cells);
  for (std::string& cell : row.cells) cell.clear();
  row.width = row.bytes = row.fault_line = kept_ = 0;
  row.fault = CsvRow::Fault::none;
  row.line = line_;
  open_cell(row);
  while (fill()) {
    if (place_ == Place::quoted) {
      in_quotes(row);
    } else if (place_ == Place::plain) {
      const auto end =
          std::find_if(left_.begin(), left_.end(), [this](char c) { return special_[static_cast<unsigned char>(c)]; });
      append(row, {left_.begin(), end});
      left_.remove_prefix(static_cast<std::size_t>(end - left_.begin()));
      if (!left_.empty() && take(row, left_.front())) return true;
    } else if (take(row, left_.front())) {
      return true;
    }
    if (in_header_ && row.fault == CsvRow::Fault::too_long) return true;
  }
  if (place_ == Place::quoted) {
    row.fault = CsvRow::Fault::unclosed;
    row.fault_line = quote_line_;
  }
  row.last_line = line_;
  return row.bytes > 0;
}

void CsvRows::in_quotes(CsvRow& row) {
  const std::string_view piece = left_.substr(0, left_.find('"'));
  line_ += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), returns_ ? '\r' : '\n'));
  append(row, piece);
  left_.remove_prefix(piece.size());
  if (left_.empty()) return;
  left_.remove_prefix(1);
  count(row, 1);
  place_ = Place::quote;
}

/// One character outside of quotes that is not plain, or one that follows a quote or \r. True: the row is complete.
bool CsvRows::take(CsvRow& row, char c) {
  const auto consume = [&] { left_.remove_prefix(1); };
  if (place_ == Place::carriage_return) {
    if (c == '\n' || returns_ || in_header_) {
      if (c == '\n') {
        consume();
      } else {
        returns_ = true;  // the header ends with it
      }
      return finish(row);
    }
    if (after_quote_) place_ = Place::quote;
    append(row, "\r");
    if (place_ == Place::quote && row.fault == CsvRow::Fault::none) {
      row.fault = CsvRow::Fault::broken;
      row.fault_line = line_;
    }
    place_ = Place::plain;
    return false;
  }
  if (c == '\n') {
    consume();
    return finish(row);
  }
  if (c == '\r') {
    consume();
    after_quote_ = place_ == Place::quote;
    place_ = Place::carriage_return;
    return false;
  }
  if (c == separator_) {
    consume();
    count(row, 1);
    open_cell(row);
    return false;
  }
  if (c == '"' && place_ == Place::start) {
    consume();
    count(row, 1);
    quote_line_ = line_;
    place_ = Place::quoted;
    return false;
  }
  if (c == '"' && place_ == Place::quote) {
    append(row, left_.substr(0, 1));
    consume();
    place_ = Place::quoted;
    return false;
  }
  if (place_ == Place::quote && row.fault == CsvRow::Fault::none) {
    row.fault = CsvRow::Fault::broken;
    row.fault_line = line_;
  }
  place_ = Place::plain;
  return false;
}

/// At a row's end; false for a line without a character, which is passed over.
bool CsvRows::finish(CsvRow& row) {
  row.last_line = line_++;
  place_ = Place::start;
  if (row.bytes > 0) return true;
  row.line = line_;
  return false;
}

}  // namespace pantograph::corpus
