// SPDX-License-Identifier: GPL-3.0-or-later
// The models that a project's runs have left, as files for use.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "job/runs.h"

namespace pantograph::catalog {

enum class ModelKind { specialized, generic, checkpoint };
const char* to_string(ModelKind kind);

/// A network's file of a run.
struct ModelInfo {
  ModelKind kind = ModelKind::generic;
  std::filesystem::path file;
  std::string name;    ///< the run's, with `of_run`
  std::string of_run;  ///< of a network that it left on its way: "at 750k generic tokens", "at step 1,200"
  std::uint64_t bytes = 0;
  std::shared_ptr<const job::RunInfo> run;
};

/// The networks of finished runs, and the newest checkpoint of every run that has one: specialized ones first,
/// checkpoints last; of each kind those of present settings first, in the order of the runs. Looks into their folders.
std::vector<ModelInfo> models_of(const job::RunList& runs);
/// Of the runs in a project's artifacts, also of those that have begun since `known` was read: they are of present
/// settings.
std::vector<ModelInfo> models_of(const std::filesystem::path& artifacts, const job::RunList& known);

/// What to use of a run: the network that it ended with, or, while it has none, its folder.
std::filesystem::path to_use(const job::RunInfo& run);

/// The file that is meant: itself, or of a run's folder its newest checkpoint, which a run that goes on replaces.
/// Error(input) for a folder without one.
std::filesystem::path model_file(const std::filesystem::path& file_or_run);

}  // namespace pantograph::catalog
