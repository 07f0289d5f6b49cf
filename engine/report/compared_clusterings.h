// SPDX-License-Identifier: GPL-3.0-or-later
// Reads and compares the clusterings of a project.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "report/clusterings.h"

namespace pantograph::report {

/// Comparisons by the two artifacts' folders, whose names say what is in them: none is made twice.
using ClusteringCache = std::map<std::pair<std::string, std::string>, ClusteringPair>;

/// A clustering on disk, and the id of the step that made it.
struct ClusteringFolder {
  std::string step;
  std::filesystem::path folder;
};

/// In their order. Errors as compare_clusterings().
Clusterings compared_clusterings(const std::vector<ClusteringFolder>& complete, ClusteringCache& cache);

}  // namespace pantograph::report
