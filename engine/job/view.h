// SPDX-License-Identifier: GPL-3.0-or-later
// What the pages show, read from the artifacts. Private to this room; used on the engine thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "job/step_results.h"
#include "report/compared_clusterings.h"

namespace pantograph::job {

/// What the files do not say of the steps: the one that is running, messages of those that failed, those that wait for
/// one that did.
struct StepNews {
  std::string running;
  std::map<std::string, std::string> failures, waiting;
};

StepInfo describe(const Step& step, const StepNews& news);

/// Keeps a project's graph and what was read for it, so that a view costs what has changed since the last one.
class Inspector {
 public:
  /// Reads everything anew that may have changed. The project has no grids.
  void look(const project::Project& project);
  /// A step of the project's artifacts was worked on.
  void step_changed(const Step& step);
  void runs_changed();      ///< notes were written, or runs came or went
  void artifacts_pruned();  ///< counts anew what is of a former format

  /// A damaged summary leaves its part of the view out; the step that reads it will say what is wrong.
  std::shared_ptr<const ProjectView> view(const StepNews& news);
  const project::Project& project() const { return project_; }
  const StepGraph& graph() const { return *graph_; }  ///< after the first look()
  const RunList& runs() const { return runs_; }

 private:
  struct KnownCurve {
    std::uintmax_t bytes = 0;
    CurvePoints points;
  };
  void mark_runs();
  void read_corpora(ProjectView& view) const;
  void read_curves(ProjectView& view);

  project::Project project_;
  std::unique_ptr<StepGraph> graph_;
  RunList runs_;
  FormerArtifacts former_;
  std::unordered_map<std::string, KnownCurve> curves_;  // by folder: finished curves are not read again
  std::pair<std::string, int> vocabulary_;              // by the tokenizer's folder
  std::pair<std::shared_ptr<const store::Manifest>, std::optional<report::Laws>> laws_;
  std::pair<std::shared_ptr<const store::Manifest>, std::optional<overlap::Overlap>> overlap_;
  ResultCache results_;
  report::ClusteringCache clusterings_;
};

}  // namespace pantograph::job
