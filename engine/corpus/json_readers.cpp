// SPDX-License-Identifier: GPL-3.0-or-later
// JSON lines, and files of JSON values: an array of objects, objects one behind the other, or one object.
#include <utility>

#include "corpus/json_items.h"
#include "corpus/json_record.h"
#include "corpus/readers.h"

namespace pantograph::corpus {
namespace {

class JsonReader : public DocumentReader {
 public:
  JsonReader(std::unique_ptr<JsonItems> items, const ReadOptions& options)
      : items_(std::move(items)), records_(TextField(options.text_field)) {}

  bool next(Document& document) override {
    if (!items_->next(item_, document.source)) return false;
    records_.read(item_, document);
    return true;
  }

  std::uint64_t position() const override { return items_->position(); }
  std::string encoding() const override { return items_->encoding(); }

 private:
  std::unique_ptr<JsonItems> items_;
  JsonRecords records_;
  std::string item_;
};

}  // namespace

std::unique_ptr<DocumentReader> open_jsonl(const std::filesystem::path& path, const ReadOptions& options) {
  return std::make_unique<JsonReader>(json_lines(path, options.encoding), options);
}

std::unique_ptr<DocumentReader> open_json(const std::filesystem::path& path, const ReadOptions& options) {
  return std::make_unique<JsonReader>(json_values(path, options.encoding), options);
}

}  // namespace pantograph::corpus
