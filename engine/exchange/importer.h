// SPDX-License-Identifier: GPL-3.0-or-later
// Other programs' models as models of this one. Built in: "hf", "gguf".
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/control.h"
#include "model/model_file.h"

namespace pantograph::exchange {

struct Importer {
  std::string id;     ///< "gguf"
  std::string title;  ///< for people: "GGUF file (llama.cpp)"
  /// Whether it is for such a path, by what lies there.
  std::function<bool(const std::filesystem::path& from)> takes;
  /// Reads the model. Error(input) for what is damaged, or has no counterpart here, naming what that is.
  std::function<model::ModelBundle(const std::filesystem::path& from, const TaskContext& task)> read;
};

/// By id.
const std::vector<Importer>& importers();
/// The one for what lies there. Error(input) where it is nothing, or of no known format.
const Importer& importer_for(const std::filesystem::path& from);

struct ImportReport {
  model::ModelFacts facts;
  std::uint64_t parameters = 0;
  int vocabulary = 0;
};
/// Reads a model and writes its file; atomic. Error(usage) where `out` is there already: an import never writes over
/// what is there.
ImportReport import_model(const std::filesystem::path& from, const std::filesystem::path& out,
                          const std::string& program, const TaskContext& task);

}  // namespace pantograph::exchange
