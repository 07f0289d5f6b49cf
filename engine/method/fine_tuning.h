// SPDX-License-Identifier: GPL-3.0-or-later
// Fine-tuning of a small network on a domain's sample. Private to this room.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "method/recipe.h"

namespace pantograph::method {

/// Of the generic rate: those that are tried, the same for every method, or the one that is used. Without a generic
/// phase the rate is that of training from random weights.
std::vector<double> rate_factors(const project::Project& project, const project::MethodSpec& method,
                                 std::uint64_t tokens);

/// Fine-tunes the shortlisted experts, at each of the rates, one after the other and keeps the one of the lowest
/// validation loss.
class FineTuning {
 public:
  FineTuning(const project::Project& project, const project::MethodSpec& method, const SpecializePart& part,
             const MethodInputs& inputs, int context);

  const token::WindowSet& set() const { return set_; }
  const token::EvaluationSet& validation() const { return validation_; }
  void distil_from(std::shared_ptr<const network::Network> teacher);

  /// `start` becomes the fine-tuned network where it is the best so far. Diverged is thrown on, once it is paid for.
  void run(network::Network start, int expert, double rate_factor, const train::TrainHooks& hooks,
           const std::filesystem::path& folder, const TaskContext& task);

  // Of the one that was kept.
  std::optional<network::Network> network;
  int best_expert = -1;
  double best_factor = 0;
  std::filesystem::path best_folder;
  double validation_loss = 0;
  std::uint64_t steps = 0;
  double best_flops = 0, best_seconds = 0;
  // Of all that were tried, validation included.
  std::uint64_t tokens_seen = 0;
  double flops = 0, seconds = 0;
  double validation_flops = 0, validation_seconds = 0;

 private:
  /// Adds what a training took to the sums; its FLOPs.
  double pay(const train::TrainResult& spent, const network::NetworkConfig& config);
  /// Of the teacher's forward passes: a third of a training step's three passes.
  double teacher_flops(std::uint64_t tokens) const;

  const project::MethodSpec& method_;
  train::TrainSettings settings_;
  const double rate_;  ///< the generic one
  const recipe::StepShape shape_;
  const int context_;
  const network::Device device_;
  const std::uint64_t seed_;
  const token::WindowSet set_;
  const token::EvaluationSet validation_;
};

}  // namespace pantograph::method
