// SPDX-License-Identifier: GPL-3.0-or-later
// A network's tensors as the CPU's kernels want them: plain pointers into LibTorch's memory.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/decoder.h"
#include "network/modules.h"

namespace pantograph::train {

/// Where the decoder wants a tensor, or its gradient; layer −1: outside of the layers.
float*& place(kernel::DecoderTensors& tensors, network::TensorRole role, int layer);

/// Pointers to the values, or to the gradients, of everything but a projected network's MLP matrices (null there).
/// Gradients of what is not trained are null.
kernel::DecoderTensors decoder_tensors(const network::Network::Impl& network, bool gradients);

/// Inputs and targets of rows of context + 1 tokens, as a decoder reads them.
struct SmallRows {
  int context = 0;
  std::vector<std::int32_t> inputs, targets;
  void clear() { inputs.clear(), targets.clear(); }
  void add(const std::int32_t* row);
  /// One group of expert 0. Points into this.
  kernel::DecoderBatch batch() const;
};
SmallRows small_rows(const std::vector<const std::int32_t*>& rows, int context);

}  // namespace pantograph::train
