// SPDX-License-Identifier: GPL-3.0-or-later
// The steps that the graph cannot have before there are clusters: experts of mixtures that train only those that the
// domains need, and what is specialized from them. Private to this room.
#pragma once

#include <string>
#include <vector>

#include "job/graph.h"

namespace pantograph::job {

/// At most so many, of those that `only` asks for (as in RunRequest). `estimate`: seconds too, as estimate_seconds has
/// them; the experts of a mixture share its budget, so that all of it bounds any of them. `project`: the graph's.
LaterSteps later_steps(const project::Project& project, const StepGraph& graph, const std::vector<std::string>& only,
                       const EngineOptions& options, bool estimate);

}  // namespace pantograph::job
