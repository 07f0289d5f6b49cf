// SPDX-License-Identifier: GPL-3.0-or-later
// The project as a graph of steps, each with the artifact that it makes. Private to this room.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "job/engine.h"
#include "store/artifact.h"
#include "store/project.h"

namespace pantograph {

enum class StepKind { import, tokenizer, tokenize, cluster, pretrain, specialize, report };

struct Step {
  Step(StepKind step_kind, std::string step_id, std::string step_title, Artifact made)
      : kind(step_kind),
        id(std::move(step_id)),
        title(std::move(step_title)),
        artifact(std::move(made)),
        identity(artifact.key()) {}

  StepKind kind;
  std::string id, title;
  Artifact artifact;
  std::string identity;                ///< what later steps' keys are made from; the artifact's key, but see cluster
  std::string corpus, method, domain;  ///< those that apply
  std::uint64_t tokens = 0, seed = 0;
  std::uint64_t budget = 0;         ///< of the generic phase that a specialization starts from; 0: its end
  int cluster = -1;                 ///< a mixture's expert in training
  int clusters = 0;                 ///< k of the clustering that it makes or reads
  nlohmann::json settings;          ///< all that its result depends on, besides its inputs
  std::vector<std::string> inputs;  ///< ids

  std::filesystem::path folder() const { return artifact.folder(); }
  bool complete() const;
  StepState state() const;  ///< from the files alone: never running or failed
};

class StepGraph {
 public:
  /// Reads the sizes and times of the corpora's files, and for mixtures of needed experts the clustering, if it is
  /// there. A project that lacks a generic corpus, networks or methods has fewer steps.
  explicit StepGraph(const Project& project);

  /// Whether steps will be added once the clusters are known.
  bool waits_for_clusters() const { return waits_for_clusters_; }

  const std::vector<Step>& steps() const { return steps_; }  ///< inputs before what needs them
  const Step& at(const std::string& id) const;
  const Step* find(const std::string& id) const;

  /// Indices of the asked-for steps and all their inputs that are not complete, in order. `only` as in RunRequest;
  /// Error(usage) naming a part that fits no step.
  std::vector<std::size_t> pending(const std::vector<std::string>& only) const;

 private:
  void add_data(const Project& project);
  void add_clusterings(const Project& project);
  void add_pretraining(const Project& project, const MethodSpec& method, std::uint64_t seed);
  void add_specialization(const Project& project, const MethodSpec& method, std::uint64_t seed,
                          const std::string& domain, std::uint64_t tokens, std::uint64_t budget);
  void add_report(const Project& project);
  Step& make(const Project& project, StepKind kind, const std::string& id, const std::string& title,
             nlohmann::json settings, std::vector<std::string> inputs, const std::vector<std::string>& input_keys);
  /// The expert of a mixture that this domain needs; nothing, and waits_for_clusters(), before it is known.
  std::optional<int> needed_expert(const Project& project, const MethodSpec& method, const std::string& domain);
  std::vector<std::string> identities(const std::vector<std::string>& ids) const;

  std::vector<Step> steps_;
  bool waits_for_clusters_ = false;
};

/// Ids of the steps that a specialization of this method builds on: its generic phase (for a mixture one id for each
/// expert), in the order of Pretrained::folders.
std::vector<std::string> pretrain_ids(const Project& project, const MethodSpec& method, std::uint64_t seed,
                                      const std::string& domain);
std::string cluster_id(const Project& project, int clusters);  ///< "cluster", or "cluster/32" for a method's own k
std::string specialize_id(const std::string& method, const std::string& domain, std::uint64_t tokens,
                          std::uint64_t seed, std::uint64_t budget);

/// Whether a step is asked for by its id or by its first part: "pretrain", "specialize/slm".
bool is_part_of(const std::string& id, const std::string& part);

/// Error(project) when a whole run of the project cannot make sense: no generic corpus, no method.
void require_complete(const Project& project);

}  // namespace pantograph
