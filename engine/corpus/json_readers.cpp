// SPDX-License-Identifier: GPL-3.0-or-later
// JSON lines, and files of JSON values: an array of objects, objects one behind the other, or one object.
#include "base/error.h"
#include "corpus/byte_stream.h"
#include "corpus/json_record.h"
#include "corpus/readers.h"

namespace pantograph::corpus {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kWhite = " \t\r\n";
constexpr std::size_t kLongest = std::size_t{1} << 30;

class JsonLinesReader : public DocumentReader {
 public:
  JsonLinesReader(const std::filesystem::path& path, const ReadOptions& options)
      : stream_(path), encoding_(stream_.decode(options.encoding)), records_(TextField(options.text_field)) {}

  bool next(Document& document) override {
    while (stream_.line(line_)) {
      ++number_;
      if (number_ == 1 && line_.starts_with(kByteOrderMark)) line_.erase(0, kByteOrderMark.size());
      if (line_.find_first_not_of(kWhite) == std::string::npos) continue;
      document.source = stream_.path().string() + ":" + std::to_string(number_);
      records_.read(line_, document);
      return true;
    }
    return false;
  }

  std::uint64_t position() const override { return stream_.position(); }
  std::string encoding() const override { return encoding_; }

 private:
  ByteStream stream_;
  std::string encoding_;
  JsonRecords records_;
  std::string line_;
  std::uint64_t number_ = 0;
};

/// Cuts a stream into the objects of its array, or of the file, without holding more than one of them.
class JsonReader : public DocumentReader {
 public:
  JsonReader(const std::filesystem::path& path, const ReadOptions& options)
      : stream_(path), encoding_(stream_.decode(options.encoding)), records_(TextField(options.text_field)) {}

  bool next(Document& document) override {
    if (!started_) start();
    for (;;) {
      const int c = skip_white();
      if (c < 0) {
        if (in_array_) fail("the array does not end", "]");
        return false;
      }
      if (c == ']' && in_array_) {
        ++at_;
        in_array_ = false;
        if (skip_white() >= 0) fail("something follows the array", "the end of the file");
        return false;
      }
      if (c == ',' && in_array_ && count_ > 0) {
        ++at_;
        continue;
      }
      document.source = stream_.path().string() + ": item " + std::to_string(++count_);
      const std::uint64_t line = line_;
      take_value();
      document.source += " (line " + std::to_string(line) + ")";
      records_.read(value_, document);
      return true;
    }
  }

  std::uint64_t position() const override { return stream_.position(); }
  std::string encoding() const override { return encoding_; }

 private:
  void start() {
    started_ = true;
    piece_ = stream_.read();
    if (piece_.starts_with(kByteOrderMark)) piece_.remove_prefix(kByteOrderMark.size());
    if (skip_white() == '[') {
      in_array_ = true;
      ++at_;
    }
  }

  /// The byte at hand; -1 at the end.
  int peek() {
    while (at_ == piece_.size()) {
      piece_ = stream_.read();
      at_ = 0;
      if (piece_.empty()) return -1;
    }
    return static_cast<unsigned char>(piece_[at_]);
  }

  int skip_white() {
    for (int c = peek();; c = peek()) {
      if (c < 0 || kWhite.find(static_cast<char>(c)) == std::string_view::npos) return c;
      if (c == '\n') ++line_;
      ++at_;
    }
  }

  /// Up to the end of the object or array that begins here; of anything else, up to the next comma or bracket.
  void take_value() {
    value_.clear();
    int depth = 0;
    bool quoted = false, escaped = false;
    for (int next = peek(); next >= 0; next = peek()) {
      const std::size_t from = at_;
      bool ended = false;
      for (; at_ < piece_.size() && !ended; ++at_) {
        const char c = piece_[at_];
        if (c == '\n') ++line_;
        if (quoted) {
          if (escaped) {
            escaped = false;
          } else if (c == '\\') {
            escaped = true;
          } else if (c == '"') {
            quoted = false;
          }
        } else if (c == '"') {
          quoted = true;
        } else if (c == '{' || c == '[') {
          ++depth;
        } else if (c == '}' || c == ']') {
          if (depth == 0) break;
          ended = --depth == 0;
        } else if (depth == 0 && (c == ',' || c == '\n')) {
          break;
        }
      }
      value_.append(piece_.substr(from, at_ - from));
      if (value_.size() > kLongest) fail("an item longer than 1 GiB", "shorter items");
      if (ended || at_ < piece_.size()) break;
    }
    if (value_.empty() && peek() >= 0) {  // a bracket that closes nothing
      value_.assign(1, piece_[at_++]);
    }
  }

  [[noreturn]] void fail(const std::string& found, const std::string& expected) const {
    throw Error(ErrorKind::input, {found, stream_.path().string() + ":" + std::to_string(line_), expected,
                                   "Copy or write the file again."});
  }

  ByteStream stream_;
  std::string encoding_;
  JsonRecords records_;
  std::string_view piece_;
  std::size_t at_ = 0;
  std::string value_;
  std::uint64_t count_ = 0, line_ = 1;
  bool started_ = false, in_array_ = false;
};

}  // namespace

std::unique_ptr<DocumentReader> open_jsonl(const std::filesystem::path& path, const ReadOptions& options) {
  return std::make_unique<JsonLinesReader>(path, options);
}

std::unique_ptr<DocumentReader> open_json(const std::filesystem::path& path, const ReadOptions& options) {
  return std::make_unique<JsonReader>(path, options);
}

}  // namespace pantograph::corpus
