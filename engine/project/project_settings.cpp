// SPDX-License-Identifier: GPL-3.0-or-later
// `--set key=value`: applied to the TOML tree, so that a setting is checked exactly as the file is.
#include <algorithm>

#include "base/error.h"
#include "project/project_rules.h"
#include "project/project_toml.h"

namespace pantograph::project::detail {
namespace {

std::string trim(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<std::string> split_path(const std::string& key) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find('.', begin), key.size());
    parts.push_back(key.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// The table of an array of tables whose name (for a method without one: kind) is `name`.
toml::table* find_named(toml::node* array, const std::string& name, std::vector<std::string>& known) {
  if (array == nullptr || !array->is_array()) return nullptr;
  for (auto& item : *array->as_array()) {
    toml::table* const table = item.as_table();
    if (table == nullptr) continue;
    const std::string own = (*table)[table->contains("name") ? "name" : "kind"].value_or(std::string());
    if (own == name) return table;
    known.push_back(own);
  }
  return nullptr;
}

/// TOML where it is, else the words as they stand: --set specialization.selection=frequent, --set evaluation_tokens=2M.
void assign(toml::table& table, const std::string& key, const std::string& value) {
  try {
    toml::table parsed = parse_toml("value = " + value, "");
    if (parsed.size() == 1 && parsed.contains("value")) {
      parsed.get("value")->visit([&](auto& node) { table.insert_or_assign(key, node); });
      return;
    }
  } catch (const Error&) {  // a bare word
  }
  table.insert_or_assign(key, value);
}

}  // namespace

void apply_setting(toml::table& root, const std::string& setting) {
  const auto equals = setting.find('=');
  const std::vector<std::string> parts =
      equals == std::string::npos ? std::vector<std::string>{} : split_path(trim(setting.substr(0, equals)));
  if (parts.empty() || std::any_of(parts.begin(), parts.end(), [](const auto& part) { return part.empty(); })) {
    throw Error(ErrorKind::usage,
                {"\"" + setting + "\" is not a setting", "--set", "key=value, such as clustering.clusters=8", ""});
  }
  const auto refuse = [&](const std::string& found, const std::string& expected) {
    throw Error(ErrorKind::project, {found, "--set " + setting, expected, ""});
  };

  if (parts.size() > kDeepestToml)
    refuse("a key of " + std::to_string(parts.size()) + " parts", "one of the project's");

  toml::table* table = &root;
  std::size_t i = 0;
  if (const std::string& first = parts[0]; first == "corpus" || first == "method" || first == "network") {
    if (parts.size() < 3) refuse("a key of one " + first + " is needed", first + ".NAME.KEY=value");
    std::vector<std::string> known;
    if (first != "network") {
      table = find_named(root.get(first), parts[1], known);
    } else {
      toml::table* const networks = root[first].as_table();
      for (const auto& [name, node] : networks != nullptr ? *networks : toml::table{}) known.emplace_back(name.str());
      table = networks != nullptr ? (*networks)[parts[1]].as_table() : nullptr;
    }
    if (table == nullptr) refuse("there is no " + first + " \"" + parts[1] + '"', list_words(known));
    i = 2;
  }
  for (; i + 1 < parts.size(); ++i) {
    if (!table->contains(parts[i])) table->insert(parts[i], toml::table{});
    toml::node* const next = table->get(parts[i]);
    if (!next->is_table()) refuse("\"" + parts[i] + "\" has no keys of its own", "");
    table = next->as_table();
  }
  assign(*table, parts.back(), trim(setting.substr(equals + 1)));
}

}  // namespace pantograph::project::detail
