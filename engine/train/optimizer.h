// SPDX-License-Identifier: GPL-3.0-or-later
// Adam over the parameters of a network: they become views into one flat buffer, as do the moments.
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "network/modules.h"
#include "train/adam_kernel.h"
#include "train/train.h"

namespace pantograph {

/// Factor for a gradient of global norm `norm` so that it is at most `clip` (0: none); as torch's clip_grad_norm_.
double clip_factor(double norm, double clip);

/// Adam with decoupled weight decay. While it lives, the network's parameters are views into `values`; they stay so
/// after it is gone (the buffer lives on in them), without gradients.
class Adam {
 public:
  enum class Path {
    fused,      ///< CPU: one threaded pass; gradients stay where the backward pass left them
    operations  ///< any device: LibTorch operations over flat buffers
  };
  static Path path_for(const torch::Device& device) { return device.is_cpu() ? Path::fused : Path::operations; }

  Adam(Network& network, const TrainSettings& settings, Path path);
  ~Adam();
  Adam(const Adam&) = delete;
  Adam& operator=(const Adam&) = delete;

  void clear_gradients();
  /// Global L2 norm of the gradients accumulated since clear_gradients().
  double gradient_norm();
  /// One step with gradients multiplied by `scale`; `rate` is multiplied by each parameter's factor.
  void step(double rate, double scale);

  std::uint64_t steps() const { return steps_; }
  void set_steps(std::uint64_t steps) { steps_ = steps; }

  /// All parameters, padded to 64 bytes each. [size]
  torch::Tensor& values() { return values_; }
  /// A parameter's piece of the flat buffers, in the shape of the parameter.
  torch::Tensor value(std::size_t parameter) const { return piece(values_, parameter); }
  torch::Tensor first_moment(std::size_t parameter) const { return piece(first_, parameter); }
  torch::Tensor second_moment(std::size_t parameter) const { return piece(second_, parameter); }
  torch::Tensor piece(const torch::Tensor& flat, std::size_t parameter) const;

 private:
  struct Range {
    std::int64_t begin = 0, count = 0;
    int group = 0;
  };
  /// Parameters of one group lie side by side.
  struct Group {
    double factor = 1, decay = 0;
    std::int64_t begin = 0, count = 0;
  };
  void point_at_gradients();
  void step_fused(double rate, double scale);
  void step_operations(double rate, double scale);

  std::vector<NamedParameter>& parameters_;
  TrainSettings settings_;
  Path path_;
  std::vector<Range> ranges_;  // one per parameter, same order
  std::vector<Group> groups_;
  torch::Tensor values_, first_, second_;
  torch::Tensor gradients_;          // operations only
  std::vector<torch::Tensor> held_;  // fused: contiguous gradients that the chunks point into
  std::vector<AdamChunk> chunks_;    // fused
  std::uint64_t steps_ = 0;
};

}  // namespace pantograph
