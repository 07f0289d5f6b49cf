// SPDX-License-Identifier: GPL-3.0-or-later
// TOML to a tree, behind a look at how deep it goes.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "project/project_toml.h"

namespace pantograph::project::detail {
namespace {

/// Behind the string that begins at `at`, or where a string of one line breaks off.
std::size_t skip_string(const std::string& text, std::size_t at) {
  const char quote = text[at];
  const bool basic = quote == '"';
  const bool lines = text.compare(at, 3, std::string(3, quote)) == 0;
  for (at += lines ? 3 : 1; at < text.size(); ++at) {
    if (basic && text[at] == '\\') {
      ++at;
    } else if (!lines && text[at] == '\n') {
      return at;
    } else if (text[at] == quote && (!lines || text.compare(at, 3, std::string(3, quote)) == 0)) {
      at += lines ? 3 : 1;
      for (int more = 0; lines && more < 2 && at < text.size() && text[at] == quote; ++more) ++at;
      return at;
    }
  }
  return text.size();
}

/// Where the text goes deeper than kDeepestToml; npos: nowhere. Up to the first error in it, this agrees with toml++
/// on what is a string and what is a comment, and toml++ reads no further than that.
std::size_t too_deep(const std::string& text) {
  int brackets = 0, dots = 0;  // open ones; of one key
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"' || c == '\'') {
      at = skip_string(text, at);
      continue;
    }
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (c == '[' || c == '{') ++brackets;
    if ((c == ']' || c == '}') && brackets > 0) --brackets;
    if (c == '.') ++dots;
    if (c == '\n' || c == '=' || c == ',' || c == '[' || c == '{') dots = 0;
    if (brackets > kDeepestToml || dots > kDeepestToml) return at;
    ++at;
  }
  return std::string::npos;
}

}  // namespace

toml::table parse_toml(const std::string& text, const std::string& file) {
  if (const std::size_t at = too_deep(text); at != std::string::npos) {
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    throw Error(ErrorKind::project, {"keys or lists within each other without end", fmt::format("{}:{}", file, line),
                                     fmt::format("at most {}", int{kDeepestToml}), ""});
  }
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& e) {
    throw Error(ErrorKind::project, {fmt::format("not valid TOML: {}", e.description()),
                                     fmt::format("{}:{}", file, e.source().begin.line), "", ""});
  }
}

}  // namespace pantograph::project::detail
