// SPDX-License-Identifier: GPL-3.0-or-later
#include "gzip_file.h"
#include "readers.h"

using pantograph::corpus::Document;

namespace {

class FortuneReader : public pantograph::corpus::DocumentReader {
 public:
  explicit FortuneReader(const std::filesystem::path& path) : path_(path), file_(path) {}

  bool next(Document& document) override {
    document.text.clear();
    std::string line;
    bool any = false;
    while (take_line(line)) {
      ++number_;
      if (line == "%") {
        if (any) break;
        continue;
      }
      if (!any) document.source = path_.string() + ":" + std::to_string(number_);
      any = true;
      append_printed(document.text, line);
      document.text += '\n';
    }
    return any;
  }

  std::uint64_t position() const override { return file_.position(); }

 private:
  bool take_line(std::string& line) {
    std::size_t end, searched = at_;  // a long line is not searched again for each block of it
    while ((end = buffer_.find('\n', searched)) == std::string::npos) {
      buffer_.erase(0, at_);
      at_ = 0;
      searched = buffer_.size();
      if (file_.read(buffer_, 1 << 16) == 0) {
        line = std::move(buffer_);
        buffer_.clear();
        return !line.empty();
      }
    }
    line.assign(buffer_, at_, end - at_);
    at_ = end + 1;
    return true;
  }

  /// Underlining is "_", backspace, letter: the later character stays.
  static void append_printed(std::string& out, const std::string& line) {
    const std::size_t start = out.size();
    for (const char c : line) {
      if (c != '\b') {
        out += c;
      } else if (out.size() > start) {
        out.pop_back();
      }
    }
  }

  std::filesystem::path path_;
  GzipFile file_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::uint64_t number_ = 0;
};

}  // namespace

std::unique_ptr<pantograph::corpus::DocumentReader> open_fortune(const std::filesystem::path& path) {
  return std::make_unique<FortuneReader>(path);
}
