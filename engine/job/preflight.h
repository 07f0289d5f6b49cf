// SPDX-License-Identifier: GPL-3.0-or-later
// What can be known to fail before any training is paid for. Private to this room.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "job/graph.h"

namespace pantograph::job {

/// Error(input) for a domain that is smaller than its largest specialization set.
void check_domain_sizes(const project::Project& project, const StepGraph& graph);

/// A training step that cannot work, and those of the same generic phase that are of no use without it.
struct HopelessStep {
  std::string id;
  ErrorText why;
  std::vector<std::string> others;
};
/// Experts of mixtures whose cluster holds no generic text. Empty before there are clusters.
std::vector<HopelessStep> hopeless_steps(const project::Project& project, const StepGraph& graph);

}  // namespace pantograph::job
