// SPDX-License-Identifier: GPL-3.0-or-later
#include "method_edits.h"

#include <algorithm>

#include "project/method_kind.h"
#include "project/project_file.h"
#include "project/project_grid.h"
#include "project_template.h"

using namespace pantograph;

namespace method_edits {
namespace {

project::MethodSpec* find(project::Project& project, const std::string& name) {
  const auto at = std::find_if(project.methods.begin(), project.methods.end(),
                               [&](const project::MethodSpec& m) { return m.name == name; });
  return at == project.methods.end() ? nullptr : &*at;
}

/// The project as far as its methods' rules look at it: what is wrong elsewhere must not hide them.
project::Project methods_alone(const project::Project& project) {
  project::Project alone;
  alone.clustering.clusters = project.clustering.clusters;
  alone.clustering.sample_windows = project.clustering.sample_windows;
  alone.small = project.small;
  alone.projected = project.projected;
  alone.methods = project.methods;
  alone.specialization.selection = project.specialization.selection;
  alone.specialization.tokens_per_step = project.specialization.tokens_per_step;
  return alone;
}

std::string message(const std::optional<ErrorText>& text) {
  return text ? text->where + ": " + text->found : std::string();
}

/// "method.NAME.KEY…" as the method and the rest.
std::pair<project::MethodSpec*, std::string> at_fault(project::Project& project, const std::string& where) {
  const std::string head = "method.";
  if (where.rfind(head, 0) != 0) return {nullptr, ""};
  const std::size_t dot = where.find('.', head.size());  // names have no dots
  project::MethodSpec* const method = find(project, where.substr(head.size(), dot - head.size()));
  return {method, dot == std::string::npos ? "" : where.substr(dot + 1)};
}

void make_networks(project::Project& project, const project::MethodKind& kind) {
  if (project.small.empty()) {
    project.small.push_back({});
    project.small.back().name = freeNetworkName(project, "small");
  }
  if (kind.projected && project.projected.empty()) {
    project::ProjectedNetworkSpec projected;
    projected.name = freeNetworkName(project, "projected");
    projected.small = servedNetwork(project)->name;
    projected.h = projected.m = 8;
    project.projected.push_back(projected);
  }
  if (kind.large && largeNetwork(project) == nullptr) {
    // Twice the width in every part, so that it can grow from the small one (HyperCloning).
    project::SmallNetworkSpec large = *servedNetwork(project);
    large.name = freeNetworkName(project, "large");
    large.width *= 2;
    large.heads *= 2;
    large.key_value_heads *= 2;
    large.inner *= 2;
    project.small.push_back(large);
  }
}

/// Sets back one thing that the rules complain of; false where that is not a method's to give.
bool mend_one(project::Project& project, const std::string& where) {
  const auto [method, key] = at_fault(project, where);
  if (method == nullptr) return false;
  const project::MethodSpec before = *method;
  const project::MethodSpec fresh = newMethod(project, method->kind);
  if (key == "network") {
    make_networks(project, project::method_kind(before.kind));
    method->network = newMethod(project, before.kind).network;
  } else if (key == "pretrained") {
    setPretrained(project, before.name, "");
  } else if (key == "start") {
    method->start.clear();
  } else if (key == "selection") {
    method->selection.clear();
  } else if (key == "clusters") {
    method->clusters = 0;
  } else if (key == "grid") {
    method->grid = {};
  } else if (key == "grid.h") {
    method->grid.h.clear();
  } else if (key == "grid.m") {
    method->grid.m.clear();
  } else if (key == "grid.clusters") {
    method->grid.clusters.clear();
  } else if (key == "experts") {
    method->experts = "all";
  } else if (key == "adaptation") {
    method->adaptation = "full";
  } else if (key == "generic") {
    method->generic = project::GenericSpec{};
  } else if (key == "generic.tokens") {
    method->generic.tokens = std::max<std::uint64_t>(1, fresh.generic.tokens);
  } else if (key == "generic.budgets") {
    std::erase_if(method->generic.budgets, [&](std::uint64_t budget) { return budget >= before.generic.tokens; });
    fitSchedule(method->generic);
  } else if (key == "generic.schedule" && !before.generic.budgets.empty()) {
    method->generic.schedule = "wsd";
    fitSchedule(method->generic);
  } else if (key == "generic.tokens_per_step") {
    const project::ProjectedNetworkSpec* const projected = project.projected_network(before.network);
    const project::SmallNetworkSpec* const small = project.small_network(projected ? projected->small : before.network);
    if (small != nullptr) method->generic.tokens_per_step = static_cast<std::uint64_t>(small->context);
  } else if (key == "teacher") {
    method->teacher.clear();
    if (project::method_kind(before.kind).taught) {
      const std::vector<std::string> teachers = namesOf(project, &project::MethodKind::teaches);
      const auto other = std::find_if(teachers.begin(), teachers.end(),
                                      [&](const std::string& name) { return name != before.teacher; });
      if (other == teachers.end()) {
        std::erase_if(project.methods, [&](const project::MethodSpec& m) { return m.name == before.name; });
        return true;
      }
      method->teacher = *other;
    }
  }
  const project::MethodSpec* const after = project.method(before.name);
  return after == nullptr || !(*after == before);
}

}  // namespace

void fitSchedule(project::GenericSpec& generic) {
  if (generic.budgets.empty() || generic.schedule == "constant") return;
  const bool fits = generic.stable_steps() >= static_cast<double>(generic.warmup);
  generic.schedule = fits ? "wsd" : "constant";
}

std::vector<std::string> namesOf(const project::Project& project, const project::KindTrait& trait) {
  std::vector<std::string> names;
  for (const project::MethodSpec& method : project.methods) {
    if (trait(project::method_kind(method.kind))) names.push_back(method.name);
  }
  return names;
}

std::vector<std::string> namesOf(const project::Project& project) {
  return namesOf(project, [](const project::MethodKind&) { return true; });
}

std::string add(project::Project& project, const std::string& id) {
  const project::MethodKind& kind = project::method_kind(id);
  if (kind.taught && namesOf(project, &project::MethodKind::teaches).empty())
    add(project, project::kinds_with(&project::MethodKind::teaches).front());
  make_networks(project, kind);
  project::MethodSpec method = newMethod(project, id);
  if (kind.taught) {
    method.teacher = namesOf(project, &project::MethodKind::teaches).front();
    const auto student =
        std::find_if(project.methods.begin(), project.methods.end(), [&](const project::MethodSpec& other) {
          return project::method_kind(other.kind).baseline && other.network == method.network &&
                 other.pretrained.empty();
        });
    if (student != project.methods.end()) {
      method.pretrained = student->name;
      method.generic = project::GenericSpec{};
    }
  }
  const std::string name = method.name;
  const auto same = [&](const project::MethodKind& other) { return other.id == id; };
  const std::vector<std::string> before = kind.adapters ? namesOf(project, same) : std::vector<std::string>();
  project.methods.push_back(std::move(method));
  if (!before.empty()) {
    const project::MethodSpec& first = project.pretrained_by(*project.method(before.front()));
    find(project, name)->network = first.network;
    find(project, name)->adaptation = "lora";
    setPretrained(project, name, first.name);
  }
  mend(project);
  return name;
}

std::string duplicate(project::Project& project, const std::string& name) {
  const project::MethodSpec* const original = project.method(name);
  if (original == nullptr) return {};
  project::MethodSpec copy = *original;
  copy.name = freeMethodName(project, name);
  const std::string made = copy.name;
  project.methods.insert(project.methods.begin() + (original - project.methods.data()) + 1, std::move(copy));
  return made;
}

void remove(project::Project& project, const std::string& name) {
  // Before it is gone: those that took over its generic phase keep its settings.
  for (const std::string& other : namesOf(project)) {
    const project::MethodSpec* const source = project::declared_method(project, find(project, other)->pretrained);
    if (source != nullptr && source->name == name) setPretrained(project, other, "");
  }
  std::erase_if(project.methods, [&](const project::MethodSpec& method) { return method.name == name; });
  mend(project);
}

std::vector<std::string> removedWith(const project::Project& project, const std::string& name) {
  project::Project without = project;
  remove(without, name);
  std::vector<std::string> gone;
  for (const project::MethodSpec& method : project.methods) {
    if (method.name != name && without.method(method.name) == nullptr) gone.push_back(method.name);
  }
  return gone;
}

std::string rename(project::Project& project, const std::string& name, const std::string& to) {
  project::MethodSpec* const method = find(project, name);
  if (method == nullptr || name == to) return {};
  if (freeMethodName(project, to) != to || to.size() > 100) {
    return project::declared_method(project, to) != nullptr ? "There is a method of this name already."
                                                            : "A name has up to 100 letters, digits, - and _.";
  }
  project::Project renamed = project;
  find(renamed, name)->name = to;
  for (project::MethodSpec& other : renamed.methods) {
    for (std::string* reference : {&other.pretrained, &other.start, &other.teacher}) {
      const project::MethodSpec* const source = project::declared_method(project, *reference);
      if (source == method) reference->replace(0, name.size(), to);  // a point's name begins with its method's
    }
  }
  const auto found = problem(renamed);  // points have names, too
  if (found && found->where == "method." + to + ".grid" && !problem(project)) return found->found + '.';
  project = std::move(renamed);
  return {};
}

void setPretrained(project::Project& project, const std::string& name, const std::string& other) {
  project::MethodSpec* const method = find(project, name);
  if (method == nullptr || method->pretrained == other) return;
  const project::MethodSpec* const before = project::declared_method(project, method->pretrained);
  method->pretrained = other;
  method->start.clear();
  method->start_budget = 0;
  const project::MethodSpec* const source = project::declared_method(project, other);
  if (source != nullptr && !source->grid.clusters.empty()) method->clusters = 0;  // it has the point's
  if (!other.empty())
    method->generic = project::GenericSpec{};
  else
    method->generic = before != nullptr ? before->generic : newMethod(project, method->kind).generic;
}

std::vector<std::string> pretrainedFrom(const project::Project& project, const std::string& name) {
  const auto set = [&](project::Project& tried, const std::string& other) { setPretrained(tried, name, other); };
  std::vector<std::string> out;
  for (const project::MethodSpec& method : project.methods) {
    if (method.name == name || project::grid_size(method.grid) > project::kMostGridPoints) continue;
    std::vector<std::string> names = {method.name};
    if (!method.grid.empty()) names.clear();
    for (const project::GridPoint& point : project::grid_points(method)) names.push_back(point.name);
    // The rules do not tell one point from another here.
    if (!accepted(project, {names.front()}, set).empty()) out.insert(out.end(), names.begin(), names.end());
  }
  return out;
}

void mend(project::Project& project) {
  for (project::MethodSpec& method : project.methods) {
    // What a method shares with the one that pretrains it follows that one.
    const project::MethodSpec* source = project::declared_method(project, method.pretrained);
    if (source == nullptr || source == &method) continue;
    if (!source->pretrained.empty() && source->pretrained != method.name) {
      method.pretrained = source->pretrained;
      source = project.method(method.pretrained);
      if (source == nullptr) continue;
    }
    method.network = source->network;
    method.clusters = source->clusters;
    method.experts = source->experts;
  }
  const std::size_t most = 16 * (project.methods.size() + 1);
  for (std::size_t i = 0; i < most; ++i) {
    const auto found = problem(project);
    if (!found || !mend_one(project, found->where)) return;
  }
}

std::optional<ErrorText> problem(const project::Project& project) {
  try {
    project::validate_project(methods_alone(project));
  } catch (const Error& error) {
    return error.text();
  }
  return std::nullopt;
}

std::vector<std::string> accepted(const project::Project& project, const std::vector<std::string>& candidates,
                                  const std::function<void(project::Project&, const std::string&)>& set) {
  const std::string before = message(problem(project));
  std::vector<std::string> out;
  for (const std::string& candidate : candidates) {
    project::Project tried = project;
    set(tried, candidate);
    const std::string after = message(problem(tried));
    if (after.empty() || after == before) out.push_back(candidate);
  }
  return out;
}

std::string duplicateNetwork(project::Project& project, const std::string& name) {
  const std::string made = freeNetworkName(project, name);
  if (const project::SmallNetworkSpec* const small = project.small_network(name)) {
    project::SmallNetworkSpec copy = *small;
    copy.name = made;
    project.small.push_back(std::move(copy));  // at the end: windows are as long as the first one's context
  } else if (const project::ProjectedNetworkSpec* const projected = project.projected_network(name)) {
    project::ProjectedNetworkSpec copy = *projected;
    copy.name = made;
    project.projected.push_back(std::move(copy));
  } else {
    return {};
  }
  return made;
}

std::vector<std::string> usersOf(const project::Project& project, const std::string& network) {
  std::vector<std::string> users;
  for (const project::MethodSpec& method : project.methods) {
    if (method.network == network) users.push_back(method.name);
  }
  for (const project::ProjectedNetworkSpec& projected : project.projected) {
    if (projected.small == network) users.push_back(projected.name);
  }
  return users;
}

void removeNetwork(project::Project& project, const std::string& name) {
  if (!usersOf(project, name).empty()) return;
  std::erase_if(project.small, [&](const project::SmallNetworkSpec& network) { return network.name == name; });
  std::erase_if(project.projected, [&](const project::ProjectedNetworkSpec& network) { return network.name == name; });
}

}  // namespace method_edits
