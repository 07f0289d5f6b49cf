// SPDX-License-Identifier: GPL-3.0-or-later
// Edits of keys and tables; those of lists are in toml_edit_list.cpp.
#include "project/toml_edit.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/numbers.h"
#include "project/project_file.h"

namespace pantograph::project::detail {
namespace {

bool is_plain_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789_") == std::string::npos;
}

/// "2_000_000", where `like` has such marks.
std::string grouped(const std::string& digits, const std::string& like) {
  if (like.find('_') == std::string::npos) return digits;
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += '_';
    out += digits[i];
  }
  return out;
}

/// `value` as the one that it replaces is written: a plain number stays one.
std::string like_before(const std::string& before, const std::string& value) {
  if (!is_plain_number(before)) return value;
  if (is_plain_number(value)) return grouped(value, before);
  if (value.size() < 3 || value.front() != '"') return value;
  try {
    const std::uint64_t count = parse_count(value.substr(1, value.size() - 2));
    const bool fits = count <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return fits ? grouped(std::to_string(count), before) : value;
  } catch (const Error&) {  // a word: selection = 3 became "frequent"
    return value;
  }
}

bool is_blank(const std::string& text, std::size_t begin, std::size_t end) {
  return text.find_first_not_of(" \t\r\n", begin) >= end;
}

}  // namespace

void TomlEdit::replace(Span span, const std::string& with) {
  std::string text = scanned_.text;
  text.replace(span.begin, span.size(), with);
  scanned_ = TomlText(std::move(text));
}

std::string TomlEdit::with_line_ends(const std::string& text) const {
  std::string out;
  for (const char c : text) c == '\n' ? out += scanned_.line_end : out += c;
  return out;
}

std::size_t TomlEdit::line_begin(std::size_t at) const {
  if (at == 0) return 0;
  const std::size_t before = text().rfind('\n', at - 1);
  return before == std::string::npos ? 0 : before + 1;
}

std::size_t TomlEdit::line_end(std::size_t at) const {
  const std::size_t end = text().find('\n', at);
  return end == std::string::npos ? text().size() : end + 1;
}

void TomlEdit::set_value(const TomlNode& node, const std::string& value) {
  if (node.text.empty()) throw CannotEdit();
  const std::string before = text().substr(node.text.begin, node.text.size());
  replace(node.text, like_before(before, value));
}

void TomlEdit::add_key(const TomlNode& table, const std::string& key, const std::string& value) {
  const std::string entry = key + " = " + value;
  if (table.kind == TomlNode::Kind::inline_table) {
    if (table.keys.empty()) return replace(table.text, "{ " + entry + " }");
    std::size_t end = 0;  // of the last value: nested by dotted keys perhaps, which have no text of their own
    for (const auto& [word, node] : table.keys) end = std::max(end, node->text.end);
    if (end == 0) throw CannotEdit();
    return replace({end, end}, std::string(", ").append(entry));
  }
  const bool is_root = &table == scanned_.root.get();
  const std::size_t at = table.last_end > 0 ? table.last_end : table.header_end;
  if (table.kind != TomlNode::Kind::table || (at == 0 && !is_root)) throw CannotEdit();
  std::string line = (table.header_end == 0 ? table.prefix : "") + entry + scanned_.line_end;
  for (const auto& [word, node] : table.keys) {
    if (node->line.empty() || table.header_end == 0) continue;  // indented as its other lines
    const std::size_t beside = line_begin(node->names.back().begin);
    line.insert(0, text().substr(beside, node->names.back().begin - beside));
    break;
  }
  if (at > 0 && text()[at - 1] != '\n') line.insert(0, scanned_.line_end);
  replace({at, at}, line);
}

void TomlEdit::rename(const TomlNode& table, const std::string& name) {
  std::vector<Span> names = table.names;
  if (names.empty()) throw CannotEdit();
  std::sort(names.begin(), names.end(), [](Span a, Span b) { return a.begin > b.begin; });
  std::string edited = text();
  for (const Span span : names) edited.replace(span.begin, span.size(), name);
  scanned_ = TomlText(std::move(edited));
}

Span TomlEdit::lines_of(const TomlNode& table) const {
  Span lines = table.line;
  if (lines.empty()) lines = scanned_.chunk_of(&table);
  if (lines.empty()) throw CannotEdit();
  return lines;
}

void TomlEdit::remove_lines(Span lines) {
  const std::size_t next = line_end(lines.end);
  if (lines.end < text().size() && is_blank(text(), lines.end, next)) {
    lines.end = next;
  } else if (lines.end == text().size()) {
    while (lines.begin > 0 && is_blank(text(), line_begin(lines.begin - 1), lines.begin)) {
      lines.begin = line_begin(lines.begin - 1);
    }
  }
  replace(lines, "");
}

void TomlEdit::insert_tables(std::size_t at, const std::string& tables) {
  std::string inserted = with_line_ends(tables);
  const bool behind_line = at > 0 && text()[at - 1] == '\n';
  if (at > 0 && !(behind_line && is_blank(text(), line_begin(at - 1), at))) inserted.insert(0, scanned_.line_end);
  if (at > 0 && !behind_line) inserted.insert(0, scanned_.line_end);
  const bool something_follows = at < text().size() && !is_blank(text(), at, line_end(at));
  replace({at, at}, inserted + (something_follows ? scanned_.line_end : ""));
}

void TomlEdit::reorder(const std::vector<Span>& places, const std::vector<std::size_t>& order) {
  const std::string before = text();
  std::string edited = before;
  for (std::size_t i = places.size(); i-- > 0;) {
    std::string moved = before.substr(places[order[i]].begin, places[order[i]].size());
    if (moved.back() != '\n') moved += scanned_.line_end;
    edited.replace(places[i].begin, places[i].size(), moved);
  }
  scanned_ = TomlText(std::move(edited));
}

}  // namespace pantograph::project::detail
