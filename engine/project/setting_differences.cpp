// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/setting_differences.h"

#include <algorithm>
#include <functional>
#include <type_traits>

#include "project/setting_text.h"

namespace pantograph::project {
namespace {

/// A difference between two projects, and what gives the first one what the second has.
struct Found {
  std::string key, to, from;
  Effect effect;
  std::function<void()> take;
};
using Visit = std::function<void(const Found&)>;

template <typename Spec>
void walk_fields(Spec& to, const Spec& from, const std::string& path, const Visit& visit) {
  detail::visit_fields(&from, [&](const char* name, auto member, Effect effect, auto&&) {
    using Value = std::decay_t<decltype(from.*member)>;
    if constexpr (detail::kIsTable<Value>) {
      walk_fields(to.*member, from.*member, path + name + '.', visit);
    } else if (!(to.*member == from.*member)) {
      visit({path + name, detail::setting_text(to, member), detail::setting_text(from, member), effect,
             [&to, &from, member] { to.*member = from.*member; }});
    }
  });
}

template <typename Spec>
auto named(std::vector<Spec>& specs, const std::string& name) {
  return std::find_if(specs.begin(), specs.end(), [&](const Spec& spec) { return spec.name == name; });
}

template <typename Spec>
auto named(const std::vector<Spec>& specs, const std::string& name) {
  return std::find_if(specs.begin(), specs.end(), [&](const Spec& spec) { return spec.name == name; });
}

/// "{ kind = "slm", network = "small" }", without its name, which is in the key.
template <typename Spec>
std::string table_in_braces(Spec spec) {
  std::string out;
  spec.name = Spec{}.name;
  detail::changed_fields(spec, Spec{}, [&](const std::string& key, const std::string& value) {
    out += (out.empty() ? "{ " : ", ") + key + " = " + value;
  });
  return out.empty() ? "{}" : out + " }";
}

template <typename Spec>
std::vector<std::string> common_names(const std::vector<Spec>& specs, const std::vector<Spec>& others) {
  std::vector<std::string> names;
  for (const Spec& spec : specs) {
    if (named(others, spec.name) != others.end()) names.push_back(spec.name);
  }
  return names;
}

/// Those of `from` in its order, each of the others behind the one that it stood behind.
template <typename Spec>
void take_order(std::vector<Spec>& to, const std::vector<Spec>& from) {
  std::vector<Spec> ordered;
  for (const std::string& name : common_names(from, to)) ordered.push_back(*named(to, name));
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (named(ordered, to[i].name) != ordered.end()) continue;
    const auto before = i == 0 ? ordered.end() : named(ordered, to[i - 1].name);
    ordered.insert(i == 0 ? ordered.begin() : before == ordered.end() ? before : before + 1, to[i]);
  }
  to = std::move(ordered);
}

/// Behind the nearest one that stands before it in `from` and is there.
template <typename Spec>
void take_table(std::vector<Spec>& to, const std::vector<Spec>& from, const Spec& spec) {
  auto place = to.begin();
  for (const Spec& other : from) {
    if (other.name == spec.name) break;
    if (const auto before = named(to, other.name); before != to.end()) place = before + 1;
  }
  to.insert(place, spec);
}

template <typename Spec>
Effect order_effect() {
  if constexpr (std::is_same_v<Spec, CorpusSpec>) return Effect::result;  // the order in which they are read
  if constexpr (std::is_same_v<Spec, MethodSpec>) return Effect::watching;
  return Effect::input;  // of the small ones the first gives the window
}

template <typename Spec>
void walk_section(Spec& to, const Spec& from, const std::string& key, const Visit& visit) {
  walk_fields(to, from, key + '.', visit);
}

template <typename Spec>
void walk_section(std::vector<Spec>& to, const std::vector<Spec>& from, const std::string& key, const Visit& visit) {
  const std::vector<std::string> here = common_names(to, from), there = common_names(from, to);
  if (here != there) {
    visit({key, detail::list_to_toml(detail::item_texts(here)), detail::list_to_toml(detail::item_texts(there)),
           order_effect<Spec>(), [&to, &from] { take_order(to, from); }});
  }
  std::vector<std::string> names;  // of both, those of `to` first: the walk itself may change it
  for (const auto* specs : std::initializer_list<const std::vector<Spec>*>{&to, &from}) {
    for (const Spec& spec : *specs) {
      if (std::find(names.begin(), names.end(), spec.name) == names.end()) names.push_back(spec.name);
    }
  }
  for (const std::string& name : names) {
    const std::string own = key + '.' + name;
    const auto mine = named(to, name);
    const auto theirs = named(from, name);
    if (theirs == from.end()) {
      visit({own, table_in_braces(*mine), "", Effect::adds, [&to, name] { to.erase(named(to, name)); }});
    } else if (mine == to.end()) {
      visit({own, "", table_in_braces(*theirs), Effect::adds, [&to, &from, theirs] { take_table(to, from, *theirs); }});
    } else {
      walk_fields(*mine, *theirs, own + '.', visit);
    }
  }
}

void walk(Project& to, const Project& from, const Visit& visit) {
  walk_fields<Project>(to, from, "", visit);
  detail::visit_sections(&from,
                         [&](const char* key, auto member) { walk_section(to.*member, from.*member, key, visit); });
}

/// Calls visit(key, text) for all that a difference may be about.
template <typename Spec, typename See>
void list_fields(const Spec& spec, const std::string& path, const See& see) {
  detail::visit_fields(&spec, [&](const char* name, auto member, auto&&...) {
    using Value = std::decay_t<decltype(spec.*member)>;
    if constexpr (detail::kIsTable<Value>) {
      list_fields(spec.*member, path + name + '.', see);
    } else {
      see(path + name, detail::setting_text(spec, member));
    }
  });
}

template <typename Spec, typename See>
void list_section(const Spec& spec, const std::string& key, const See& see) {
  list_fields(spec, key + '.', see);
}

template <typename Spec, typename See>
void list_section(const std::vector<Spec>& specs, const std::string& key, const See& see) {
  see(key, detail::list_to_toml(detail::item_texts(common_names(specs, specs))));
  for (const Spec& spec : specs) {
    see(key + '.' + spec.name, table_in_braces(spec));
    list_fields(spec, key + '.' + spec.name + '.', see);
  }
}

template <typename See>
void list_all(const Project& project, const See& see) {
  list_fields(project, "", see);
  detail::visit_sections(&project, [&](const char* key, auto member) { list_section(project.*member, key, see); });
}

}  // namespace

std::vector<SettingDifference> differing_settings(const Project& a, const Project& b) {
  std::vector<SettingDifference> out;
  Project to = a;
  walk(to, b, [&](const Found& found) { out.push_back({found.key, found.to, found.from, found.effect}); });
  return out;
}

std::string setting_at(const Project& project, const std::string& key) {
  std::string out;
  list_all(project, [&](const std::string& own, const std::string& text) {
    if (own == key) out = text;
  });
  return out;
}

void take_setting(Project& to, const Project& from, const std::string& key) {
  std::vector<std::function<void()>>
      takes;  // two where a name is that of a small network here and of another sort there
  walk(to, from, [&](const Found& found) {
    if (found.key == key) takes.push_back(found.take);
  });
  for (const auto& take : takes) take();
}

std::vector<MergeChoice> merge_choices(const Project& base, const Project& mine, const Project& theirs) {
  const std::vector<SettingDifference> by_me = differing_settings(base, mine),
                                       by_them = differing_settings(base, theirs);
  // Either the setting itself, or its table came or went, or it is a table in which something changed.
  const auto touched = [](const std::vector<SettingDifference>& differences, const std::string& key) {
    return std::any_of(differences.begin(), differences.end(), [&](const SettingDifference& other) {
      return other.key == key || other.key.starts_with(key + '.') || key.starts_with(other.key + '.');
    });
  };
  std::vector<MergeChoice> out;
  for (const SettingDifference& difference : differing_settings(mine, theirs)) {
    const bool me = touched(by_me, difference.key), them = touched(by_them, difference.key);
    out.push_back(
        {difference.key, setting_at(base, difference.key), difference.a, difference.b, them && !me, them && me});
  }
  return out;
}

Project merged(const Project& mine, const Project& theirs, const std::vector<MergeChoice>& choices) {
  Project out = mine;
  for (const MergeChoice& choice : choices) {
    if (choice.take_theirs) take_setting(out, theirs, choice.key);
  }
  return out;
}

}  // namespace pantograph::project
