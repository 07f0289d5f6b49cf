// SPDX-License-Identifier: GPL-3.0-or-later
// The built-in exporters and importers. Private to this room.
#pragma once

#include "exchange/exporter.h"
#include "exchange/importer.h"

namespace pantograph::exchange {

ExportReport write_hugging_face(const model::ModelBundle& model, const std::filesystem::path& out,
                                const ExportOptions& options);
ExportReport write_gguf(const model::ModelBundle& model, const std::filesystem::path& out,
                        const ExportOptions& options);
ExportReport write_ollama(const model::ModelBundle& model, const std::filesystem::path& out,
                          const ExportOptions& options);
ExportReport write_safetensors(const model::ModelBundle& model, const std::filesystem::path& out,
                               const ExportOptions& options);

/// README.md of a folder: what the model is, where it comes from, how faithful the files are.
std::string model_card(const model::ModelBundle& model, const ExportReport& report, const std::string& use);

ImportedModel read_hugging_face(const std::filesystem::path& from, const TaskContext& task);
ImportedModel read_gguf(const std::filesystem::path& from, const TaskContext& task);

/// A key of GGUF files that are written here: the activation that a gpt2 was trained with. llama.cpp does not know it.
inline constexpr const char* kActivationKey = "pantograph.activation";

}  // namespace pantograph::exchange
