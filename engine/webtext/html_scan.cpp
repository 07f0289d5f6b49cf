// SPDX-License-Identifier: GPL-3.0-or-later
// Pieces of HTML's syntax: names and attributes of tags.
#include "webtext/html_scan.h"

#include <algorithm>

namespace pantograph::webtext {
namespace {

constexpr std::string_view kWhite = " \t\n\f\r";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool html_white(char c) {
  return kWhite.find(c) != std::string_view::npos;
}

bool html_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string html_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool html_has(std::string_view page, std::size_t at, std::string_view word) {
  if (at > page.size() || page.size() - at < word.size()) return false;
  return std::equal(word.begin(), word.end(), page.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char wanted, char found) { return wanted == lower(found); });
}

std::size_t html_name_end(std::string_view page, std::size_t at) {
  return std::min(page.find_first_of(" \t\n\f\r/>", at), page.size());
}

bool AttributeScanner::next() {
  while (at_ < page_.size() && (html_white(page_[at_]) || page_[at_] == '/')) ++at_;
  if (at_ >= page_.size()) return false;
  if (page_[at_] == '>') {
    ++at_;
    complete_ = true;
    return false;
  }
  const std::size_t begin = at_;
  // An equals sign at the start belongs to the name.
  at_ = std::min(page_.find_first_of(" \t\n\f\r/>=", at_ + 1), page_.size());
  name_ = page_.substr(begin, at_ - begin);
  value_ = {};
  std::size_t at = std::min(page_.find_first_not_of(kWhite, at_), page_.size());
  if (at == page_.size() || page_[at] != '=') return true;
  at = std::min(page_.find_first_not_of(kWhite, at + 1), page_.size());
  if (at == page_.size()) {
    at_ = at;
  } else if (page_[at] == '"' || page_[at] == '\'') {
    const std::size_t close = std::min(page_.find(page_[at], at + 1), page_.size());
    value_ = page_.substr(at + 1, close - at - 1);
    at_ = std::min(close + 1, page_.size());
  } else {
    at_ = std::min(page_.find_first_of(" \t\n\f\r>", at), page_.size());
    value_ = page_.substr(at, at_ - at);
  }
  return true;
}

}  // namespace pantograph::webtext
