// SPDX-License-Identifier: GPL-3.0-or-later
// A project's values from a TOML tree: keys, types, and the line of each key. Inside this room only.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "project/project_fields.h"
#include "project/project_toml.h"

namespace pantograph::project::detail {

/// What a message quotes of a text that may have any length.
std::string in_short(const std::string& text);

/// Reads values and remembers the line of each key. Error(project) names file, line and key.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& file, const std::vector<std::string>& settings)
      : file_(file), settings_(settings) {}

  Project read(const toml::table& root);
  std::string where(const std::string& key) const;

 private:
  [[noreturn]] void refuse(const std::string& key, const std::string& found, const std::string& expected,
                           const std::string& remedy = "") const {
    throw Error(ErrorKind::project, {in_short(found), in_short(where(key)), in_short(expected), remedy});
  }
  [[noreturn]] void wrong_type(const std::string& key, const toml::node& node, const std::string& expected) const;

  void note(const std::string& key, const toml::node& node) { lines_[key] = node.source().begin.line; }
  void refuse_unknown(const toml::table& table, const std::string& path, const std::vector<std::string>& known);
  const toml::table& table_at(const toml::node& node, const std::string& key);

  void value(const toml::node& node, const std::string& key, std::string& out);
  void value(const toml::node& node, const std::string& key, int& out);
  void value(const toml::node& node, const std::string& key, std::uint64_t& out);
  void value(const toml::node& node, const std::string& key, double& out);
  void value(const toml::node& node, const std::string& key, Role& out);
  template <typename Spec>
  requires kIsTable<Spec>
  void value(const toml::node& node, const std::string& key, Spec& out) { fields(table_at(node, key), key, out); }
  template <typename T>
  void value(const toml::node& node, const std::string& key, std::vector<T>& out);

  template <typename Spec>
  void fields(const toml::table& table, const std::string& path, Spec& spec);
  // The sorts of sections of a file: one table, tables in a list, tables by name.
  template <typename Spec>
  void section(const toml::table& root, const std::string& key, Spec& spec) {
    if (const auto* node = root.get(key)) fields(table_at(*node, key), key, spec);
  }
  void section(const toml::table& root, const std::string& key, std::vector<CorpusSpec>& corpora);
  void section(const toml::table& root, const std::string& key, std::vector<MethodSpec>& methods);
  void section(const toml::table& root, const std::string& key, std::vector<SmallNetworkSpec>& networks) {
    read_networks(root, key, networks, false);
  }
  void section(const toml::table& root, const std::string& key, std::vector<ProjectedNetworkSpec>& networks) {
    read_networks(root, key, networks, true);
  }
  template <typename Spec>
  void read_networks(const toml::table& root, const std::string& key, std::vector<Spec>& networks, bool projected);
  std::vector<const toml::table*> tables(const toml::table& root, const std::string& key);
  void refuse_half_projected(const toml::table& table, const std::string& key);

  const std::filesystem::path& file_;
  const std::vector<std::string>& settings_;
  std::map<std::string, unsigned> lines_;
};

}  // namespace pantograph::project::detail
