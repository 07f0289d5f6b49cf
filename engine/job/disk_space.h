// SPDX-License-Identifier: GPL-3.0-or-later
// Whether what a run will write fits on the disk. Private to this room.
#pragma once

#include <string>
#include <vector>

#include "job/step_types.h"

namespace pantograph::job {

/// Bytes that these steps leave, and the most that one of them needs besides while it works.
double disk_bytes(const project::Project& project, const StepGraph& graph, const std::vector<std::string>& ids,
                  const EngineOptions& options);

/// Error(run) with both numbers when the artifacts' disk has not that much room.
void check_disk_space(const project::Project& project, const StepGraph& graph, const std::vector<std::string>& ids,
                      const EngineOptions& options);

}  // namespace pantograph::job
