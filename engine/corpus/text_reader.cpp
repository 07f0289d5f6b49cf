// SPDX-License-Identifier: GPL-3.0-or-later
// Plain text and JSON lines.
#include <utf8.h>
#include <nlohmann/json.hpp>

#include <optional>

#include "base/error.h"
#include "corpus/byte_stream.h"
#include "corpus/encoding.h"
#include "corpus/readers.h"

namespace pantograph::corpus {
namespace {

constexpr std::size_t kPart = 16 << 20;
constexpr std::size_t kStart = 1 << 20;  // tells what the file is
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class TextReader : public DocumentReader {
 public:
  TextReader(const std::filesystem::path& path, const std::string& label) : stream_(path) {
    if (!label.empty()) encoding_ = known_encoding(label);
  }

  bool next(Document& document) override {
    if (done_) return false;
    document.source = stream_.path().string();
    if (part_ == 0 && !open()) {
      done_ = true;
      document.fault = "binary";
      return true;
    }
    document.text = std::move(left_);
    left_.clear();
    fill(document.text);
    if (!done_) cut(document.text);
    const std::uint64_t offset = offset_;
    offset_ += document.text.size();
    const bool mark = part_ == 0 && document.text.starts_with(kByteOrderMark);
    ++part_;
    if (part_ > 1 && document.text.empty()) return false;
    if (part_ > 1 || !done_) document.source += " (part " + std::to_string(part_) + ")";
    const auto invalid = utf8::find_invalid(document.text.begin(), document.text.end());
    if (invalid != document.text.end()) {
      document.fault = "not UTF-8";
      document.detail =
          "at byte " + std::to_string(offset + static_cast<std::uint64_t>(invalid - document.text.begin()));
      document.text.clear();
    } else if (mark) {
      document.text.erase(0, kByteOrderMark.size());
    }
    return true;
  }

  std::uint64_t position() const override { return stream_.position(); }
  std::string encoding() const override { return decoder_ && encoding_ != "UTF-8" ? encoding_ : std::string(); }

 private:
  /// Looks at the file's start; false: it is binary.
  bool open() {
    std::string start;
    bool ended = false;
    while (start.size() < kStart && !ended) {
      const std::string_view piece = stream_.read();
      ended = piece.empty();
      start.append(piece);
    }
    Detected detected = detect_encoding(start, ended);
    if (detected.marked || (encoding_.empty() && detected.encoding != "UTF-8")) {
      encoding_ = std::move(detected.encoding);
      if (encoding_ == "UTF-8") encoding_.clear();
    }
    const bool wide = encoding_.starts_with("UTF-16") || encoding_.starts_with("UTF-32");
    if (detected.binary && !wide) return false;
    if (!encoding_.empty()) decoder_.emplace(encoding_);
    take(start, left_);
    return true;
  }

  void take(std::string_view bytes, std::string& text) {
    if (decoder_) {
      decoder_->decode(bytes, false, text);
    } else {
      text.append(bytes);
    }
  }

  void fill(std::string& text) {
    while (text.size() < kPart) {
      const std::string_view piece = stream_.read();
      if (piece.empty()) {
        if (decoder_) decoder_->decode({}, true, text);
        done_ = true;
        return;
      }
      take(piece, text);
    }
  }

  /// Keeps for the next part what is behind the last line's end; without one, the last UTF-8 character, which may be
  /// incomplete.
  void cut(std::string& text) {
    std::size_t end = text.rfind('\n');
    end = end == std::string::npos ? text.size() : end + 1;
    if (end == text.size() && text.back() != '\n') {
      for (int back = 0; back < 4 && end > 1 && utf8::internal::is_trail(text[end - 1]); ++back) --end;
      --end;
    }
    left_ = text.substr(end);
    text.resize(end);
  }

  ByteStream stream_;
  std::string encoding_;  // not UTF-8, unless the corpus says so
  std::optional<Decoder> decoder_;
  std::string left_;
  std::uint64_t offset_ = 0;
  int part_ = 0;
  bool done_ = false;
};

class JsonLinesReader : public DocumentReader {
 public:
  explicit JsonLinesReader(const std::filesystem::path& path) : stream_(path) {}

  bool next(Document& document) override {
    while (stream_.line(line_)) {
      ++number_;
      if (number_ == 1 && line_.starts_with(kByteOrderMark)) line_.erase(0, kByteOrderMark.size());
      if (line_.find_first_not_of(" \t\r") == std::string::npos) continue;
      document.source = stream_.path().string() + ":" + std::to_string(number_);
      if (utf8::find_invalid(line_.begin(), line_.end()) != line_.end()) {
        document.text = line_;
      } else {
        document.text = text_of_line(document.source);
      }
      return true;
    }
    return false;
  }

  std::uint64_t position() const override { return stream_.position(); }

 private:
  std::string text_of_line(const std::string& where) {
    static const std::string expected = "one JSON object with a string \"text\" on each line";
    nlohmann::json value;
    try {
      value = nlohmann::json::parse(line_);
    } catch (const nlohmann::json::parse_error& e) {
      throw Error(ErrorKind::input,
                  {"broken JSON at column " + std::to_string(e.byte), where, expected, "Correct or remove that line."});
    }
    if (!value.is_object()) fail(std::string("JSON ") + value.type_name() + " instead of an object", where, expected);
    const auto member = value.find("text");
    if (member == value.end()) fail("no member \"text\"", where, expected);
    if (!member->is_string()) fail(std::string("\"text\" is ") + member->type_name(), where, expected);
    return std::move(member->get_ref<std::string&>());
  }

  [[noreturn]] static void fail(const std::string& found, const std::string& where, const std::string& expected) {
    throw Error(ErrorKind::input, {found, where, expected, "Correct or remove that line."});
  }

  ByteStream stream_;
  std::string line_;
  std::uint64_t number_ = 0;
};

}  // namespace

std::unique_ptr<DocumentReader> open_text(const std::filesystem::path& path, const ReadOptions& options) {
  return std::make_unique<TextReader>(path, options.encoding);
}

std::unique_ptr<DocumentReader> open_jsonl(const std::filesystem::path& path, const ReadOptions&) {
  return std::make_unique<JsonLinesReader>(path);
}

}  // namespace pantograph::corpus
