// SPDX-License-Identifier: GPL-3.0-or-later
// Plain text and JSON lines.
#include <utf8.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "corpus/byte_stream.h"
#include "corpus/readers.h"

namespace pantograph::corpus {
namespace {

constexpr std::size_t kPart = 16 << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class TextReader : public DocumentReader {
 public:
  explicit TextReader(const std::filesystem::path& path) : stream_(path) {}

  bool next(Document& document) override {
    if (done_) return false;
    document.text = std::move(left_);
    left_.clear();
    while (document.text.size() < kPart) {
      const std::string_view piece = stream_.read();
      if (piece.empty()) {
        done_ = true;
        break;
      }
      document.text.append(piece);
    }
    if (!done_) {
      // Cut after the last line's end; without one, before the last UTF-8 character, which may be incomplete.
      std::size_t cut = document.text.rfind('\n');
      cut = cut == std::string::npos ? document.text.size() : cut + 1;
      if (cut == document.text.size() && document.text.back() != '\n') {
        for (int back = 0; back < 4 && cut > 1 && utf8::internal::is_trail(document.text[cut - 1]); ++back) --cut;
        --cut;
      }
      left_ = document.text.substr(cut);
      document.text.resize(cut);
    }
    if (part_ == 0 && document.text.starts_with(kByteOrderMark)) document.text.erase(0, kByteOrderMark.size());
    ++part_;
    document.source = stream_.path().string();
    if (part_ > 1 && document.text.empty()) return false;
    if (part_ > 1 || !done_) document.source += " (part " + std::to_string(part_) + ")";
    return true;
  }

  std::uint64_t position() const override { return stream_.position(); }

 private:
  ByteStream stream_;
  std::string left_;
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

std::unique_ptr<DocumentReader> open_text(const std::filesystem::path& path, const ReadOptions&) {
  return std::make_unique<TextReader>(path);
}

std::unique_ptr<DocumentReader> open_jsonl(const std::filesystem::path& path, const ReadOptions&) {
  return std::make_unique<JsonLinesReader>(path);
}

}  // namespace pantograph::corpus
