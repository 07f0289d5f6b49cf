// SPDX-License-Identifier: GPL-3.0-or-later
// What other programs call the tensors of a block. Private to this room.
#pragma once

#include <string>

#include "network/layout.h"

namespace pantograph::exchange {

enum class Naming { hugging_face, gguf };

/// Begins the names of a Hugging Face model that has an output layer around its block; a bare block has none.
inline constexpr const char* kHuggingFaceBlock = "transformer.";
/// A matrix of the output layer, where it is not the embedding.
const char* output_layer_name(Naming naming);

struct TheirName {
  std::string name;     ///< "transformer.h.3.mlp.c_fc.weight", "blk.3.ffn_up.weight"
  bool turned = false;  ///< a matrix that is stored as [in, out], for layers that compute x·W + b
};
/// Of a tensor of a small network without adapters.
TheirName their_name(Naming naming, const network::TensorSpec& spec);

}  // namespace pantograph::exchange
