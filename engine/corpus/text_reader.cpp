// SPDX-License-Identifier: GPL-3.0-or-later
// Plain text.
#include <utf8.h>

#include <optional>

#include "base/error.h"
#include "corpus/byte_stream.h"
#include "corpus/readers.h"
#include "webtext/encoding.h"

namespace pantograph::corpus {
namespace {

constexpr std::size_t kPart = 16 << 20;
constexpr std::size_t kStart = 1 << 20;  // tells what the file is
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class TextReader : public DocumentReader {
 public:
  TextReader(const std::filesystem::path& path, const std::string& label) : stream_(path) {
    if (!label.empty()) encoding_ = webtext::known_encoding(label);
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
    webtext::Detected detected = webtext::detect_encoding(start, ended);
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
  std::optional<webtext::Decoder> decoder_;
  std::string left_;
  std::uint64_t offset_ = 0;
  int part_ = 0;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<DocumentReader> open_text(const std::filesystem::path& path, const ReadOptions& options) {
  return std::make_unique<TextReader>(path, options.encoding);
}

}  // namespace pantograph::corpus
