// SPDX-License-Identifier: GPL-3.0-or-later
#include "bytes.h"
#include "readers.h"

using pantograph::corpus::Document;

namespace {

class FortuneReader : public pantograph::corpus::DocumentReader {
 public:
  FortuneReader(const std::filesystem::path& path, const pantograph::corpus::ReadOptions& options)
      : path_(path), file_(path, options) {}

  bool next(Document& document) override {
    document.text.clear();
    std::string line;
    bool any = false;
    while (file_.line(line)) {
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
  Bytes file_;
  std::uint64_t number_ = 0;
};

}  // namespace

std::unique_ptr<pantograph::corpus::DocumentReader> open_fortune(const std::filesystem::path& path,
                                                                 const pantograph::corpus::ReadOptions& options) {
  return std::make_unique<FortuneReader>(path, options);
}
