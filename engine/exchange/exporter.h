// SPDX-License-Identifier: GPL-3.0-or-later
// Models in other programs' formats. Built in: "hf", "gguf", "ollama", "safetensors".
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "model/model_file.h"

namespace pantograph::exchange {

struct ExportOptions {
  std::string number;  ///< how matrices are written: one of the exporter's; empty: its first
};

/// What was written, and how faithful it is.
struct ExportReport {
  std::vector<std::filesystem::path> files;
  std::vector<std::string> exact, near;  ///< sentences
};

struct Exporter {
  std::string id;                    ///< "gguf"
  std::string title;                 ///< for the window: "GGUF file (llama.cpp)"
  bool folder = false;               ///< what is written is a folder
  bool projected = false;            ///< takes projected networks as they are, not only small ones
  std::vector<std::string> numbers;  ///< "f32", "f16", …
  /// Writes `out`: each file aside first, and renamed. Error(usage) for an option or a network that it does not take.
  std::function<ExportReport(const model::ModelBundle& model, const std::filesystem::path& out,
                             const ExportOptions& options)>
      write;
};

/// By id.
const std::vector<Exporter>& exporters();
/// Error(usage) listing the known ids.
const Exporter& exporter(const std::string& id);

/// Checks what all exporters ask for, and writes. Error(usage) where `out` is there already, and is no empty folder: an
/// export never writes over what is there.
ExportReport export_model(const Exporter& exporter, const model::ModelBundle& model, const std::filesystem::path& out,
                          ExportOptions options);

}  // namespace pantograph::exchange
