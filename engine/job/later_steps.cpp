// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/later_steps.h"

#include <algorithm>
#include <set>

#include "job/estimate.h"

namespace pantograph::job {
namespace {

using Parts = std::vector<std::string>;

bool asked(const std::string& id, const Parts& only) {
  const auto fits = [&](const std::string& part) { return is_part_of(id, part); };
  return only.empty() || std::any_of(only.begin(), only.end(), fits);
}

/// Some of the ids below this one.
bool asked_within(const std::string& id, const Parts& only) {
  return asked(id, only) ||
         std::any_of(only.begin(), only.end(), [&](const std::string& part) { return is_part_of(part, id); });
}

/// A mixture of needed experts, or one that takes over its experts, waits for the domains' most frequent clusters.
bool waits(const project::Project& project, const project::MethodSpec& mixture) {
  return std::any_of(project.methods.begin(), project.methods.end(), [&](const project::MethodSpec& user) {
    return project.pretrained_by(user).name == mixture.name && project.selection_of(user) == "frequent";
  });
}

}  // namespace

LaterSteps later_steps(const project::Project& project, const StepGraph& graph, const Parts& only,
                       const EngineOptions& options, bool estimate) {
  LaterSteps later;
  if (!graph.waits_for_clusters()) return later;
  project::Project with_all = project;
  for (project::MethodSpec& method : with_all.methods) method.experts = "all";
  const StepGraph all(with_all);  // has every step that there can be
  const CostEstimator costs(with_all, options);
  const auto seconds_of = [&](const Step& step) { return estimate ? costs.of(step).seconds : 0.0; };
  std::set<StepKey> starts;  // of the specializations that are counted
  for (const Step& step : all.steps()) {
    if (step.kind() == StepKind::report && graph.find(step.id) == nullptr && asked(step.id, only)) ++later.steps;
    if (step.kind() != StepKind::specialize || graph.find(step.id) != nullptr || !asked(step.id, only)) continue;
    ++later.steps;
    later.seconds += seconds_of(step);
    starts.insert(StepKey::pretrain(project.pretrained_by(*project.method(step.key.method)).name, step.key.seed));
  }
  for (const project::MethodSpec& method : project.methods) {
    if (method.experts != "needed" || !method.pretrained.empty() || !waits(project, method)) continue;
    const int clusters = project.clusters_of(method);
    if (graph.at(clustering_key(project, clusters)).complete()) continue;
    for (const std::uint64_t seed : project.seeds) {
      const std::string id = StepKey::pretrain(method.name, seed).id();
      if (!starts.contains(StepKey::pretrain(method.name, seed)) && !asked_within(id, only)) continue;
      const auto known = std::count_if(graph.steps().begin(), graph.steps().end(),
                                       [&](const Step& step) { return is_part_of(step.id, id); });
      const int more =
          std::min(clusters - static_cast<int>(known), static_cast<int>(project.specialization.domains.size()));
      later.steps += more;
      if (more > 0) later.seconds += clusters * seconds_of(all.at(StepKey::pretrain_expert(method.name, seed, 0)));
    }
  }
  return later;
}

}  // namespace pantograph::job
