// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/project_edit.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "base/error.h"
#include "project/element_match.h"
#include "project/project_file.h"
#include "project/setting_text.h"
#include "project/toml_edit.h"

namespace pantograph::project::detail {
namespace {

using Table = std::function<const TomlNode*()>;  // finds it again after an edit

template <typename T>
struct is_list : std::false_type {};
template <typename T>
struct is_list<std::vector<T>> : std::true_type {};

const TomlNode& there(const TomlNode* table) {
  if (table == nullptr) throw CannotEdit();
  return *table;
}

/// Without the key a method is called by its kind, and the seeds are the seed: whether that says what `after` has.
template <typename Spec>
bool is_implied(const char* key, const Spec& after) {
  if constexpr (std::is_same_v<Spec, MethodSpec>) return std::string(key) == "name" && after.name == after.kind;
  if constexpr (std::is_same_v<Spec, Project>) {
    return std::string(key) == "seeds" && after.seeds == std::vector<std::uint64_t>{after.seed};
  }
  return false;
}

template <typename Spec>
bool may_be_implied(const char* key) {
  return (std::is_same_v<Spec, MethodSpec> && std::string(key) == "name") ||
         (std::is_same_v<Spec, Project> && std::string(key) == "seeds");
}

/// The keys of one table, from `before` to `after`.
template <typename Spec>
void edit_fields(TomlEdit& edit, const Table& table, const Spec& before, const Spec& after) {
  visit_fields(&after, [&](const char* key, auto member, auto&&...) {
    using Value = std::decay_t<decltype(after.*member)>;
    const TomlNode* const node = there(table()).find(key);
    const bool implied = node == nullptr && may_be_implied<Spec>(key);
    if (implied ? is_implied(key, after) : after.*member == before.*member) return;
    if (node == nullptr) return edit.add_key(there(table()), key, setting_text(after, member));
    if constexpr (kIsTable<Value>) {
      edit_fields(
          edit, [&] { return there(table()).find(key); }, before.*member, after.*member);
    } else if constexpr (is_list<Value>::value) {
      edit.set_list(*node, setting_items(before, member), setting_items(after, member));
    } else {
      edit.set_value(*node, setting_text(after, member));
    }
  });
}

/// The tables of one sort: of [[key]] or [key.NAME], in the text's order.
template <typename Spec>
std::vector<const TomlNode*> tables_of(const TomlEdit& edit, const char* key) {
  std::vector<const TomlNode*> out;
  const TomlNode* const section = edit.root().find(key);
  if (section == nullptr) return out;
  for (const auto& item : section->items) out.push_back(item.get());
  for (const auto& [name, node] : section->keys) {
    const bool projected = node->find("small") != nullptr;
    if (projected == std::is_same_v<Spec, ProjectedNetworkSpec>) out.push_back(node.get());
  }
  return out;
}

template <typename Spec>
constexpr bool kNamedByTable = std::is_same_v<Spec, SmallNetworkSpec> || std::is_same_v<Spec, ProjectedNetworkSpec>;

/// Where a first table of a section goes: behind the last of the sections that come before it in a new file.
std::size_t place_for(const TomlEdit& edit, const std::string& key) {
  std::vector<std::string> earlier;
  bool found = false;
  visit_sections(static_cast<Project*>(nullptr), [&](const char* other, auto) {
    found = found || other == key;
    if (!found) earlier.emplace_back(other);
  });
  earlier.push_back(key);
  std::size_t place = edit.scanned().blocks.front().span.end;
  for (const auto& other : earlier) {
    const TomlNode* const section = edit.root().find(other);
    if (section == nullptr) continue;
    std::vector<const TomlNode*> tables = {section};
    for (const auto& item : section->items) tables.push_back(item.get());
    for (const TomlNode* const table : tables) {
      for (const TomlBlock& block : edit.scanned().blocks) {
        if (std::find(block.tables.begin(), block.tables.end(), table) != block.tables.end()) {
          place = std::max(place, block.span.end);
        }
      }
    }
  }
  return place;
}

/// A section of one table.
template <typename Spec>
void edit_section(TomlEdit& edit, const char* key, const Spec& before, const Spec& after) {
  const Table table = [&] { return edit.root().find(key); };
  if (table() != nullptr) return edit_fields(edit, table, before, after);
  edit.insert_tables(place_for(edit, key), table_text(after));
}

/// A section of several.
template <typename Spec>
void edit_section(TomlEdit& edit, const char* key, const std::vector<Spec>& before, const std::vector<Spec>& after) {
  if (tables_of<Spec>(edit, key).size() != before.size()) throw CannotEdit();
  const std::vector<std::optional<std::size_t>> from = matched(before, after);  // for each of `after` its place before
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (!from[i]) continue;
    const Spec& old = before[*from[i]];
    const Table table = [&] { return tables_of<Spec>(edit, key).at(*from[i]); };
    edit_fields(edit, table, old, after[i]);
    if (kNamedByTable<Spec> && old.name != after[i].name) edit.rename(*table(), after[i].name);
  }
  std::vector<std::size_t> order;  // of those that stay, as numbers among them
  for (std::size_t i = before.size(); i-- > 0;) {
    if (std::find(from.begin(), from.end(), i) == from.end()) {
      edit.remove_lines(edit.lines_of(*tables_of<Spec>(edit, key).at(i)));
    }
  }
  for (const auto& own : from) {
    if (!own) continue;
    order.push_back(static_cast<std::size_t>(
        std::count_if(from.begin(), from.end(), [&](const auto& other) { return other && *other < *own; })));
  }
  if (!std::is_sorted(order.begin(), order.end())) {
    std::vector<Span> places;
    for (const TomlNode* const table : tables_of<Spec>(edit, key)) {
      if (table->line.size() > 0) throw CannotEdit();  // a table in braces stays among its neighbours
      places.push_back(edit.lines_of(*table));
    }
    edit.reorder(places, order);
  }
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (from[i]) continue;
    const auto tables = tables_of<Spec>(edit, key);
    const TomlNode* const section = edit.root().find(key);
    if (section != nullptr && !section->text.empty()) throw CannotEdit();  // in braces or brackets
    std::size_t at = 0;
    if (i > 0) {
      at = edit.scanned().chunk_of(tables.at(i - 1)).end;
    } else if (tables.empty()) {
      at = place_for(edit, key);
    } else {
      at = edit.scanned().chunk_of(tables.front()).begin;
    }
    if (at == 0) throw CannotEdit();
    edit.insert_tables(at, table_text(after[i]));
  }
}

// ---- a section written anew

/// The lines of some key of a section that is written without headers: in braces, brackets or by dotted keys.
Span first_line(const TomlNode& node) {
  if (!node.line.empty()) return node.line;
  for (const auto& [key, below] : node.keys) {
    if (const Span line = first_line(*below); !line.empty()) return line;
  }
  return {};
}

/// Every line of a section goes, and its new text comes where its first header was.
void write_section(TomlEdit& edit, const std::string& key, const Project& after) {
  std::optional<std::size_t> place;
  while (const TomlNode* const section = edit.root().find(key)) {
    const auto& blocks = edit.scanned().blocks;
    const auto header = std::find_if(blocks.begin() + 1, blocks.end(), [&](const TomlBlock& block) {
      return block.tables.front() == section ||
             std::any_of(section->items.begin(), section->items.end(),
                         [&](const auto& item) { return item.get() == block.tables.front(); });
    });
    const Span lines = header != blocks.end() ? header->span : first_line(*section);
    if (lines.empty()) throw CannotEdit();
    if (header != blocks.end()) place = std::min(place.value_or(lines.begin), lines.begin);
    edit.remove_lines(lines);
  }
  const std::string text = section_text(after, key);
  if (!text.empty()) edit.insert_tables(place ? *place : place_for(edit, key), text);
}

}  // namespace

std::string edited_text(const std::string& text, const Project& after) {
  TomlEdit edit(text);
  Project now = parse_unchecked(text, "");
  edit_fields<Project>(
      edit, [&] { return &edit.root(); }, now, after);
  visit_sections(&after, [&](const char* key, auto member) {
    if (now.*member == after.*member) return;
    try {
      TomlEdit tried(edit.text());
      edit_section(tried, key, now.*member, after.*member);
      Project then = parse_unchecked(tried.text(), "");
      if (then.*member == after.*member) {
        edit = std::move(tried);
        now = std::move(then);
        return;
      }
    } catch (const CannotEdit&) {  // written anew
    } catch (const Error&) {
    }
    write_section(edit, key, after);
    now = parse_unchecked(edit.text(), "");
  });
  return edit.text();
}

}  // namespace pantograph::project::detail
