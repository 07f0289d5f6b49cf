// SPDX-License-Identifier: GPL-3.0-or-later
// What the pages show, read from the artifacts. Private to this room; used on the engine thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "job/step.h"
#include "report/compared_clusterings.h"

namespace pantograph {

class ViewBuilder {
 public:
  /// A damaged summary leaves its part of the view out; the step that reads it will say what is wrong.
  std::shared_ptr<const ProjectView> build(const Project& project, const StepGraph& graph, const std::string& running,
                                           const std::map<std::string, std::string>& failures);

 private:
  struct CachedRun {
    std::uintmax_t bytes = 0;
    RunView run;
  };
  std::map<std::string, CachedRun> runs_;  // by folder: finished curves are not read again
  ClusteringCache clusterings_;
};

StepInfo describe(const Step& step, const std::string& running, const std::map<std::string, std::string>& failures);

/// Fills in estimated_seconds of what is not up to date. Measures the machine once a process (about a second).
/// Tokens per second that a training step would reach if it were matrix products alone; 0 for other steps.
double ceiling_tokens(const Project& project, const Step& step, const EngineOptions& options);
void estimate_seconds(const Project& project, const StepGraph& graph, const EngineOptions& options,
                      std::vector<StepInfo>& steps);

}  // namespace pantograph
