// SPDX-License-Identifier: GPL-3.0-or-later
// Tables as text: comma-separated values and their relatives.
#include "corpus/csv_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/numbers.h"
#include "corpus/byte_stream.h"
#include "corpus/csv_rows.h"
#include "corpus/text_field.h"

namespace pantograph::corpus {
namespace {

/// *.tsv, *.tsv.gz: nothing but tabs. 0 for other names: found out.
char separator_of(const std::filesystem::path& path) {
  std::string name = path.filename().string();
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name.ends_with(".tsv") || name.find(".tsv.") != std::string::npos ? '\t' : '\0';
}

[[noreturn]] void refuse(const CsvRow& header, const std::filesystem::path& path) {
  std::string found = "the first row has text after a closing quote";
  if (header.fault == CsvRow::Fault::unclosed) found = "the first row has a quote that is never closed";
  if (header.fault == CsvRow::Fault::too_long)
    found = "the first row is longer than " + format_grouped(CsvRows::kLongestHeader) + " bytes";
  throw Error(ErrorKind::input,
              {found, path.string() + ":" + std::to_string(header.line), "a first row with the names of the columns",
               "Write that row, or choose another reader for the file."});
}

/// The names of the columns; none where there is no row.
std::vector<std::string> read_header(CsvRows& rows, const std::filesystem::path& path) {
  CsvRow header;
  if (!rows.header(header)) return {};
  if (header.fault != CsvRow::Fault::none) refuse(header, path);
  return std::move(header.cells);
}

class CsvReader : public DocumentReader {
 public:
  CsvReader(const std::filesystem::path& path, const ReadOptions& options)
      : field_(options.text_field),
        stream_(path),
        encoding_(stream_.decode(options.encoding)),
        rows_(stream_, separator_of(path)) {
    names_ = read_header(rows_, path);
    if (names_.empty()) return;
    // Of two columns with one name it is the first. The rows want their columns in ascending order.
    std::vector<std::size_t> order(field_.fields().size());
    std::iota(order.begin(), order.end(), 0);
    std::vector<std::size_t> at;
    for (const std::string& field : field_.fields()) {
      at.push_back(static_cast<std::size_t>(std::find(names_.begin(), names_.end(), field) - names_.begin()));
      if (at.back() == names_.size() && missing_.empty()) missing_ = field;
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return at[a] < at[b]; });
    slots_.resize(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      columns_.push_back(at[order[i]]);
      slots_[order[i]] = i;
    }
  }

  bool next(Document& document) override {
    if (names_.empty() || !rows_.next(row_, columns_)) return false;
    document.source = stream_.path().string() + ":" + std::to_string(row_.line);
    if (row_.fault != CsvRow::Fault::none) {
      say_fault(document);
    } else if (row_.width > names_.size() || is_cut()) {
      document.fault = "broken row";
      document.detail =
          fmt::format("(it has {} cells, the header {})", format_grouped(row_.width), format_grouped(names_.size()));
    } else if (!missing_.empty()) {
      field_is_missing(document, missing_, names_);
    } else {
      values_.resize(slots_.size());
      for (std::size_t i = 0; i < slots_.size(); ++i) values_[i].swap(row_.cells[slots_[i]]);
      document.text = field_.text(values_);
    }
    return true;
  }

  std::uint64_t position() const override { return stream_.position(); }
  std::string encoding() const override { return encoding_; }

 private:
  /// Whether a row ends before a column that is wanted; programs leave out empty cells at a row's end.
  bool is_cut() const { return row_.width < names_.size() && (!missing_.empty() || row_.width <= columns_.back()); }

  void say_fault(Document& document) const {
    if (row_.fault == CsvRow::Fault::unclosed) {
      document.fault = "unclosed quote";
      document.detail = fmt::format("(opened in line {}: the rest of the file cannot be told apart, up to line {})",
                                    row_.fault_line, row_.last_line);
    } else if (row_.fault == CsvRow::Fault::too_long) {
      document.fault = "row too long";
      document.detail = fmt::format("({} bytes, at most {} are read)", format_grouped(row_.bytes),
                                    format_grouped(CsvRows::kLongestRow));
    } else {
      document.fault = "broken row";
      document.detail = fmt::format("(text after a closing quote in line {})", row_.fault_line);
    }
  }

  TextField field_;
  ByteStream stream_;
  std::string encoding_;
  CsvRows rows_;
  CsvRow row_;
  std::vector<std::string> names_;
  std::string missing_;
  std::vector<std::uint64_t> columns_;  // in the file's order
  std::vector<std::size_t> slots_;      // of each field: where in columns_
  std::vector<std::string> values_;
};

}  // namespace

std::unique_ptr<DocumentReader> open_csv(const std::filesystem::path& path, const ReadOptions& options) {
  return std::make_unique<CsvReader>(path, options);
}

std::vector<std::string> csv_columns(const std::filesystem::path& path, const std::string& encoding) {
  ByteStream stream(path);
  stream.decode(encoding);
  CsvRows rows(stream, separator_of(path));
  return read_header(rows, path);
}

}  // namespace pantograph::corpus
