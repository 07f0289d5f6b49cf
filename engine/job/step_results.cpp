// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/step_results.h"

#include <fmt/format.h>

#include <optional>

#include "base/error.h"
#include "job/summaries.h"

namespace pantograph::job {
namespace {

measure::ResultRecord read_result(const Step& step) {
  const nlohmann::json json = step.artifact.read_json(method::kResultFile);
  try {
    measure::ResultRecord record = measure::result_from_json(json);
    record.test = method::read_test_losses(step.folder());
    return record;
  } catch (const Error& e) {
    throw Error(ErrorKind::run, {e.text().found, step.artifact.file(method::kResultFile).string(), e.text().expected,
                                 fmt::format("Delete the folder {} and run again.", step.folder().string())});
  }
}

}  // namespace

std::vector<measure::ResultRecord> complete_results(const StepGraph& graph, ResultCache& cache) {
  std::vector<measure::ResultRecord> records;
  const Step& overlap_step = graph.at(StepKey::overlap());
  const auto overlap_manifest = overlap_step.complete() ? overlap_step.manifest : nullptr;
  std::optional<overlap::Overlap> overlap;  // read where a record asks for it
  for (const auto& step : graph.steps()) {
    if (step.kind() != StepKind::specialize || !step.complete()) continue;
    CachedResult& cached = cache[step.folder().string()];
    if (cached.own != step.manifest) cached = {step.manifest, nullptr, read_result(step)};
    if (cached.overlap != overlap_manifest && overlap_manifest != nullptr) {
      if (!overlap) overlap = read_overlap(overlap_step.artifact);
      const auto leaks = overlap->leaks.find(cached.record.domain);
      if (leaks != overlap->leaks.end()) measure::leave_out(cached.record, leaks->second.leaked);
      cached.overlap = overlap_manifest;
    }
    records.push_back(cached.record);
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
