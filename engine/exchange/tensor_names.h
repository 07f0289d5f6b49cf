// SPDX-License-Identifier: GPL-3.0-or-later
// What other formats call a network's tensors, and how they lay them out. Private to this room.
#pragma once

#include <span>
#include <string>

#include "network/config.h"

namespace pantograph::exchange {

struct TensorName {
  enum Stack { whole, queries, keys, values };  ///< rows of ours that theirs holds
  const char* ours;                             ///< of a layer: behind "layers.3."
  const char* hugging_face;                     ///< "{}" stands for the layer
  const char* gguf;
  bool matrix = false;      ///< may be rounded in a GGUF file; vectors and positions stay fp32
  bool transposed = false;  ///< in Hugging Face's files, whose GPT-2 computes x·W + b
  Stack stack = whole;

  bool layered() const;
  /// Whether GGUF has the rows of each head in another order: llama.cpp turns numbers 2i and 2i + 1 as a pair, this
  /// program, as Hugging Face, i and i + size/2.
  bool interleaved() const { return stack == queries || stack == keys; }
};

/// Every tensor of a small network of this block.
std::span<const TensorName> tensor_names(network::Block block);

}  // namespace pantograph::exchange
