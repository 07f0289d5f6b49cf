// SPDX-License-Identifier: GPL-3.0-or-later
// HTML to readable text, over libxml2's forgiving parser.
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <utf8.h>

#include <mutex>
#include <set>

#include "base/error.h"
#include "corpus/byte_stream.h"
#include "corpus/readers.h"

namespace pantograph::corpus {
namespace {

const std::set<std::string_view> kDropped = {"head",     "script",   "style",    "nav",    "header", "footer",
                                             "noscript", "svg",      "template", "iframe", "object", "select",
                                             "button",   "textarea", "canvas",   "audio",  "video",  "map"};
const std::set<std::string_view> kBlocks = {
    "address", "article", "aside",    "blockquote", "body",   "caption", "center", "dd", "details", "div",
    "dl",      "dt",      "fieldset", "figcaption", "figure", "form",    "h1",     "h2", "h3",      "h4",
    "h5",      "h6",      "hr",       "html",       "li",     "main",    "ol",     "p",  "pre",     "section",
    "summary", "table",   "tbody",    "tfoot",      "thead",  "tr",      "ul"};
const std::set<std::string_view> kParagraphs = {"blockquote", "dl", "h1", "h2",  "h3",    "h4", "h5",
                                                "h6",         "ol", "p",  "pre", "table", "ul"};

std::string_view view(const xmlChar* text) {
  return text ? reinterpret_cast<const char*>(text) : std::string_view();
}

/// Navigation that is marked by attributes: landmark roles, and the permalink signs that documentation tools add.
bool is_furniture(const xmlNode* node) {
  for (const xmlAttr* attribute = node->properties; attribute; attribute = attribute->next) {
    const std::string_view name = view(attribute->name);
    if ((name != "role" && name != "class") || !attribute->children) continue;
    const std::string_view value = view(attribute->children->content);
    if (name == "role" && (value == "navigation" || value == "banner" || value == "contentinfo" || value == "search")) {
      return true;
    }
    if (name == "class" && value == "headerlink") return true;
  }
  return false;
}

/// Collects text: runs of white space become one space, except inside pre; breaks are at most one empty line.
class Writer {
 public:
  void text(std::string_view piece, bool preformatted) {
    for (const char c : piece) {
      const bool white = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
      if (white && !preformatted) {
        space_ = true;
      } else if (c == '\n') {
        out_ += '\n';
      } else if (c != '\r') {
        if (breaks_ > 0) {
          if (!out_.empty()) out_.append(breaks_ - trailing_breaks(), '\n');
        } else if (space_ && !out_.empty() && out_.back() != '\n' && out_.back() != ' ') {
          out_ += ' ';
        }
        breaks_ = 0;
        space_ = false;
        out_ += c;
      }
    }
  }
  void space() { space_ = true; }
  void line_break(std::size_t count) { breaks_ = std::max(breaks_, count); }
  std::string take() {
    while (!out_.empty() && (out_.back() == '\n' || out_.back() == ' ')) out_.pop_back();
    if (!out_.empty()) out_ += '\n';
    return std::move(out_);
  }

 private:
  std::size_t trailing_breaks() const {
    std::size_t count = 0;
    while (count < breaks_ && count < out_.size() && out_[out_.size() - 1 - count] == '\n') ++count;
    return count;
  }
  std::string out_;
  std::size_t breaks_ = 0;
  bool space_ = false;
};

class Walker {
 public:
  std::string run(const xmlNode* root) {
    // Without recursion: tag soup can be nested thousands deep.
    for (const xmlNode* node = root; node;) {
      const bool inside = enter(node);
      if (inside && node->children) {
        node = node->children;
        continue;
      }
      if (inside) leave(node);
      while (node && !node->next) {
        node = node == root ? nullptr : node->parent;
        if (!node || node->type != XML_ELEMENT_NODE) return writer_.take();
        leave(node);
        if (node == root) return writer_.take();
      }
      if (node == root) break;
      node = node ? node->next : nullptr;
    }
    return writer_.take();
  }

 private:
  bool enter(const xmlNode* node) {
    if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
      writer_.text(view(node->content), preformatted_ > 0);
      return false;
    }
    if (node->type != XML_ELEMENT_NODE) return false;
    const std::string_view name = view(node->name);
    if (kDropped.contains(name) || is_furniture(node)) return false;
    mark(name);
    if (name == "pre") ++preformatted_;
    return true;
  }
  void leave(const xmlNode* node) {
    const std::string_view name = view(node->name);
    if (name == "pre") --preformatted_;
    mark(name);
  }
  void mark(std::string_view name) {
    if (kParagraphs.contains(name)) {
      writer_.line_break(2);
    } else if (kBlocks.contains(name) || name == "br") {
      writer_.line_break(1);
    } else if (name == "td" || name == "th") {
      writer_.space();
    }
  }

  Writer writer_;
  int preformatted_ = 0;
};

class HtmlReader : public DocumentReader {
 public:
  explicit HtmlReader(const std::filesystem::path& path) : stream_(path) {}
  bool next(Document& document) override {
    if (done_) return false;
    done_ = true;
    document.source = stream_.path().string();
    document.text = html_to_text(stream_.rest());
    return true;
  }
  std::uint64_t position() const override { return stream_.position(); }

 private:
  ByteStream stream_;
  bool done_ = false;
};

}  // namespace

std::string html_to_text(std::string_view html) {
  static std::once_flag once;
  std::call_once(once, xmlInitParser);
  // Valid UTF-8 is taken as such whatever the page declares; otherwise its declaration counts, or Latin-1.
  const char* encoding = utf8::find_invalid(html.begin(), html.end()) == html.end() ? "UTF-8" : nullptr;
  // XML_PARSE_HUGE: without it the parser drops what is nested deeper than 256 elements.
  const int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
                      HTML_PARSE_COMPACT | XML_PARSE_HUGE;
  const std::unique_ptr<xmlDoc, void (*)(xmlDoc*)> page(
      htmlReadMemory(html.data(), static_cast<int>(html.size()), nullptr, encoding, options), xmlFreeDoc);
  const xmlNode* root = page ? xmlDocGetRootElement(page.get()) : nullptr;
  return root ? Walker().run(root) : std::string();
}

std::unique_ptr<DocumentReader> open_html(const std::filesystem::path& path, const ReadOptions&) {
  return std::make_unique<HtmlReader>(path);
}

}  // namespace pantograph::corpus
