// SPDX-License-Identifier: GPL-3.0-or-later
// A project's runs and what can be pruned of it, without an engine: for the command line. On the caller's thread.
#pragma once

#include "job/prune.h"
#include "job/runs.h"

namespace pantograph::job {

RunList runs_of(const project::Project& declared);
PrunePlan plan_prune(const project::Project& declared);
std::uint64_t prune(const project::Project& declared,
                    const PrunePlan& plan);  ///< takes the project's lock; bytes freed
/// Error(run) when the project is in use: a run that goes on must not lose its folder.
void delete_runs(const project::Project& declared, const RunList& runs);

}  // namespace pantograph::job
