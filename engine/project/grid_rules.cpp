// SPDX-License-Identifier: GPL-3.0-or-later
// The rules of a method's grid, as it is written; those of the methods that it stands for are in method_rules.cpp.
#include <set>

#include "project/method_kind.h"
#include "project/project_checks.h"
#include "project/project_grid.h"

namespace pantograph::project::detail {
namespace {

constexpr std::size_t kNamed = 12;  // points that a message names

std::string list_points(const MethodSpec& method) {
  std::vector<std::string> names;
  for (const auto& point : grid_points(method)) names.push_back(point.name);
  const std::size_t all = names.size();
  names.resize(std::min(all, kNamed));
  return list_words(names) + (all > kNamed ? fmt::format(" and {} more", all - kNamed) : "");
}

void check_values(const std::string& key, const std::vector<int>& values, int most) {
  std::set<int> once;
  for (const int value : values) {
    in_range(key, value, 1, most);
    if (!once.insert(value).second) refuse(key, fmt::format("{} twice", value), "each value once");
  }
}

void check_grid(const Project& p, const MethodSpec& m, const std::string& key) {
  const MethodKind& kind = method_kind(m.kind);
  if (!kind.own_clusters()) {
    refuse(key, "a grid of kind " + m.kind,
           "none: only " + names_of_kinds(&MethodKind::own_clusters) + " have values to vary");
  }
  for (const auto& [name, list] : {std::pair{".h", &m.grid.h}, std::pair{".m", &m.grid.m}}) {
    if (!kind.projected && !list->empty()) refuse(key + name, "values for kind " + m.kind, "only `clusters`");
    check_values(key + name, *list, 65536);
  }
  check_values(key + ".clusters", m.grid.clusters, 65535);
  if (m.clusters > 0 && !m.grid.clusters.empty()) {
    refuse("method." + m.name + ".clusters", "clusters beside grid.clusters", "one of the two");
  }
  if (!m.pretrained.empty()) {
    refuse("method." + m.name + ".pretrained", '"' + m.pretrained + "\" beside a grid", "one of the two",
           "Each point of a grid has a generic phase of its own.");
  }
  if (grid_size(m.grid) > kMostGridPoints) {
    refuse(key,
           fmt::format("{} × {} × {} values of h, k and m", std::max<std::size_t>(1, m.grid.h.size()),
                       std::max<std::size_t>(1, m.grid.clusters.size()), std::max<std::size_t>(1, m.grid.m.size())),
           fmt::format("at most {} combinations", kMostGridPoints), "Give several methods a part of the values each.");
  }
  const ProjectedNetworkSpec* const base = p.projected_network(m.network);
  for (const auto& point : grid_points(m)) {
    valid_name(key, point.name);
    if (point.name != m.name && p.method(point.name) != nullptr) {
      refuse(key, "the point \"" + point.name + "\", which is also a method's name", "names of their own");
    }
    const std::string network = base == nullptr ? m.network : point_network(*base, point).name;
    if (network == m.network) continue;
    valid_name(key, network);
    if (p.small_network(network) != nullptr || p.projected_network(network) != nullptr) {
      refuse(key, "the network \"" + network + "\" of a point, which is also a network's name", "names of their own");
    }
  }
}

}  // namespace

void check_grids(const Project& p) {
  std::set<std::string> points;
  for (const auto& m : p.methods) {
    if (m.grid.empty()) continue;
    const std::string key = "method." + m.name + ".grid";
    check_grid(p, m, key);
    for (const auto& point : grid_points(m)) {
      if (!points.insert(point.name).second) {
        refuse(key, "the point \"" + point.name + "\", which is also one of another grid", "names of their own");
      }
    }
  }
  for (const auto& m : p.methods) {
    for (const auto& [key, name] :
         {std::pair{".pretrained", &m.pretrained}, std::pair{".start", &m.start}, std::pair{".teacher", &m.teacher}}) {
      const MethodSpec* const other = name->empty() ? nullptr : p.method(*name);
      if (other == nullptr || grid_size(other->grid) == 1) continue;
      refuse("method." + m.name + key, '"' + *name + "\", which has a grid",
             "one of its points: " + list_points(*other));
    }
  }
}

Violation of_declaration(const Project& p, Violation violation) {
  const std::string head = "method.";
  if (!violation.key.starts_with(head)) return violation;
  const std::size_t dot = std::min(violation.key.find('.', head.size()), violation.key.size());
  const std::string name = violation.key.substr(head.size(), dot - head.size());
  const MethodSpec* const method = declared_method(p, name);
  if (method == nullptr || method->name == name) return violation;
  std::string rest = violation.key.substr(dot);
  if (rest == ".clusters" && !method->grid.clusters.empty()) rest = ".grid.clusters";
  violation.key = head + method->name + rest;
  violation.found += fmt::format(" (for the point \"{}\")", name);
  return violation;
}

}  // namespace pantograph::project::detail
