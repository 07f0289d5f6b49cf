// SPDX-License-Identifier: GPL-3.0-or-later
// The values of settings as TOML text. Inside this room only.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "project/project_fields.h"

namespace pantograph::project::detail {

std::string to_toml(const std::string& text);  ///< in quotes
std::string to_toml(int value);
std::string to_toml(Role role);
std::string to_toml(std::uint64_t value);  ///< round numbers in short form, as people write token counts
std::string to_toml(double value);         ///< shortest text that reads back to the same number
std::string to_toml(const GenericSpec& spec);
std::string to_toml(const MethodGrid& grid);
std::string to_toml(const SpecializationSweep& sweep);

/// A seed stays a plain number where TOML has it, however round it is.
std::string seed_to_toml(std::uint64_t seed);

/// The items of a list, each as to_toml() writes it.
template <typename T>
std::vector<std::string> item_texts(const std::vector<T>& values) {
  std::vector<std::string> out;
  for (const auto& value : values) out.push_back(to_toml(value));
  return out;
}

std::string list_to_toml(const std::vector<std::string>& items);

/// The items of a setting that is a list, as the file has them.
template <typename Spec, typename T>
std::vector<std::string> setting_items(const Spec& spec, std::vector<T> Spec::*member) {
  if constexpr (std::is_same_v<Spec, Project> && std::is_same_v<T, std::uint64_t>) {
    std::vector<std::string> items;
    for (const std::uint64_t seed : spec.*member) items.push_back(seed_to_toml(seed));
    return items;
  } else {
    return item_texts(spec.*member);
  }
}

/// A setting's value as the file has it.
template <typename Spec, typename T>
std::string setting_text(const Spec& spec, std::vector<T> Spec::*member) {
  return list_to_toml(setting_items(spec, member));
}
template <typename Spec, typename T>
std::string setting_text(const Spec& spec, T Spec::*member) {
  if constexpr (std::is_same_v<Spec, Project> && std::is_same_v<T, std::uint64_t>) {
    if (member == &Project::seed) return seed_to_toml(spec.seed);
  }
  return to_toml(spec.*member);
}

/// Calls take(key, text) for every setting that differs from `base`, in the list's order.
template <typename Spec, typename Take>
void changed_fields(const Spec& spec, const Spec& base, Take&& take) {
  visit_fields(&spec, [&](const char* key, auto member, auto&&...) {
    if (!(spec.*member == base.*member)) take(std::string(key), setting_text(spec, member));
  });
}

/// `key = value` lines of a table's settings that differ from `base`.
template <typename Spec>
std::string setting_lines(const Spec& spec, const Spec& base) {
  std::string out;
  changed_fields(spec, base,
                 [&](const std::string& key, const std::string& value) { out += key + " = " + value + '\n'; });
  return out;
}

// A table as a new file has it, header included, without what is at its default but for what its reader wants to see
// anyway; [tokenizer], [clustering] and [specialization] are empty where everything is.
std::string table_text(const CorpusSpec& spec);
std::string table_text(const SmallNetworkSpec& spec);
std::string table_text(const ProjectedNetworkSpec& spec);
std::string table_text(const MethodSpec& spec);
std::string table_text(const TokenizerSpec& spec);
std::string table_text(const ClusteringSpec& spec);
std::string table_text(const SpecializationSpec& spec);
/// All tables of a sort, an empty line between.
template <typename Spec>
std::string table_text(const std::vector<Spec>& specs) {
  std::string out;
  for (const Spec& spec : specs) {
    if (!out.empty()) out += '\n';
    out += table_text(spec);
  }
  return out;
}

/// A section of the file, which may have several members of the project; empty where all is at its default.
std::string section_text(const Project& project, const std::string& key);

}  // namespace pantograph::project::detail
