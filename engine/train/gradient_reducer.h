// SPDX-License-Identifier: GPL-3.0-or-later
// The place where processes that train one network together add up their gradients: between the backward pass and the
// norm. Includes LibTorch.
#pragma once

#include <torch/torch.h>

#include <vector>

namespace pantograph::train {

class GradientReducer {
 public:
  virtual ~GradientReducer() = default;
  /// Puts in place of each tensor its sum over all ranks, which call this with equal lists. Once a step, on the
  /// training thread; the tensors lie on the network's device, in fp32.
  virtual void sum(const std::vector<torch::Tensor>& gradients) = 0;
};

/// A process that trains alone: changes nothing.
GradientReducer& one_rank();

}  // namespace pantograph::train
