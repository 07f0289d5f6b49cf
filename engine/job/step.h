// SPDX-License-Identifier: GPL-3.0-or-later
// One step of a project, with the artifact that it makes. Private to this room.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "job/engine.h"
#include "store/artifact.h"

namespace pantograph::job {

/// What of an earlier step's artifact a key is made from: a file of it, a part (store/manifest.h), or all its files.
struct StepContent {
  std::string step;  ///< id
  std::string part;
};

struct Step {
  Step(StepKey step_key, std::string step_title, store::Artifact made)
      : key(std::move(step_key)), id(made.step()), title(std::move(step_title)), artifact(std::move(made)) {}

  StepKey key;
  std::string id, title;
  store::Artifact artifact;         ///< without a key as long as the content that it is made from is not there
  int clusters = 0;                 ///< k of the clustering that it makes or reads
  nlohmann::json settings;          ///< all that its result depends on, besides the content of its inputs
  std::vector<std::string> inputs;  ///< ids of all that it reads, before it in the graph
  std::vector<StepContent> content;
  std::vector<std::string> wanted;  ///< files that a complete artifact must have
  std::shared_ptr<const store::Manifest>
      there;  ///< of the artifact, though it may lack some of `wanted`; kept by the graph
  std::shared_ptr<const store::Manifest> manifest;  ///< the same where it is complete
  std::string note;                                 ///< what its user should know, e.g. that its source is gone

  StepKind kind() const { return key.kind; }
  const std::filesystem::path& folder() const { return artifact.folder(); }
  bool complete() const { return manifest != nullptr; }
  StepState state() const;  ///< from the files alone: never running or failed
};

}  // namespace pantograph::job
