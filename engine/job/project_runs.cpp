// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/project_runs.h"

#include "job/view.h"
#include "project/project_grid.h"

namespace pantograph::job {

RunList runs_of(const project::Project& declared) {
  Inspector inspector;
  inspector.look(project::expanded(declared));
  return inspector.runs();
}

PrunePlan plan_prune(const project::Project& declared) {
  Inspector inspector;
  inspector.look(project::expanded(declared));
  return plan_prune(declared.artifacts(), inspector.graph(), inspector.runs());
}

std::uint64_t prune(const project::Project& declared, const PrunePlan& plan) {
  const store::ProjectLock lock(declared.artifacts());
  return prune(declared.artifacts(), plan);
}

void delete_runs(const project::Project& declared, const RunList& runs) {
  const store::ProjectLock lock(declared.artifacts());
  for (const auto& run : runs) delete_run(*run);
}

}  // namespace pantograph::job
