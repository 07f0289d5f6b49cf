// SPDX-License-Identifier: GPL-3.0-or-later
// Adam over the parameters of a network: they become views into one flat buffer, as do the moments.
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "kernel/adam.h"
#include "network/modules.h"
#include "train/train.h"

namespace pantograph::train {

/// Factor for a gradient of global norm `norm` so that it is at most `clip` (0: none); as torch's clip_grad_norm_.
double clip_factor(double norm, double clip);

/// Adam with decoupled weight decay. While it lives, the network's parameters that are trained are views into `values`;
/// they stay so after it is gone (the buffer lives on in them), without gradients. Frozen ones stay where they are and
/// have no moments.
class Adam {
 public:
  enum class Path {
    fused,      ///< CPU: one threaded pass; gradients stay where the backward pass left them
    kernel,     ///< the same, with gradients in one flat buffer; T and its moments are only kept here, others move them
    operations  ///< any device: LibTorch operations over flat buffers
  };
  static Path path_for(const torch::Device& device) { return device.is_cpu() ? Path::fused : Path::operations; }

  /// half_moments: those of T in bf16 (path kernel only).
  Adam(network::Network& network, const TrainSettings& settings, Path path, bool half_moments = false);
  ~Adam();
  Adam(const Adam&) = delete;
  Adam& operator=(const Adam&) = delete;

  void clear_gradients();
  /// Where the gradients of matrices, adapters and vectors lie: of a projected network all but those of T, E and M.
  std::vector<torch::Tensor> dense_gradients() const;
  /// Global L2 norm of the gradients accumulated since clear_gradients().
  double gradient_norm();
  /// One step with gradients multiplied by `scale`; `rate` is multiplied by each parameter's factor.
  void step(double rate, double scale);

  std::uint64_t steps() const { return steps_; }
  void set_steps(std::uint64_t steps) { steps_ = steps; }

  bool moves(std::size_t parameter) const { return ranges_[parameter].count > 0; }  ///< false: it is frozen
  /// All parameters that are trained, padded to 64 bytes each. [size]
  torch::Tensor& values() { return values_; }
  /// A trained parameter's piece of the flat buffers, in the shape of the parameter.
  torch::Tensor value(std::size_t parameter) const { return piece(values_, parameter); }
  torch::Tensor first_moment(std::size_t parameter) const { return moment(first_, apart_first_, parameter); }
  torch::Tensor second_moment(std::size_t parameter) const { return moment(second_, apart_second_, parameter); }
  torch::Tensor piece(const torch::Tensor& flat, std::size_t parameter) const;
  /// The numbers of the step that was taken last for a parameter, given the rate and the gradient's factor.
  kernel::AdamCoefficients coefficients(std::size_t parameter, double rate, double scale) const;

 private:
  struct Range {
    std::int64_t begin = 0, count = 0;
    int group = 0;
  };
  /// Parameters of one group lie side by side.
  struct Group {
    network::ParameterKind kind = network::ParameterKind::matrix;
    double factor = 1, decay = 0;
    std::int64_t begin = 0, count = 0;
  };
  bool apart(std::size_t parameter) const {
    return path_ == Path::kernel && parameters_[parameter].kind == network::ParameterKind::t;
  }
  torch::Tensor moment(const torch::Tensor& flat, const std::vector<torch::Tensor>& apart, std::size_t parameter) const;
  kernel::AdamCoefficients group_coefficients(const Group& group, double rate, double scale, std::uint64_t step) const;
  void point_at_gradients();
  void step_fused(double rate, double scale);
  void step_operations(double rate, double scale);

  std::vector<network::NamedParameter>& parameters_;
  TrainSettings settings_;
  Path path_;
  std::vector<Range> ranges_;  // one per parameter, same order
  std::vector<Group> groups_;
  torch::Tensor values_, first_, second_;
  std::vector<torch::Tensor> apart_first_, apart_second_;  // kernel: of each T; others undefined
  torch::Tensor gradients_;                                // operations and kernel
  std::vector<torch::Tensor> held_;                        // fused: contiguous gradients that the chunks point into
  std::vector<kernel::AdamChunk> chunks_;
  std::uint64_t steps_ = 0;
};

}  // namespace pantograph::train
