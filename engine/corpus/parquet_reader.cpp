// SPDX-License-Identifier: GPL-3.0-or-later
// Parquet files: https://github.com/apache/parquet-format
#include "corpus/parquet_reader.h"

#include <algorithm>
#include <list>

#include "base/error.h"
#include "corpus/text_field.h"
#include "parquet/column.h"

namespace pantograph::corpus {
namespace {

using namespace pantograph::parquet;

constexpr std::uint64_t kTail = 8;  // the footer's length and the magic number
constexpr std::uint64_t kLargestFooter = 256 << 20;
constexpr std::size_t kShownColumns = 12;

struct Footer {
  std::string bytes;
  std::uint64_t at = 0;  ///< in the file
  Metadata metadata;
};

[[noreturn]] void refuse(const File& file, const std::string& found) {
  throw Error(ErrorKind::input,
              {found, file.path().string(), "a complete Parquet file", "Copy or download the file again."});
}

Footer read_footer(const File& file) {
  std::string tail, head;
  if (file.size() < 4 + kTail) refuse(file, "is too short for a Parquet file");
  file.read(0, 4, head);
  file.read(file.size() - kTail, kTail, tail);
  const std::string_view magic = std::string_view(tail).substr(4);
  if (magic == "PARE") refuse(file, "is encrypted");
  if (head != "PAR1") refuse(file, "is not a Parquet file");
  if (magic != "PAR1") refuse(file, "is cut off: the end of a Parquet file is missing");
  const std::uint64_t bytes = Cursor(tail).little32();
  if (bytes > file.size() - 4 - kTail) refuse(file, "has a footer that is longer than the file");
  if (bytes > kLargestFooter) refuse(file, "has a footer of " + std::to_string(bytes) + " bytes");
  Footer footer;
  footer.at = file.size() - kTail - bytes;
  file.read(footer.at, bytes, footer.bytes);
  try {
    footer.metadata = read_metadata(footer.bytes);
  } catch (const Damaged& damage) {
    raise(damage, file.path().string() + ": footer");
  }
  return footer;
}

class ParquetReader : public DocumentReader {
 public:
  ParquetReader(const std::filesystem::path& path, const ReadOptions& options)
      : field_(options.text_field), file_(path), footer_(read_footer(file_)) {
    for (const std::string& field : field_.fields()) leaves_.push_back(find(field));
    values_.resize(leaves_.size());
  }

  bool next(Document& document) override {
    while (left_ == 0) {
      if (group_ == footer_.metadata.groups.size()) return false;
      open_group();
    }
    --left_;
    ++row_;
    document.source = file_.path().string() + ": row " + std::to_string(row_);
    std::size_t i = 0;
    for (Column& column : columns_) {
      if (!column.next(values_[i]) && document.fault.empty()) {
        document.fault = "null";
        document.detail = "in the column \"" + field_.fields()[i] + "\"";
      }
      ++i;
    }
    if (document.fault.empty()) document.text = field_.text(values_);
    return true;
  }

  /// By rows: pages of several columns, and of those that are not read, lie in no order that would tell.
  std::uint64_t position() const override {
    const double share =
        static_cast<double>(row_) / static_cast<double>(std::max<std::uint64_t>(footer_.metadata.rows, 1));
    return static_cast<std::uint64_t>(share * static_cast<double>(file_.size()));
  }

 private:
  void open_group() {
    const RowGroup& group = footer_.metadata.groups[group_++];
    columns_.clear();
    if (group.rows == 0) return;
    std::vector<Chunk> chunks;
    try {
      chunks = read_chunks(footer_.bytes, group, footer_.metadata, leaves_, footer_.at);
    } catch (const Damaged& damage) {
      raise(damage, file_.path().string() + ": row group " + std::to_string(group_));
    }
    for (std::size_t i = 0; i < chunks.size(); ++i)
      columns_.emplace_back(file_, chunks[i], footer_.metadata.leaves[leaves_[i]], group_);
    left_ = group.rows;
  }

  /// The leaf of that name.
  std::size_t find(const std::string& field) const {
    static const std::string remedy = "Name another column as the text field.";
    const std::string* inside = nullptr;
    for (const Leaf& leaf : footer_.metadata.leaves) {
      if (inside == nullptr && leaf.path.starts_with(field + ".")) inside = &leaf.path;
      if (leaf.path != field) continue;
      if (leaf.is_text) return leaf.number;
      throw Error(ErrorKind::input, {"the column \"" + field + "\" is " + leaf.type, file_.path().string(),
                                     "a column of strings: " + columns(true), remedy});
    }
    if (inside != nullptr)
      throw Error(ErrorKind::input, {"the column \"" + field + "\" is a group, with \"" + *inside + "\" in it",
                                     file_.path().string(), "a column of strings: " + columns(true), remedy});
    throw Error(ErrorKind::input,
                {"no column \"" + field + "\"", file_.path().string(), "one of: " + columns(false), remedy});
  }

  std::string columns(bool text_only) const {
    std::string out;
    std::size_t shown = 0;
    for (const Leaf& leaf : footer_.metadata.leaves) {
      if (text_only && !leaf.is_text) continue;
      if (shown++ == kShownColumns) return out + ", …";
      out += (out.empty() ? "" : ", ") + leaf.path + (leaf.is_text ? "" : " (" + leaf.type + ")");
    }
    return out.empty() ? "there is none" : out;
  }

  TextField field_;
  File file_;
  const Footer footer_;
  std::vector<std::size_t> leaves_;  // of each field
  std::list<Column> columns_;        // of the present row group
  std::size_t group_ = 0;            // that comes next
  std::uint64_t left_ = 0, row_ = 0;
  std::vector<std::string> values_;
};

}  // namespace

std::unique_ptr<DocumentReader> open_parquet(const std::filesystem::path& path, const ReadOptions& options) {
  return std::make_unique<ParquetReader>(path, options);
}

std::vector<std::string> parquet_columns(const std::filesystem::path& path) {
  const Footer footer = read_footer(File(path));
  std::vector<std::string> names;
  for (const Leaf& leaf : footer.metadata.leaves) {
    if (leaf.is_text) names.push_back(leaf.path);
  }
  return names;
}

}  // namespace pantograph::corpus
