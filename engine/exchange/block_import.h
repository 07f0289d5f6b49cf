// SPDX-License-Identifier: GPL-3.0-or-later
// A network of the tensors of another program's model. Private to this room.
#pragma once

#include <cstdint>
#include <string>

#include "base/control.h"
#include "exchange/tensor_places.h"
#include "exchange/tensor_table.h"
#include "network/config.h"
#include "store/checkpoint.h"

namespace pantograph::exchange {

/// What another program's file says of its block.
struct BlockSettings {
  std::string where;         ///< the file, for messages
  std::string architecture;  ///< "gpt2", "llama"
  std::string activation;    ///< "gelu" (by the error function), "gelu-tanh", "swiglu"
  std::uint64_t layers = 0, width = 0, heads = 0, inner = 0, context = 0, vocabulary = 0;
  std::uint64_t key_heads = 0;  ///< llama: groups of heads share keys and values
  double norm_epsilon = 0;
  double rotary_base = 0;  ///< llama
  bool tied = true;        ///< the file says that the output layer is the embedding
};

/// Error(input) for a block that there is none like here, naming what differs.
network::NetworkConfig block_config(const BlockSettings& settings);
/// By the names of network files. Error(input) for a tensor that is missing, has another shape, is none of the block's,
/// or holds numbers that are not finite. Nothing is allocated before every shape has been checked.
store::TensorMap block_weights(const BlockSettings& settings, const network::NetworkConfig& config, TensorTable tensors,
                               Format format, const TaskContext& task);

}  // namespace pantograph::exchange
