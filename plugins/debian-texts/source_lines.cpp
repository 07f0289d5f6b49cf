// SPDX-License-Identifier: GPL-3.0-or-later
#include "source_lines.h"

#include <algorithm>

namespace {

/// Bytes of the escape that `text` begins with: \&, \fB, \f(CW, \f[B], \(aq, \s-1, \*(lq.
std::size_t escape_length(std::string_view text) {
  if (text.size() < 2) return text.size();
  std::size_t at = 1;
  if (std::string_view("fsnm*FgkMVY").find(text[at]) != std::string_view::npos) {
    const bool size = text[at] == 's';
    ++at;
    if (size && at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  }
  if (at >= text.size()) return text.size();
  if (text[at] == '(') return std::min(at + 3, text.size());
  if (text[at] == '[') return std::min(text.find(']', at), text.size() - 1) + 1;
  return at + 1;
}

/// Letters, digits and signs that are printed as they are written.
std::string key(std::string_view text) {
  static constexpr std::string_view kLeftOut = "-'\"`^~\\ \t\r";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\\') {
      at += escape_length(text.substr(at));
      continue;
    }
    if (text[at] > ' ' && text[at] <= '~' && kLeftOut.find(text[at]) == std::string_view::npos) out += text[at];
    ++at;
  }
  return out;
}

/// Whether there are tabs or gaps. Two spaces between words mean something only where the line is indented as well.
bool aligned(std::string_view text, bool indented) {
  return text.find('\t') != std::string_view::npos || text.find("   ") != std::string_view::npos ||
         (indented && text.find("  ") != std::string_view::npos);
}

/// The text of a line, as in `.BI "    int " argument );`, too; empty for other requests.
std::string_view text_of(std::string_view line) {
  if (line[0] != '.' && line[0] != '\'') return line;
  const std::size_t quote = line.find(" \"");
  const bool font = quote == 2 || quote == 3;
  return font && line.substr(1, quote - 1).find_first_not_of("BIR") == std::string_view::npos ? line.substr(quote + 2)
                                                                                              : std::string_view();
}

}  // namespace

SourceLines::SourceLines(std::string_view source) {
  bool in_table = false;
  while (!source.empty()) {
    const std::size_t end = std::min(source.find('\n'), source.size());
    std::string_view line = source.substr(0, end);
    source.remove_prefix(std::min(end + 1, source.size()));
    if (line.starts_with(".TS") || line.starts_with("'TS")) in_table = has_tables_ = true;
    if (line.starts_with(".TE") || line.starts_with("'TE")) in_table = false;
    if (in_table || line.empty()) continue;
    line = text_of(line);
    while (line.starts_with("\\&") || line.starts_with("\\f")) line.remove_prefix(escape_length(line));
    const std::size_t start = std::min(line.find_first_not_of(" \t"), line.size());
    if (std::string name = key(line); !name.empty()) {
      lines_[std::move(name)].lines.push_back({line.substr(0, start), aligned(line.substr(start), start > 0)});
    }
  }
}

const SourceLine* SourceLines::find(std::string_view line) {
  // A backslash that is printed is no escape; the key has none.
  std::string plain(line);
  std::erase(plain, '\\');
  const auto found = lines_.find(key(plain));
  if (found == lines_.end()) return nullptr;
  Same& same = found->second;
  const std::size_t index = std::min(same.next, same.lines.size() - 1);
  same.next = index + 1;
  return &same.lines[index];
}
