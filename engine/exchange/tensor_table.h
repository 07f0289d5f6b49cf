// SPDX-License-Identifier: GPL-3.0-or-later
// The tensors of another program's model, whichever file they lie in. Private to this room.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "exchange/gguf_reader.h"

namespace pantograph::exchange {

struct NamedTensor {
  std::vector<std::uint64_t> dims;  ///< row-major
  std::filesystem::path file;       ///< for messages
  /// Its numbers. Error(input) where they are of a type without fractions, or can no longer be read.
  std::function<std::vector<float>()> read;
};
using TensorTable = std::map<std::string, NamedTensor>;

TensorTable tensors_of(std::shared_ptr<const GgufFile> file);

/// What the weights of a Hugging Face folder lie in: model.safetensors, or model.safetensors.index.json and the files
/// that it names. Error(input) where there is neither.
std::vector<std::filesystem::path> weight_files(const std::filesystem::path& folder);
/// Their tensors. Error(input) naming the file that is damaged, or the tensor that is not where the index says.
TensorTable tensors_of_folder(const std::filesystem::path& folder);

}  // namespace pantograph::exchange
