// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/setting_list.h"

#include <nlohmann/json.hpp>

#include "project/setting_text.h"

namespace pantograph::project {
namespace {

using nlohmann::json;

// The words of docs/FORMATS.md.
std::string type_of(int) {
  return "integer";
}
std::string type_of(std::uint64_t) {
  return "count";
}
std::string type_of(double) {
  return "number";
}
std::string type_of(const std::string&) {
  return "string";
}
std::string type_of(Role) {
  return "string";
}
template <typename T>
std::string type_of(const std::vector<T>&) {
  return "list of " + type_of(T{}) + 's';
}

template <typename Spec>
void list_fields(const std::string& path, std::vector<SettingInfo>& out) {
  const Spec base{};
  detail::visit_fields(&base, [&](const char* name, auto member, Effect effect, auto&&) {
    const std::string key = path + name;
    using Value = std::decay_t<decltype(base.*member)>;
    if constexpr (detail::kIsTable<Value>) {
      list_fields<Value>(key + '.', out);
    } else {
      out.push_back({key, type_of(base.*member), detail::setting_text(base, member), effect});
    }
  });
}

template <typename Spec>
void list_section(const std::string& key, const Spec&, std::vector<SettingInfo>& out) {
  list_fields<Spec>(key + '.', out);
}

template <typename Spec>
void list_section(const std::string& key, const std::vector<Spec>&, std::vector<SettingInfo>& out) {
  list_fields<Spec>(key + '.', out);
}

/// The settings whose effect is one of `wanted`.
template <typename Spec, typename Wanted>
json settings_of(const Spec& spec, const Wanted& wanted) {
  const Spec base{};
  json out = json::object();
  detail::visit_fields(&spec, [&](const char* name, auto member, Effect effect, auto&&) {
    using Value = std::decay_t<decltype(spec.*member)>;
    if (!wanted(effect) || spec.*member == base.*member) return;
    if constexpr (detail::kIsTable<Value>) {
      if (json inner = settings_of(spec.*member, changes_results); !inner.empty()) out[name] = std::move(inner);
    } else if constexpr (!std::is_same_v<Value, Role>) {
      out[name] = spec.*member;
    }
  });
  return out;
}

}  // namespace

std::vector<SettingInfo> setting_list() {
  std::vector<SettingInfo> out;
  const Project base;
  list_fields<Project>("", out);
  detail::visit_sections(&base, [&](const char* key, auto member) { list_section(key, base.*member, out); });
  return out;
}

json result_settings(const CorpusSpec& spec) {
  return settings_of(spec, changes_results);
}

json result_settings(const TokenizerSpec& spec) {
  return settings_of(spec, changes_results);
}

json result_settings(const ClusteringSpec& spec) {
  return settings_of(spec, changes_results);
}

json result_settings(const SmallNetworkSpec& spec) {
  SmallNetworkSpec plain = spec;
  plain.inner = 0;
  if (plain.inner_width() != spec.inner_width()) plain.inner = spec.inner;
  if (plain.block == "gpt2" && plain.activation == "gelu") plain.activation.clear();
  if (plain.key_value_heads == plain.heads) plain.key_value_heads = 0;
  return settings_of(plain, changes_results);
}

json result_settings(const ProjectedNetworkSpec& spec) {
  return settings_of(spec, changes_results);
}

json result_settings(const GenericSpec& spec) {
  return settings_of(spec, changes_results);
}

json result_settings(const SpecializationSpec& spec) {
  return settings_of(spec, changes_results);
}

json result_settings(const MethodSpec& spec) {
  return settings_of(spec, changes_results);
}

json result_settings(const MethodSpec& spec, Effect phase) {
  return settings_of(spec, [phase](Effect effect) { return effect == Effect::result || effect == phase; });
}

}  // namespace pantograph::project
