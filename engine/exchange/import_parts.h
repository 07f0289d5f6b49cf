// SPDX-License-Identifier: GPL-3.0-or-later
// What the importers share. Private to this room.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "exchange/block_import.h"
#include "exchange/importer.h"

namespace pantograph::exchange {

/// Hash over names and content of files.
std::string content_of(const std::vector<std::filesystem::path>& files, const TaskContext& task);

/// The model of a block's tensors and a serialized tokenizer, which gets pieces for all rows of the embedding.
ImportedModel assemble(const BlockSettings& settings, TensorTable tensors, Format format, std::string tokenizer,
                       const std::string& name, const std::vector<std::filesystem::path>& files,
                       const TaskContext& task);

}  // namespace pantograph::exchange
