// SPDX-License-Identifier: GPL-3.0-or-later
// Plain text.
#include <utf8.h>

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

}  // namespace

std::unique_ptr<DocumentReader> open_text(const std::filesystem::path& path, const ReadOptions&) {
  return std::make_unique<TextReader>(path);
}

}  // namespace pantograph::corpus
