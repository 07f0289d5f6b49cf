// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/disk_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/numbers.h"
#include "job/estimate.h"

namespace pantograph::job {
double disk_bytes(const project::Project& project, const StepGraph& graph, const std::vector<std::string>& ids,
                  const EngineOptions& options) {
  const CostEstimator costs(project, options);
  double left = 0, besides = 0;
  for (const std::string& id : ids) {
    const StepCost cost = costs.of(graph.at(id));
    left += cost.bytes;
    besides = std::max(besides, cost.scratch);
  }
  return left + besides;
}

void check_disk_space(const project::Project& project, const StepGraph& graph, const std::vector<std::string>& ids,
                      const EngineOptions& options) {
  const double wanted = disk_bytes(project, graph, ids, options);
  std::error_code code;
  const auto space = std::filesystem::space(project.artifacts(), code);
  if (code || wanted <= static_cast<double>(space.available)) return;
  throw Error(ErrorKind::run,
              {fmt::format("{} free", format_bytes(static_cast<double>(space.available))), project.artifacts().string(),
               fmt::format("about {} for this run", format_bytes(wanted)),
               "Free space there (pantograph prune shows what of this project can go), or run less with --only."});
}

}  // namespace pantograph::job
