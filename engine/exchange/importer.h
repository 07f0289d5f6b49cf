// SPDX-License-Identifier: GPL-3.0-or-later
// Other programs' models as models of this one. Built in: "hf", "gguf".
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/control.h"
#include "model/model_file.h"
#include "network/config.h"
#include "store/checkpoint.h"

namespace pantograph::exchange {

/// A model as it was read: the parts of a ModelBundle, of which none computes yet.
struct ImportedModel {
  model::ModelFacts facts;
  network::NetworkConfig config;
  store::TensorMap weights;     ///< named "weights/…", of the shapes that the configuration has
  std::string tokenizer_model;  ///< of as many pieces as the network's vocabulary
};

struct Importer {
  std::string id;     ///< "gguf"
  std::string title;  ///< for people: "GGUF file (llama.cpp)"
  /// Whether it is for such a path, by what lies there.
  std::function<bool(const std::filesystem::path& from)> takes;
  /// Reads the model. Error(input) for what is damaged, or has no counterpart here, naming what that is.
  std::function<ImportedModel(const std::filesystem::path& from, const TaskContext& task)> read;
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
