// SPDX-License-Identifier: GPL-3.0-or-later
// The project as a graph of steps, each with the artifact that it makes. Private to this room.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "job/engine.h"
#include "store/artifact.h"
#include "store/project.h"

namespace pantograph {

enum class StepKind { import, tokenizer, tokenize, cluster, pretrain, specialize, report };

struct Step {
  StepKind kind;
  std::string id, title;
  std::string corpus, method, domain;  ///< those that apply
  std::uint64_t tokens = 0, seed = 0;
  nlohmann::json settings;          ///< all that its result depends on, besides its inputs
  std::vector<std::string> inputs;  ///< ids
  Artifact artifact;
  std::string identity;  ///< what later steps' keys are made from; the artifact's key, but see cluster

  std::filesystem::path folder() const { return artifact.folder(); }
  bool complete() const;
  StepState state() const;  ///< from the files alone: never running or failed
};

class StepGraph {
 public:
  /// Reads nothing but the sizes and times of the corpora's files. A project that lacks a generic corpus, networks or
  /// methods has fewer steps.
  explicit StepGraph(const Project& project);

  const std::vector<Step>& steps() const { return steps_; }  ///< inputs before what needs them
  const Step& at(const std::string& id) const;
  const Step* find(const std::string& id) const;

  /// Indices of the asked-for steps and all their inputs that are not complete, in order. `only` as in RunRequest;
  /// Error(usage) naming a part that fits no step.
  std::vector<std::size_t> pending(const std::vector<std::string>& only) const;

 private:
  Step& add(Step step);
  void add_data(const Project& project);
  void add_training(const Project& project);
  std::vector<std::string> identities(const std::vector<std::string>& ids) const;

  std::vector<Step> steps_;
};

/// Error(project) when a whole run of the project cannot make sense: no generic corpus, no method.
void require_complete(const Project& project);

}  // namespace pantograph
