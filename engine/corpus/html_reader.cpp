// SPDX-License-Identifier: GPL-3.0-or-later
// Pages: their encoding, then their text.
#include <utf8.h>

#include <algorithm>

#include "corpus/byte_stream.h"
#include "corpus/readers.h"
#include "webtext/encoding.h"
#include "webtext/html_charset.h"
#include "webtext/html_scan.h"
#include "webtext/html_text.h"

namespace pantograph::corpus {
namespace {

bool is_ascii(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// As browsers do, but for one rule: what is valid UTF-8 is taken as such whatever the page declares.
std::string encoding_of_page(std::string_view page, const std::string& label, const webtext::Detected& detected) {
  if (detected.marked) return detected.encoding;
  if (!label.empty()) return webtext::known_encoding(label);
  const std::string declared = webtext::declared_html_encoding(page);
  if (webtext::is_stateful(declared) && is_ascii(page)) return declared;
  if (!detected.encoding.empty()) return detected.encoding;
  if (utf8::find_invalid(page.begin(), page.end()) == page.end()) return "UTF-8";
  return declared.empty() ? "windows-1252" : declared;
}

/// NULs do not make a page binary when it has markup.
bool has_markup(std::string_view page) {
  for (std::size_t at = page.find('<'); at != std::string_view::npos; at = page.find('<', at + 1)) {
    for (const char* tag : {"<html", "<head", "<body", "<!doctype", "<meta", "<title", "<p>", "<div", "<br", "<a "}) {
      if (webtext::html_has(page, at, tag)) return true;
    }
  }
  return false;
}

std::string text_in(std::string_view page, const std::string& encoding) {
  if (encoding != "UTF-8" || utf8::find_invalid(page.begin(), page.end()) != page.end()) {
    return webtext::text_of_page(webtext::decode(page, encoding).text);
  }
  return webtext::text_of_page(page.starts_with("\xEF\xBB\xBF") ? page.substr(3) : page);
}

class HtmlReader : public DocumentReader {
 public:
  HtmlReader(const std::filesystem::path& path, std::string label) : stream_(path), label_(std::move(label)) {
    if (!label_.empty()) webtext::known_encoding(label_);
  }
  bool next(Document& document) override {
    if (done_) return false;
    done_ = true;
    document.source = stream_.path().string();
    const std::string page = stream_.rest();
    const webtext::Detected detected = webtext::detect_encoding(page);
    const std::string encoding = encoding_of_page(page, label_, detected);
    if (detected.binary && !encoding.starts_with("UTF-16") && !encoding.starts_with("UTF-32") && !has_markup(page)) {
      document.fault = "binary";
      return true;
    }
    document.text = text_in(page, encoding);
    if (encoding != "UTF-8") encoding_ = encoding;
    return true;
  }
  std::uint64_t position() const override { return stream_.position(); }
  std::string encoding() const override { return encoding_; }

 private:
  ByteStream stream_;
  std::string label_, encoding_;
  bool done_ = false;
};

}  // namespace

std::string html_to_text(std::string_view html) {
  return text_in(html, encoding_of_page(html, {}, webtext::detect_encoding(html)));
}

std::unique_ptr<DocumentReader> open_html(const std::filesystem::path& path, const ReadOptions& options) {
  return std::make_unique<HtmlReader>(path, options.encoding);
}

}  // namespace pantograph::corpus
