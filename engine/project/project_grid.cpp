// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/project_grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"

namespace pantograph::project {
namespace {

/// A list's values, or one that stands for "as it is".
std::vector<int> values_of(const std::vector<int>& list) {
  return list.empty() ? std::vector<int>{0} : list;
}

/// The name of the point's network; it is added to `project` where it is not there yet.
std::string network_of(Project& project, const MethodSpec& method, const GridPoint& point) {
  const ProjectedNetworkSpec* const base = project.projected_network(method.network);
  if (base == nullptr) return method.network;
  const ProjectedNetworkSpec own = point_network(*base, point);
  if (project.projected_network(own.name) == nullptr) project.projected.push_back(own);
  return own.name;
}

}  // namespace

std::uint64_t grid_size(const MethodGrid& grid) {
  std::uint64_t size = 1;
  for (const auto* list : {&grid.h, &grid.clusters, &grid.m}) {
    size *= std::max<std::uint64_t>(1, list->size());
    if (size > kMostGridPoints) return size;  // before a product of long lists overflows
  }
  return size;
}

std::vector<GridPoint> grid_points(const MethodSpec& method) {
  const MethodGrid& grid = method.grid;
  if (grid.empty()) return {};
  if (grid_size(grid) > kMostGridPoints) {
    throw Error(ErrorKind::project, {"too many combinations", "method." + method.name + ".grid",
                                     fmt::format("at most {}", kMostGridPoints), ""});
  }
  std::vector<GridPoint> points;
  for (const int h : values_of(grid.h)) {
    for (const int clusters : values_of(grid.clusters)) {
      for (const int m : values_of(grid.m)) {
        std::string name = method.name;
        if (grid.h.size() > 1) name += fmt::format("-h{}", h);
        if (grid.clusters.size() > 1) name += fmt::format("-k{}", clusters);
        if (grid.m.size() > 1) name += fmt::format("-m{}", m);
        points.push_back({std::move(name), h, clusters, m});
      }
    }
  }
  return points;
}

ProjectedNetworkSpec point_network(const ProjectedNetworkSpec& base, const GridPoint& point) {
  if (point.h == 0 && point.m == 0) return base;
  ProjectedNetworkSpec own = base;
  if (point.h > 0) own.h = point.h;
  if (point.m > 0) own.m = point.m;
  own.name = fmt::format("{}-h{}-m{}", base.name, own.h, own.m);
  return own;
}

Project expanded(const Project& project) {
  const auto has_grid = [](const MethodSpec& method) { return !method.grid.empty(); };
  if (std::none_of(project.methods.begin(), project.methods.end(), has_grid)) return project;
  Project out = project;
  out.methods.clear();
  std::map<std::string, std::pair<const MethodSpec*, MethodSpec>> points;  // by name: declaration and plain method
  for (const MethodSpec& method : project.methods) {
    if (!has_grid(method)) out.methods.push_back(method);
    for (const GridPoint& point : grid_points(method)) {
      MethodSpec plain = method;
      plain.grid = {};
      plain.name = point.name;
      plain.network = network_of(out, method, point);
      if (point.clusters > 0) plain.clusters = point.clusters;
      points[point.name] = {&method, plain};
      out.methods.push_back(std::move(plain));
    }
  }
  for (MethodSpec& method : out.methods) {
    const auto found = points.find(method.pretrained);
    if (found == points.end()) continue;
    const auto& [declaration, source] = found->second;
    if (method.network == declaration->network) method.network = source.network;
    if (method.clusters == 0) method.clusters = source.clusters;
  }
  return out;
}

const MethodSpec* declared_method(const Project& project, const std::string& name) {
  if (const MethodSpec* const method = project.method(name)) return method;
  for (const MethodSpec& method : project.methods) {
    // Only its points begin with its name and "-": the others' need not be named.
    if (method.grid.empty() || !name.starts_with(method.name + '-')) continue;
    if (grid_size(method.grid) > kMostGridPoints) continue;
    for (const GridPoint& point : grid_points(method)) {
      if (point.name == name) return &method;
    }
  }
  return nullptr;
}

}  // namespace pantograph::project
