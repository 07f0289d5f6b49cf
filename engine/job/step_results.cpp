// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/step_results.h"

#include <fmt/format.h>

#include "base/error.h"

namespace pantograph::job {
namespace {

measure::ResultRecord read_result(const Step& step) {
  const nlohmann::json json = step.artifact.read_json(method::kResultFile);
  try {
    return measure::result_from_json(json);
  } catch (const Error& e) {
    throw Error(ErrorKind::run, {e.text().found, step.artifact.file(method::kResultFile).string(), e.text().expected,
                                 fmt::format("Delete the folder {} and run again.", step.folder().string())});
  }
}

}  // namespace

std::vector<measure::ResultRecord> complete_results(const StepGraph& graph, ResultCache& cache) {
  std::vector<measure::ResultRecord> records;
  for (const auto& step : graph.steps()) {
    if (step.kind() != StepKind::specialize || !step.complete()) continue;
    auto& [manifest, record] = cache[step.folder().string()];
    if (manifest != step.manifest) {
      record = read_result(step);
      manifest = step.manifest;
    }
    records.push_back(record);
  }
  return records;
}

std::vector<measure::ResultRecord> complete_results(const StepGraph& graph) {
  ResultCache none;
  return complete_results(graph, none);
}

std::vector<report::ClusteringFolder> complete_clusterings(const StepGraph& graph) {
  std::vector<report::ClusteringFolder> found;
  for (const auto& step : graph.steps()) {
    if (step.kind() == StepKind::cluster && step.complete()) found.push_back({step.id, step.folder()});
  }
  return found;
}

std::vector<store::MetricPoint> read_curve(const Step& step) {
  return step.key.trains() ? store::read_metrics(step.artifact.file(kCurveFile)) : std::vector<store::MetricPoint>();
}

}  // namespace pantograph::job
