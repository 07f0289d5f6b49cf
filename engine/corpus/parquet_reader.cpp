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

class ParquetReader : public DocumentReader {
 public:
  ParquetReader(const std::filesystem::path& path, const ReadOptions& options)
      : field_(options.text_field), file_(path) {
    read_footer();
    for (const std::string& field : field_.fields()) leaves_.push_back(find(field));
    values_.resize(leaves_.size());
  }

  bool next(Document& document) override {
    while (left_ == 0) {
      if (group_ == metadata_.groups.size()) return false;
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
    const double share = static_cast<double>(row_) / static_cast<double>(std::max<std::uint64_t>(metadata_.rows, 1));
    return static_cast<std::uint64_t>(share * static_cast<double>(file_.size()));
  }

 private:
  void read_footer() {
    std::string tail, head;
    if (file_.size() < 4 + kTail) refuse("is too short for a Parquet file");
    file_.read(0, 4, head);
    file_.read(file_.size() - kTail, kTail, tail);
    const std::string_view magic = std::string_view(tail).substr(4);
    if (magic == "PARE") refuse("is encrypted");
    if (head != "PAR1") refuse("is not a Parquet file");
    if (magic != "PAR1") refuse("is cut off: the end of a Parquet file is missing");
    const std::uint64_t bytes = Cursor(tail).little32();
    if (bytes > file_.size() - 4 - kTail) refuse("has a footer that is longer than the file");
    if (bytes > kLargestFooter) refuse("has a footer of " + std::to_string(bytes) + " bytes");
    footer_at_ = file_.size() - kTail - bytes;
    file_.read(footer_at_, bytes, footer_);
    try {
      metadata_ = read_metadata(footer_);
    } catch (const Damaged& damage) {
      raise(damage, file_.path().string() + ": footer");
    }
  }

  void open_group() {
    const RowGroup& group = metadata_.groups[group_++];
    columns_.clear();
    if (group.rows == 0) return;
    std::vector<Chunk> chunks;
    try {
      chunks = read_chunks(footer_, group, metadata_, leaves_, footer_at_);
    } catch (const Damaged& damage) {
      raise(damage, file_.path().string() + ": row group " + std::to_string(group_));
    }
    for (std::size_t i = 0; i < chunks.size(); ++i)
      columns_.emplace_back(file_, chunks[i], metadata_.leaves[leaves_[i]], group_);
    left_ = group.rows;
  }

  /// The leaf of that name.
  std::size_t find(const std::string& field) const {
    static const std::string remedy = "Name another column as the text field.";
    const std::string* inside = nullptr;
    for (const Leaf& leaf : metadata_.leaves) {
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
    for (const Leaf& leaf : metadata_.leaves) {
      if (text_only && !leaf.is_text) continue;
      if (shown++ == kShownColumns) return out + ", …";
      out += (out.empty() ? "" : ", ") + leaf.path + (leaf.is_text ? "" : " (" + leaf.type + ")");
    }
    return out.empty() ? "there is none" : out;
  }

  [[noreturn]] void refuse(const std::string& found) const {
    throw Error(ErrorKind::input,
                {found, file_.path().string(), "a complete Parquet file", "Copy or download the file again."});
  }

  TextField field_;
  File file_;
  std::string footer_;
  std::uint64_t footer_at_ = 0;
  Metadata metadata_;
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

}  // namespace pantograph::corpus
