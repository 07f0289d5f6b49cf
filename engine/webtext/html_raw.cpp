// SPDX-License-Identifier: GPL-3.0-or-later
// Ends of comments, scripts and the like, each found in time that grows with the page alone.
#include "webtext/html_raw.h"

#include <algorithm>
#include <vector>

#include "webtext/html_scan.h"

namespace pantograph::webtext {

std::size_t comment_end(std::string_view page, std::size_t at) {
  if (!html_has(page, at, "<!--")) return std::min(page.find('>', at), page.size() - 1) + 1;
  at += 4;
  if (html_has(page, at, ">")) return at + 1;
  if (html_has(page, at, "->")) return at + 2;
  for (at = page.find("--", at); at != std::string_view::npos; at = page.find("--", at + 1)) {
    if (html_has(page, at, "-->")) return at + 3;
    if (html_has(page, at, "--!>")) return at + 4;
  }
  return page.size();
}

bool RawContent::is_tag(std::size_t at, const std::string& tag) const {
  const std::size_t end = at + tag.size();
  return html_has(page_, at, tag) && end < page_.size() &&
         (html_white(page_[end]) || page_[end] == '/' || page_[end] == '>');
}

/// A script may hold "<!-- <script> </script> -->", whose inner end tag is not its own.
std::size_t RawContent::end_tag_of_script(std::size_t at) const {
  bool comment = false, inner = false;
  for (at = page_.find_first_of("<-", at); at != kNone; at = page_.find_first_of("<-", at + 1)) {
    if (html_has(page_, at, "<!--")) {
      comment = true;
      ++at;  // so that the dashes of "<!-->" also end it
    } else if (html_has(page_, at, "-->")) {
      comment = inner = false;
    } else if (is_tag(at, "</script")) {
      if (!inner) return at;
      inner = false;
    } else if (comment && is_tag(at, "<script")) {
      inner = true;
    }
  }
  return kNone;
}

std::size_t RawContent::end_of_raw(const std::string& name, std::size_t at) {
  if (endless_.contains(name)) return kNone;
  std::size_t begin = kNone;
  if (name == "script") {
    begin = end_tag_of_script(at);
  } else {
    const std::string tag = "</" + name;
    begin = page_.find("</", at);
    while (begin != kNone && !is_tag(begin, tag)) begin = page_.find("</", begin + 1);
  }
  if (begin == kNone) {
    endless_.insert(name);
    return kNone;
  }
  end_begin_ = begin;
  AttributeScanner attributes(page_, begin + 2 + name.size());
  while (attributes.next()) continue;
  return attributes.end();
}

std::size_t RawContent::end_of_matched(const std::string& name, std::size_t tag) {
  const auto [entry, first] = matches_.try_emplace(name);
  auto& ends = entry->second;
  if (first) {
    std::vector<std::size_t> open;
    const std::string start = "<" + name, close = "</" + name;
    for (std::size_t at = page_.find('<'), next = 0; at != kNone; at = page_.find('<', next)) {
      next = at + 1;
      const bool closing = is_tag(at, close);
      if (!closing && !is_tag(at, start)) continue;
      AttributeScanner attributes(page_, at + name.size() + (closing ? 2 : 1));
      while (attributes.next()) continue;
      next = attributes.end();
      if (!closing) {
        if (page_[attributes.end() - 2] == '/') {
          ends[at] = attributes.end();
        } else {
          open.push_back(at);
        }
      } else if (!open.empty()) {
        ends[open.back()] = attributes.end();
        open.pop_back();
      }
    }
  }
  const auto found = ends.find(tag);
  return found == ends.end() ? kNone : found->second;
}

}  // namespace pantograph::webtext
