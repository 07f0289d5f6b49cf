// SPDX-License-Identifier: GPL-3.0-or-later
// Executes one step into its artifact. Private to this room.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "job/step.h"
#include "report/compared_clusterings.h"

namespace pantograph {

struct RunnerHooks {
  TrainHooks train;
  std::function<std::vector<ProbePick>()> picks;
  int threads = 1;
  std::string device = "cpu";
};

MethodInputs method_inputs(const Project& project, const StepGraph& graph, const MethodSpec& method,
                           const std::string& device);

/// Does the step's work and writes its manifest last. Throws what the work throws; then the step is still incomplete.
void run_step(const Project& project, const StepGraph& graph, const Step& step, const RunnerHooks& hooks,
              const TaskContext& task);

/// Records of the complete specializations, in the graph's order.
std::vector<ResultRecord> complete_results(const StepGraph& graph);

/// The complete clusterings, in the graph's order.
std::vector<ClusteringFolder> complete_clusterings(const StepGraph& graph);

/// Curves of the pretrainings and specializations that have any, complete or not.
RunView read_run(const Step& step);

}  // namespace pantograph
