// SPDX-License-Identifier: GPL-3.0-or-later
// Manual pages, printed by mandoc(1).
#include <algorithm>

#include "base/error.h"
#include "base/filter_process.h"
#include "bytes.h"
#include "man_text.h"
#include "readers.h"

using pantograph::FilterEnd;
using pantograph::FilterResult;
using pantograph::corpus::Document;

namespace {

constexpr std::size_t kPage = std::size_t{64} << 20;  // bytes

/// The page without its requests to go on in another file: from its standard input, mandoc would look for that in the
/// folder in which this program was started.
struct Page {
  explicit Page(std::string_view source) {
    while (!source.empty()) {
      const std::size_t end = std::min(source.find('\n'), source.size());
      add(source.substr(0, end));
      source.remove_prefix(std::min(end + 1, source.size()));
    }
  }
  std::string text;
  bool refers = false;  ///< to another file
  bool empty = true;    ///< but for that

 private:
  void add(std::string_view line) {
    std::string_view request = line;
    if (!line.empty() && (line[0] == '.' || line[0] == '\'')) {
      request.remove_prefix(std::min(line.find_first_not_of(" \t", 1), line.size()));
      if (request.starts_with("so ") || request.starts_with("so\t")) {
        refers = true;
        text += ".\\\"\n";
        return;
      }
    }
    empty = empty && (request.find_first_not_of(" \t\r") == std::string_view::npos || request.starts_with("\\\""));
    text.append(line).append("\n");
  }
};

FilterResult print(const std::string& page) {
  FilterResult result =
      pantograph::run_filter({"mandoc", "-T", "utf8", "-O", "width=" + std::to_string(kManColumns)}, page);
  if (result.end != FilterEnd::not_found) return result;
  throw pantograph::Error(
      pantograph::ErrorKind::run,
      {"the reader \"man\" needs the program mandoc, which is not there", "", "", "Install the package mandoc."});
}

std::string first_line(const std::string& text) {
  std::string line = text.substr(0, std::min<std::size_t>(text.find('\n'), 200));
  std::ranges::replace_if(
      line, [](char c) { return c < ' ' || c > '~'; }, '?');
  return line;
}

/// Sets the document's fault when mandoc did not print the page to its end. What it finds to say about the page itself
/// is no fault: it prints what it can.
void look_at_end(const FilterResult& result, Document& document) {
  constexpr int kWrongCall = 5, kSystemError = 6;
  if (result.end == FilterEnd::too_long) {
    document.fault = "mandoc took too long";
  } else if (result.end == FilterEnd::too_much) {
    document.fault = "mandoc printed too much";
  } else if (result.end == FilterEnd::signalled) {
    document.fault = "mandoc failed";
    document.detail = "signal " + std::to_string(result.code);
  } else if (result.code >= kWrongCall) {
    document.fault = "mandoc failed";
    document.detail = "exit status " + std::to_string(result.code);
    if (result.code == kSystemError) document.detail.append(": ").append(first_line(result.errors));
  }
}

class ManReader : public pantograph::corpus::DocumentReader {
 public:
  ManReader(const std::filesystem::path& path, const pantograph::corpus::ReadOptions& options)
      : path_(path), file_(path, options) {}

  bool next(Document& document) override {
    if (done_) return false;
    done_ = true;
    document.source = path_.string();
    std::string source;
    if (file_.read(source, kPage) == kPage) {
      document.fault = "page too long";
      return true;
    }
    const Page page(source);
    if (page.refers && page.empty) return false;
    const FilterResult printed = print(page.text);
    look_at_end(printed, document);
    if (!document.fault.empty()) return true;
    document.text = man_text(printed.output, page.text);
    if (document.text.empty()) document.fault = "empty page";
    return !(document.text.empty() && page.refers);
  }
  std::uint64_t position() const override { return file_.position(); }

 private:
  std::filesystem::path path_;
  Bytes file_;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<pantograph::corpus::DocumentReader> open_man(const std::filesystem::path& path,
                                                             const pantograph::corpus::ReadOptions& options) {
  return std::make_unique<ManReader>(path, options);
}
