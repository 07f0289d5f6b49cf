// SPDX-License-Identifier: GPL-3.0-or-later
#include "man_text.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "source_lines.h"

namespace {

/// A line as it is seen: of characters printed over each other (bold, underlined) the last one.
std::string seen(std::string_view line) {
  std::string out;
  for (const char c : line) {
    if (c != '\b') {
      out += c;
      continue;
    }
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0) == 0x80) out.pop_back();
    if (!out.empty()) out.pop_back();
  }
  return out;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// Hyphens and spaces of a typesetter as a keyboard has them, so that a word is the same everywhere.
std::string plain(std::string line) {
  if (std::ranges::all_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) return line;
  replace_all(line, "\u2010", "-");
  replace_all(line, "\u2011", "-");
  replace_all(line, "\u00AD", "");
  replace_all(line, "\u00A0", " ");
  return line;
}

/// Takes the ruling of a table (U+2500 to U+257F) away; whether there was any.
bool drop_ruling(std::string& line) {
  bool ruled = false;
  for (std::size_t at = 0; at + 2 < line.size(); ++at) {
    if (line[at] != '\xE2' || (line[at + 1] != '\x94' && line[at + 1] != '\x95')) continue;
    line.replace(at, 3, " ");
    ruled = true;
  }
  return ruled;
}

std::string_view trimmed(std::string_view line) {
  const std::size_t from = line.find_first_not_of(' ');
  if (from == std::string_view::npos) return {};
  return line.substr(from, line.find_last_not_of(' ') + 1 - from);
}

std::string squeezed(std::string_view line) {
  std::string out;
  for (const char c : line) {
    if (c != ' ' || out.empty() || out.back() != ' ') out += c;
  }
  return out;
}

/// The lines between the header and the footer, which reach from margin to margin.
std::vector<std::string> body(std::string_view printed) {
  std::vector<std::string> lines;
  while (!printed.empty()) {
    const std::size_t end = std::min(printed.find('\n'), printed.size());
    lines.push_back(plain(seen(printed.substr(0, end))));
    printed.remove_prefix(std::min(end + 1, printed.size()));
  }
  static const std::string kGap(100, ' ');
  const auto margin = [](const std::string& line) { return line.find(kGap) != std::string::npos; };
  const auto filled = [](const std::string& line) { return !trimmed(line).empty(); };
  const auto first = std::ranges::find_if(lines, filled);
  if (first != lines.end() && margin(*first)) first->clear();
  const auto last = std::find_if(lines.rbegin(), lines.rend(), filled);
  if (last != lines.rend() && margin(*last)) last->clear();
  return lines;
}

/// A rule from margin to margin.
bool is_rule(std::string_view line) {
  return line.size() > kManColumns / 2 && line.find_first_not_of('_') == std::string_view::npos;
}

/// Whether `next` would have begun on the line before, had there been room.
bool broken(const std::string& line, std::string_view next) {
  if (line.empty() || line.size() + next.size() < kManColumns) return false;
  const std::string_view word = next.substr(0, next.find(' '));
  return pantograph::text_columns(line) + 1 + pantograph::text_columns(word) > kManColumns;
}

/// Whether a line was broken in a word, behind its hyphen.
bool in_word(std::string_view line, std::string_view next) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return line.size() > 1 && line.back() == '-' && letter(line[line.size() - 2]) && letter(next.front());
}

}  // namespace

std::string man_text(std::string_view printed, std::string_view source) {
  SourceLines written(source);
  std::string out;
  std::string before;  // the line of the page that `out` ends with
  for (std::string& line : body(printed)) {
    const bool ruled = written.has_tables() && drop_ruling(line);
    std::string_view words = trimmed(line);
    if (ruled && words.empty()) continue;
    if (is_rule(words)) words = {};
    if (words.empty()) {
      if (!out.empty() && !out.ends_with("\n\n")) out += '\n';
    } else if (broken(before, words)) {
      out.pop_back();
      out.append(in_word(out, words) ? "" : " ").append(squeezed(words)).append("\n");
    } else if (const SourceLine* own = written.find(words); own != nullptr) {
      out.append(own->indentation).append(own->aligned ? std::string(words) : squeezed(words)).append("\n");
    } else {
      out.append(squeezed(words)).append("\n");
    }
    before = ruled || words.empty() ? std::string() : std::move(line);
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}
