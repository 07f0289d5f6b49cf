// SPDX-License-Identifier: GPL-3.0-or-later
// The weights of a BERT encoder. Matrices of linear layers are [out, in], as in the file.
#pragma once

#include <filesystem>
#include <vector>

#include "model_folder.h"

namespace pantograph::bert {

struct NormWeights {
  std::vector<float> weight, bias;  ///< [hidden]
};

struct LayerWeights {
  std::vector<float> qkv, qkv_bias;  ///< [3·hidden, hidden]: query before key before value
  std::vector<float> mix, mix_bias;  ///< [hidden, hidden], behind the heads
  NormWeights attention_norm;
  std::vector<float> up, up_bias;      ///< [inner, hidden]
  std::vector<float> down, down_bias;  ///< [hidden, inner]
  NormWeights output_norm;
};

struct Weights {
  std::vector<float> words;      ///< [vocabulary, hidden]
  std::vector<float> positions;  ///< [positions, hidden]; the token type's vector, of row 0, is added
  NormWeights embedding_norm;
  std::vector<LayerWeights> layers;
};

/// Reads FOLDER/model.safetensors: fp32, fp16 or bf16; names with or without "bert." in front, norms as weight and bias
/// or as gamma and beta. Other tensors (a pooler, a head) are left. Error(input) naming file and tensor for a missing
/// one and one of other dimensions than config.json says.
Weights read_weights(const std::filesystem::path& folder, const Config& config);

}  // namespace pantograph::bert
