// SPDX-License-Identifier: GPL-3.0-or-later
// The HTML Standard's prescan of a byte stream to determine its encoding (13.2.3.2).
#include "webtext/html_charset.h"

#include <algorithm>
#include <set>

#include "webtext/encoding.h"
#include "webtext/html_scan.h"

namespace pantograph::webtext {
namespace {

constexpr std::size_t kPrescanned = 1024;
constexpr auto kNone = std::string_view::npos;

/// "windows-1251" of "text/html; charset=windows-1251".
std::string charset_of_content(std::string_view content) {
  const std::string lower = html_lower(content);
  for (std::size_t at = lower.find("charset"); at != std::string::npos; at = lower.find("charset", at)) {
    at += 7;
    at = std::min(lower.find_first_not_of(" \t\n\f\r", at), lower.size());
    if (at == lower.size()) return {};
    if (lower[at] != '=') continue;
    at = std::min(lower.find_first_not_of(" \t\n\f\r", at + 1), lower.size());
    if (at == lower.size()) return {};
    if (lower[at] == '"' || lower[at] == '\'') {
      const std::size_t close = lower.find(lower[at], at + 1);
      return close == std::string::npos ? std::string() : lower.substr(at + 1, close - at - 1);
    }
    return lower.substr(at, lower.find_first_of(" \t\n\f\r;", at) - at);
  }
  return {};
}

/// What a <meta> declares; empty: nothing. `at` is behind its name, and is moved to its end.
std::string charset_of_meta(std::string_view head, std::size_t& at) {
  std::set<std::string> seen;
  bool got_pragma = false, need_pragma = false;
  std::string charset;
  AttributeScanner attributes(head, at);
  while (attributes.next()) {
    const std::string name = html_lower(attributes.name());
    if (!seen.insert(name).second) continue;
    if (name == "http-equiv") {
      got_pragma = got_pragma || html_lower(attributes.value()) == "content-type";
    } else if (name == "content" && charset.empty()) {
      charset = encoding_of_label(charset_of_content(attributes.value()));
      need_pragma = !charset.empty();
    } else if (name == "charset") {
      charset = encoding_of_label(attributes.value());
      need_pragma = false;
    }
  }
  at = attributes.end();
  return need_pragma && !got_pragma ? std::string() : charset;
}

/// <?xml version="1.0" encoding="…"?> at the very start.
std::string charset_of_xml(std::string_view head) {
  if (!head.starts_with("<?xml")) return {};
  head = head.substr(0, head.find('>'));
  std::size_t at = head.find("encoding");
  if (at == kNone) return {};
  at = head.find_first_not_of(" \t\n\f\r", at + 8);
  if (at == kNone || head[at] != '=') return {};
  at = head.find_first_not_of(" \t\n\f\r", at + 1);
  if (at == kNone || (head[at] != '"' && head[at] != '\'')) return {};
  const std::size_t close = head.find(head[at], at + 1);
  return close == kNone ? std::string() : encoding_of_label(head.substr(at + 1, close - at - 1));
}

std::string prescan(std::string_view head) {
  std::size_t at = 0;
  while ((at = head.find('<', at)) < head.size()) {
    const char next = at + 1 < head.size() ? head[at + 1] : '\0';
    const bool closing = next == '/';
    const char letter = closing && at + 2 < head.size() ? head[at + 2] : next;
    if (html_has(head, at, "<!--")) {
      at = head.find("-->", at + 2);
    } else if (html_has(head, at, "<meta") && at + 5 < head.size() &&
               (html_white(head[at + 5]) || head[at + 5] == '/')) {
      at += 5;
      if (std::string charset = charset_of_meta(head, at); !charset.empty()) return charset;
    } else if (html_letter(letter)) {
      AttributeScanner attributes(head, html_name_end(head, at + (closing ? 2 : 1)));
      while (attributes.next()) continue;
      at = attributes.end();
    } else if (next == '!' || next == '/' || next == '?') {
      at = head.find('>', at + 1);
    } else {
      ++at;
    }
    if (at == kNone) break;
  }
  return charset_of_xml(head);
}

}  // namespace

std::string declared_html_encoding(std::string_view page) {
  std::string charset = prescan(page.substr(0, kPrescanned));
  // The declaration itself was read as ASCII, so it cannot be true.
  if (charset.starts_with("UTF-16") || charset.starts_with("UTF-32")) charset = "UTF-8";
  return charset;
}

}  // namespace pantograph::webtext
