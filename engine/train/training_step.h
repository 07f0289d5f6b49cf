// SPDX-License-Identifier: GPL-3.0-or-later
// One optimization step, whichever way this machine takes it: LibTorch's operations on any device, or the CPU's
// kernels.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "network/network.h"
#include "token/sampler.h"
#include "train/gradient_reducer.h"
#include "train/optimizer.h"
#include "train/rows.h"
#include "train/train.h"

namespace pantograph::train {

class TrainingStep {
 public:
  /// The fastest that can run this network, device and precision. Error(project) for an unknown precision.
  static std::unique_ptr<TrainingStep> create(network::Network& network, const TrainSettings& settings);
  virtual ~TrainingStep() = default;

  /// How to cut a batch: along `settings.rows_at_once`, or where that is 0 as suits the path.
  virtual std::vector<Piece> pieces(const token::Batch& batch) const = 0;
  virtual void begin(const token::Batch& batch) = 0;
  /// Loss of a piece of the batch divided by `targets`, and its gradients added.
  virtual double accumulate(const token::Batch& batch, const Piece& piece, std::uint64_t targets) = 0;
  /// Global L2 norm of the step's gradient, that of T included, after `ranks` has summed what it is made of: gradients
  /// of matrices, adapters and vectors, and of a projected network those of the matrices W [experts, out, in] of the
  /// batch's experts. The gradients of T (as large as T), E and M follow from these.
  virtual double gradient_norm(GradientReducer& ranks) = 0;
  double gradient_norm() { return gradient_norm(one_rank()); }
  /// Adam with the gradient multiplied by `scale`. next: experts of the next batch, so that they can be formed on the
  /// way.
  virtual void update(double rate, double scale, const std::vector<int>& next) = 0;

  virtual Adam& adam() = 0;
  /// Seconds by part since the start; empty when the path does not measure itself.
  virtual std::map<std::string, double> times() const { return {}; }
};

/// Whether the CPU's kernels can run it: a network on the CPU, in a precision that oneDNN computes here.
bool kernel_path_available(const network::Network& network, const std::string& precision);

std::unique_ptr<TrainingStep> make_plain_step(network::Network& network, const TrainSettings& settings);
std::unique_ptr<TrainingStep> make_kernel_step(network::Network& network, const TrainSettings& settings);

}  // namespace pantograph::train
