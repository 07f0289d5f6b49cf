// SPDX-License-Identifier: GPL-3.0-or-later
// Grids of a project: a method that declares lists of h, k and m stands for one method for each of their combinations.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "project/project.h"

namespace pantograph::project {

inline constexpr std::uint64_t kMostGridPoints = 256;  ///< of one method

/// One combination of a grid's values; 0 where the grid has no list.
struct GridPoint {
  std::string name;  ///< of its method: "pn-h8-k16", the values of the lists that have more than one
  int h = 0, clusters = 0, m = 0;
};

/// Combinations of a grid's lists, as many as a project may have or more; 1 without a grid.
std::uint64_t grid_size(const MethodGrid& grid);

/// The points of a method's grid, h slowest and m fastest; none without a grid. Error(project) above kMostGridPoints.
std::vector<GridPoint> grid_points(const MethodSpec& method);

/// The network of a point, derived from that of its method: "wide-h8-m4", or `base` itself where the grid has neither h
/// nor m.
ProjectedNetworkSpec point_network(const ProjectedNetworkSpec& base, const GridPoint& point);

/// The project as the engine runs it: each method with a grid is replaced by its points, methods without a grid and
/// with the point's clusters. Points with h or m of their own have a projected network NETWORK-hH-mM, derived from the
/// method's. What takes over a point's generic phase (`pretrained`) has its network, and its clusters unless it says
/// others. A project without grids is given back as it is. Error(project) for a grid above kMostGridPoints.
Project expanded(const Project& project);

/// The method of this name, or the one whose grid has a point of this name; nullptr: neither.
const MethodSpec* declared_method(const Project& project, const std::string& name);

}  // namespace pantograph::project
