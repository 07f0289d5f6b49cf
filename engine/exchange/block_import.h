// SPDX-License-Identifier: GPL-3.0-or-later
// A network of the tensors of another program's model. Private to this room.
#pragma once

#include <cstdint>
#include <string>

#include "base/control.h"
#include "exchange/tensor_table.h"
#include "exchange/their_names.h"
#include "network/network.h"

namespace pantograph::exchange {

/// What another program's file says of its block.
struct BlockSettings {
  std::string where;         ///< the file, for messages
  std::string architecture;  ///< "gpt2", "llama"
  std::string activation;    ///< "gelu" (by the error function), "gelu-tanh", "silu"
  std::uint64_t layers = 0, width = 0, heads = 0, inner = 0, context = 0, vocabulary = 0;
  std::uint64_t key_heads = 0;  ///< llama: groups of heads share keys and values
  double norm_epsilon = 0;
  double rotary_base = 0;  ///< llama
};

/// Error(input) for a block that there is none like here, naming what differs; for a tensor that is missing, has
/// another shape, is none of the block's, or holds numbers that are not finite. Nothing is allocated before every shape
/// has been checked.
network::Network import_block(const BlockSettings& settings, TensorTable tensors, Naming naming,
                              const TaskContext& task);

}  // namespace pantograph::exchange
