// SPDX-License-Identifier: GPL-3.0-or-later
// Reads and compares the clusterings of a project. Private to this room; used on the engine thread.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "job/clusterings.h"
#include "job/step.h"

namespace pantograph {

/// Comparisons by the two artifacts' folders, whose names say what is in them: none is made twice.
using ClusteringCache = std::map<std::pair<std::string, std::string>, ClusteringPair>;

/// Those of the graph's clusterings that are complete, in its order. Errors as compare_clusterings().
Clusterings compared_clusterings(const StepGraph& graph, ClusteringCache& cache);

}  // namespace pantograph
