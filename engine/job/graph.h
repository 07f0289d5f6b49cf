// SPDX-License-Identifier: GPL-3.0-or-later
// The project as a graph of steps. A step's key is known once the content of its inputs is: the graph is kept up to
// date as steps complete, and a step whose inputs turn out to hold what they held before is complete at once. Private
// to this room.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/control.h"
#include "corpus/source_hashes.h"
#include "job/step.h"
#include "project/project.h"

namespace pantograph::job {

inline constexpr int kArtifactFormat = 4;  // raise when steps' results change for equal settings

class StepGraph {
 public:
  /// Reads the manifests, and for mixtures of needed experts the clustering, if it is there. Sources are looked at
  /// where there is an import to compare them with. A project that lacks a generic corpus, networks or methods has
  /// fewer steps. The project has no grids (project/project_grid.h).
  explicit StepGraph(const project::Project& project, const TaskContext& task = {});

  /// Whether steps will be added once the clusters are known.
  bool waits_for_clusters() const { return waits_for_clusters_; }

  const std::vector<Step>& steps() const { return steps_; }  ///< inputs before what needs them
  const Step& at(const std::string& id) const;               ///< Error(usage) when there is none
  const Step* find(const std::string& id) const;
  const Step& at(const StepKey& key) const { return at(key.id()); }
  const Step* find(const StepKey& key) const { return find(key.id()); }
  std::size_t index_of(const Step& step) const { return static_cast<std::size_t>(&step - steps_.data()); }

  /// Looks again at the artifact of a step, and at what follows from it for later steps.
  void update(const std::string& id);
  /// Makes an import's key from its sources. Error(input) when they cannot be read and no earlier import is there.
  void resolve_sources(const std::string& id, const TaskContext& task);

  /// Indices of the asked-for steps and all their inputs that are not complete, in order. `only` as in RunRequest;
  /// Error(usage) naming a part that fits no step.
  std::vector<std::size_t> pending(const std::vector<std::string>& only) const;

 private:
  friend class StepPlanner;
  void add(Step step, const TaskContext& task = {});
  void resolve(Step& step);
  void pass_on(const Step& from);  ///< what follows for the steps that read it
  void look(Step& step);
  void resolve_import(Step& step, bool wanted, const TaskContext& task);

  std::vector<Step> steps_;
  std::unordered_map<std::string, std::size_t> index_;
  std::vector<std::vector<std::size_t>> users_;  // of each step's content
  std::vector<project::CorpusSpec> corpora_;
  std::filesystem::path folder_;  // of the project
  std::shared_ptr<corpus::SourceHashes> sources_;
  bool waits_for_clusters_ = false;
};

/// Steps that a specialization of this method builds on: its generic phase (for a mixture one for each expert), in the
/// order of Pretrained::folders.
std::vector<StepKey> pretrain_keys(const project::Project& project, const project::MethodSpec& method,
                                   std::uint64_t seed, const std::string& domain);
/// The step that leaves the documents that are trained on: the import, or what is left of it without near-copies.
StepKey documents_key(const project::CorpusSpec& corpus);
/// The part of the artifact of StepKey::overlap() that says which documents of a corpus are dropped.
std::string dropped_part(const std::string& corpus);
/// The clustering that a method uses, which has a k of its own or the project's.
StepKey clustering_key(const project::Project& project, int clusters);

/// Error(project) when a whole run of the project cannot make sense: no generic corpus, no method.
void require_complete(const project::Project& project);

}  // namespace pantograph::job
