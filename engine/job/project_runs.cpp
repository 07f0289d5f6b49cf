// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/project_runs.h"

#include "job/view.h"
#include "project/project_grid.h"

namespace pantograph {

RunList runs_of(const Project& declared) {
  Inspector inspector;
  inspector.look(expanded(declared));
  return inspector.runs();
}

PrunePlan plan_prune(const Project& declared) {
  Inspector inspector;
  inspector.look(expanded(declared));
  return plan_prune(declared.artifacts(), inspector.graph(), inspector.runs());
}

std::uint64_t prune(const Project& declared, const PrunePlan& plan) {
  const ProjectLock lock(declared.artifacts());
  return prune(declared.artifacts(), plan);
}

void delete_runs(const Project& declared, const RunList& runs) {
  const ProjectLock lock(declared.artifacts());
  for (const auto& run : runs) delete_run(*run);
}

}  // namespace pantograph
