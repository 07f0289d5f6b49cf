// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/project_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

#include "base/numbers.h"
#include "project/project_fields.h"
#include "project/project_file.h"
#include "project/project_rules.h"

namespace pantograph::project::detail {
namespace fs = std::filesystem;
namespace {

const char* type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

}  // namespace

std::string in_short(const std::string& text) {
  constexpr std::size_t kMost = 1000;
  if (text.size() <= kMost) return text;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not within a letter
  return text.substr(0, end) + "…";
}

void Reader::wrong_type(const std::string& key, const toml::node& node, const std::string& expected) const {
  refuse(key, fmt::format("found {}", type_name(node)), expected);
}

std::string Reader::where(const std::string& key) const {
  std::string prefix = key;
  for (;;) {  // the nearest enclosing key whose line is known
    const auto line = lines_.find(prefix);
    if (line != lines_.end() && line->second > 0) return fmt::format("{}:{}: {}", file_.string(), line->second, key);
    if (line != lines_.end()) {
      for (const auto& setting : settings_) {
        if (setting.substr(0, setting.find('=')) == prefix) return "--set " + setting;
      }
    }
    const auto dot = prefix.rfind('.');
    if (dot == std::string::npos) return fmt::format("{}: {}", file_.string(), key);
    prefix.resize(dot);
  }
}

void Reader::refuse_unknown(const toml::table& table, const std::string& path, const std::vector<std::string>& known) {
  for (const auto& [name, node] : table) {
    const std::string word(name.str());
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    const std::string key = path.empty() ? word : path + '.' + word;
    note(key, node);
    const std::string near = nearest(word, known);
    refuse(key, "unknown key", near.empty() ? "one of " + list_words(known) : "\"" + near + "\", perhaps");
  }
}

const toml::table& Reader::table_at(const toml::node& node, const std::string& key) {
  note(key, node);
  if (!node.is_table()) wrong_type(key, node, "a table of keys and values");
  return *node.as_table();
}

void Reader::value(const toml::node& node, const std::string& key, std::string& out) {
  // An expert's number may be written as one.
  if (node.is_integer() && key.ends_with(".selection")) {
    out = std::to_string(node.as_integer()->get());
    return;
  }
  if (!node.is_string()) wrong_type(key, node, "a string in quotes");
  out = node.as_string()->get();
}

void Reader::value(const toml::node& node, const std::string& key, int& out) {
  std::uint64_t count = 0;
  if (node.is_integer() && node.as_integer()->get() < 0)
    refuse(key, fmt::format("found {}", node.as_integer()->get()), "no negative number");
  value(node, key, count);
  if (count > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) {
    refuse(key, fmt::format("found {}", count), fmt::format("at most {}", std::numeric_limits<int>::max()));
  }
  out = static_cast<int>(count);
}

void Reader::value(const toml::node& node, const std::string& key, std::uint64_t& out) {
  if (node.is_string()) {
    try {
      out = parse_count(node.as_string()->get());
    } catch (const Error& e) {
      refuse(key, e.text().found, e.text().expected);
    }
    return;
  }
  if (!node.is_integer()) wrong_type(key, node, "a whole number such as 20000, or \"20k\"");
  const std::int64_t number = node.as_integer()->get();
  if (number < 0) refuse(key, fmt::format("found {}", number), "no negative number");
  out = static_cast<std::uint64_t>(number);
}

void Reader::value(const toml::node& node, const std::string& key, double& out) {
  const auto number = node.value<double>();
  if (!node.is_number() || !number) wrong_type(key, node, "a number");
  out = *number;
}

void Reader::value(const toml::node& node, const std::string& key, Role& out) {
  std::string word;
  value(node, key, word);
  if (word != "generic" && word != "domain") refuse(key, "found \"" + word + '"', list_words({"generic", "domain"}));
  out = word == "domain" ? Role::domain : Role::generic;
}

template <typename T>
void Reader::value(const toml::node& node, const std::string& key, std::vector<T>& out) {
  if (!node.is_array()) wrong_type(key, node, "a list in brackets");
  out.clear();
  for (const auto& item : *node.as_array()) value(item, key, out.emplace_back());
}

/// The keys of a table, and of the root those of its sections.
template <typename Spec>
std::vector<std::string> known_keys(const Spec* spec) {
  std::vector<std::string> known;
  visit_fields(spec, [&](const char* name, auto&&...) { known.emplace_back(name); });
  if constexpr (std::is_same_v<Spec, Project>) {
    visit_sections(spec, [&](const char* name, auto) {
      if (known.back() != name) known.emplace_back(name);  // both sorts of networks
    });
  }
  return known;
}

template <typename Spec>
void Reader::fields(const toml::table& table, const std::string& path, Spec& spec) {
  refuse_unknown(table, path, known_keys(&spec));
  visit_fields(&spec, [&](const char* name, auto member, auto&&...) {
    const auto* node = table.get(name);
    if (node == nullptr) return;
    const std::string key = path.empty() ? name : path + '.' + name;
    note(key, *node);
    value(*node, key, spec.*member);
  });
}

std::vector<const toml::table*> Reader::tables(const toml::table& root, const std::string& key) {
  std::vector<const toml::table*> out;
  const auto* node = root.get(key);
  if (node == nullptr) return out;
  note(key, *node);
  const std::string expected = fmt::format("tables, each under [[{}]]", key);
  if (!node->is_array()) wrong_type(key, *node, expected);
  for (const auto& item : *node->as_array()) {
    if (!item.is_table()) wrong_type(key, item, expected);
    out.push_back(item.as_table());
  }
  return out;
}

void Reader::section(const toml::table& root, const std::string& key, std::vector<CorpusSpec>& corpora) {
  for (const auto* table : tables(root, key)) {
    const auto* name = table->get("name");
    if (name == nullptr) {
      note(key, *table);
      refuse(key, "a corpus without name", "name = \"…\"");
    }
    const std::string path = key + '.' + name->value_or(std::string("name"));
    note(path, *table);
    fields(*table, path, corpora.emplace_back());
  }
}

void Reader::section(const toml::table& root, const std::string& key, std::vector<MethodSpec>& methods) {
  for (const auto* table : tables(root, key)) {
    if (!table->contains("kind")) {
      note(key, *table);
      refuse(key, "a method without kind", "kind = \"slm\", \"slm-pn\" or another of the methods");
    }
    const auto* name = table->get(table->contains("name") ? "name" : "kind");
    const std::string path = key + '.' + name->value_or(std::string("name"));
    note(path, *table);
    MethodSpec& method = methods.emplace_back();
    fields(*table, path, method);
    if (!table->contains("name")) method.name = method.kind;
  }
}

void Reader::refuse_half_projected(const toml::table& table, const std::string& key) {
  if (const auto* k = table.get("k"); k != nullptr && table.contains("small")) {
    note(key + ".k", *k);
    refuse(key + ".k", "unknown key", "clustering.clusters", "The number of experts k is the number of clusters.");
  }
  if (const auto* h = table.contains("h") ? table.get("h") : table.get("m"); h != nullptr && !table.contains("small")) {
    note(key, *h);
    refuse(key, "a projected network without `small`", "small = \"NAME\", the small network that its projections have");
  }
}

/// The networks of one sort.
template <typename Spec>
void Reader::read_networks(const toml::table& root, const std::string& key, std::vector<Spec>& networks,
                           bool projected) {
  const auto* node = root.get(key);
  if (node == nullptr) return;
  // TOML's tables have no order of their own; the file's is kept, so that saving does not move them.
  std::vector<std::pair<toml::source_position, std::pair<std::string, const toml::table*>>> found;
  for (const auto& [name, item] : table_at(*node, key)) {
    const std::string word(name.str());
    const auto& table = table_at(item, key + '.' + word);
    if (table.contains("small") == projected) found.push_back({table.source().begin, {word, &table}});
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [position, entry] : found) {
    const auto& [name, table] = entry;
    refuse_half_projected(*table, key + '.' + name);
    fields(*table, key + '.' + name, networks.emplace_back());
    networks.back().name = name;
  }
}

Project Reader::read(const toml::table& root) {
  Project project;
  fields(root, "", project);
  if (!root.contains("seeds")) project.seeds = {project.seed};
  visit_sections(&project, [&](const char* key, auto member) { section(root, key, project.*member); });
  return project;
}

}  // namespace pantograph::project::detail
