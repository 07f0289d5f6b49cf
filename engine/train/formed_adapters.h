// SPDX-License-Identifier: GPL-3.0-or-later
// For the CPU's kernels: the matrices of a network with adapters, W + s·B·A with s = alpha / rank, formed beside it,
// and the gradients of A and B from theirs.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "kernel/decoder.h"
#include "network/modules.h"

namespace pantograph::train {

class FormedAdapters {
 public:
  /// The network's adapters have their gradients by now (train/optimizer.h).
  explicit FormedAdapters(network::Network& network);

  /// All matrices from the present A and B.
  void form();
  /// Has the decoder read the formed matrices, and write their gradients here.
  void point(kernel::DecoderTensors& weights, kernel::DecoderTensors& gradients) const;
  /// dA = s·Bᵀ·dW and dB = s·dW·Aᵀ, into their places.
  void finish_gradients();

 private:
  struct Matrix {
    network::TensorRole role;
    int layer;
    std::size_t weight, a, b;        ///< indices among the parameters
    torch::Tensor formed, gradient;  ///< [out, in]
  };
  const torch::Tensor& value(std::size_t parameter) const { return network_.parameters[parameter].value; }
  network::Network::Impl& network_;
  std::vector<Matrix> matrices_;
};

}  // namespace pantograph::train
