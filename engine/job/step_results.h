// SPDX-License-Identifier: GPL-3.0-or-later
// What complete steps came to, read from their artifacts. Private to this room; used on the engine thread.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "job/graph.h"
#include "report/compared_clusterings.h"

namespace pantograph::job {

/// Records that were read before, by folder, with the manifests that they belong to: their own, and that of the step
/// that says which test documents leak.
struct CachedResult {
  std::shared_ptr<const store::Manifest> own, overlap;
  measure::ResultRecord record;
};
using ResultCache = std::unordered_map<std::string, CachedResult>;

/// Of the complete specializations, in the graph's order; with what they are on documents that do not leak where that
/// is known. Error(run) naming a broken file and the remedy.
std::vector<measure::ResultRecord> complete_results(const StepGraph& graph);
std::vector<measure::ResultRecord> complete_results(const StepGraph& graph, ResultCache& cache);

/// The complete clusterings, in the graph's order.
std::vector<report::ClusteringFolder> complete_clusterings(const StepGraph& graph);

/// Points of a training step, complete or not; empty where there are none.
std::vector<store::MetricPoint> read_curve(const Step& step);
inline constexpr const char* kCurveFile = "metrics.jsonl";

}  // namespace pantograph::job
