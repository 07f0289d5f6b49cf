// SPDX-License-Identifier: GPL-3.0-or-later
// Where comments, scripts and other parts of a page end that are not read as markup.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pantograph::webtext {

/// Behind the comment, declaration or instruction ("<!--", "<!DOCTYPE", "<![if", "<?xml", "</ ") at `at`.
std::size_t comment_end(std::string_view page, std::size_t at);

class RawContent {
 public:
  static constexpr std::size_t kNone = std::string_view::npos;
  explicit RawContent(std::string_view page) : page_(page) {}

  /// Behind the end tag of an element without markup inside, whose content begins at `at`; kNone: there is none.
  std::size_t end_of_raw(const std::string& name, std::size_t at);
  /// Where that end tag begins, for what end_of_raw() gave last; the page's end for kNone.
  std::size_t begin_of_end(std::size_t end) const { return end == kNone ? page_.size() : end_begin_; }
  /// Behind the end tag of an element that may hold others of its name, whose start tag is at `tag`; kNone: there is
  /// none.
  std::size_t end_of_matched(const std::string& name, std::size_t tag);

 private:
  bool is_tag(std::size_t at, const std::string& tag) const;
  std::size_t end_tag_of_script(std::size_t at) const;

  std::string_view page_;
  std::size_t end_begin_ = 0;
  std::set<std::string> endless_;  // names without an end tag from some place on
  std::unordered_map<std::string, std::unordered_map<std::size_t, std::size_t>> matches_;
};

}  // namespace pantograph::webtext
