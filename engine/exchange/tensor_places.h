// SPDX-License-Identifier: GPL-3.0-or-later
// Where each tensor of a small network stands in another format, and how its numbers are laid out there; for both
// ways. Private to this room.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "exchange/tensor_names.h"

namespace pantograph::exchange {

enum class Format { hugging_face, gguf };

struct TensorPlace {
  std::string ours;                     ///< "layers.3.attention.qkv.weight"
  std::vector<std::uint64_t> our_dims;  ///< of the whole tensor
  std::string theirs;                   ///< "blk.3.attn_k.weight"
  std::vector<std::uint64_t> dims;      ///< theirs, row-major
  bool matrix = false;                  ///< may be rounded in a GGUF file
  std::uint64_t first = 0;              ///< number of ours that theirs begins with
  bool transposed = false;              ///< theirs is [in, out]
  std::uint64_t interleaved = 0;        ///< size of the heads whose rows are in another order; 0: none are

  /// Their numbers, of all of ours.
  std::vector<float> to_theirs(const float* ours) const;
  /// And back, to their place among ours.
  void to_ours(const std::vector<float>& theirs, float* ours) const;
};

/// Of every tensor, in the order of files.
std::vector<TensorPlace> tensor_places(const network::SmallConfig& config, Format format);
/// The matrix of an output layer, which is the embedding here.
const char* output_layer_name(Format format);

}  // namespace pantograph::exchange
