// SPDX-License-Identifier: GPL-3.0-or-later
#include "parquet/column.h"

#include <bit>

#include "base/error.h"

namespace pantograph::parquet {

Column::Column(const File& file, const Chunk& chunk, const Leaf& leaf, std::uint64_t group)
    : file_(file),
      name_(leaf.path),
      group_(group),
      definition_(leaf.definition),
      values_(chunk.values),
      pages_(file, chunk, leaf.definition) {}

bool Column::next(std::string& value) {
  try {
    while (in_page_ == 0) open_page();
    --in_page_;
    if (definition_ > 0) {
      const std::uint32_t level = levels_.next();
      if (level > definition_) throw Damaged("a level of " + std::to_string(level));
      if (level < definition_) return false;
    }
    value.assign(strings_->next());
    return true;
  } catch (const Damaged& damage) {
    raise(damage, place());
  }
}

void Column::open_page() {
  if (!pages_.next(page_))
    throw Damaged("it ends after " + std::to_string(seen_) + " of " + std::to_string(values_) + " values");
  if (page_.is_dictionary) {
    if (dictionary_) throw Damaged("a second dictionary");
    dictionary_bytes_.swap(page_.bytes);  // page_.data would dangle if a short string lay in the object itself
    dictionary_ = std::make_unique<Dictionary>(read_dictionary(page_.encoding, dictionary_bytes_, page_.values));
    return;
  }
  if (page_.values > values_ - seen_) throw Damaged("more values than the row group has rows");
  seen_ += page_.values;
  in_page_ = page_.values;
  if (definition_ > 0) levels_ = Runs(page_.levels, static_cast<unsigned>(std::bit_width(definition_)));
  strings_ = open_values(page_.encoding, page_.data, page_.values, dictionary_.get());
}

std::string Column::place() const {
  return file_.path().string() + ": row group " + std::to_string(group_) + ", column \"" + name_ + "\"" +
         (pages_.number() > 0 ? ", page " + std::to_string(pages_.number()) : "");
}

void raise(const Damaged& damage, const std::string& where) {
  if (dynamic_cast<const Unsupported*>(&damage) != nullptr)
    throw Error(ErrorKind::input, {damage.what(), where, "a column in one of the codecs and encodings that are read",
                                   "Write the file anew, for example with Zstandard and plain strings."});
  throw Error(ErrorKind::input, {damage.what(), where, "a sound Parquet file", "Copy or download the file again."});
}

}  // namespace pantograph::parquet
