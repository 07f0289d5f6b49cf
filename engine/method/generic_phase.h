// SPDX-License-Identifier: GPL-3.0-or-later
// The generic phase of one part of a method. Private to this room.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "method/recipe.h"
#include "method/snapshots.h"

namespace pantograph::method {

/// The generic phase of one part of a method, ready to be run.
class GenericPhase {
 public:
  GenericPhase(const project::Project& project, const project::MethodSpec& method, std::uint64_t seed,
               const PretrainPart& part, const MethodInputs& inputs, const std::filesystem::path& folder,
               const TaskContext& task);

  PretrainOutcome run(const std::function<std::vector<ProbePick>()>& picks, const train::TrainHooks& hooks);
  /// Trains once more as far as the networks of budgets that are missing, and leaves the rest as it is.
  PretrainOutcome add_budgets(PretrainOutcome outcome);

 private:
  std::uint64_t step_tokens() const { return shape_.tokens(config_.small.context); }
  token::ClusterSampler sampler() const;
  network::Network start() const;
  token::EvaluationSet validation(std::uint64_t tokens) const;

  /// Whether the run's smaller budgets end in decays of their own.
  bool branches() const { return settings_.schedule == "wsd"; }
  train::TrainSettings branch_settings(std::uint64_t steps) const;
  /// The network of a budget as a run of that budget alone would end: it leaves the long run's path where it decays.
  void train_branch(std::uint64_t budget, const TaskContext& task);
  void train_branches(const std::vector<std::uint64_t>& budgets);
  /// network.h5, or that of a smaller budget. training_loss: 0 where it is not known.
  void save(const network::Network& network, std::uint64_t budget, double training_loss) const;
  /// Work of the run and of what branches off, so that progress runs once from 0 to its end.
  TaskContext part_of_work(double before, bool quiet) const;
  void add_stages(PretrainOutcome& outcome, const std::vector<std::uint64_t>& budgets) const;

  const project::Project& project_;
  const project::MethodSpec& method_;
  const std::uint64_t seed_;
  const PretrainPart& part_;
  const MethodInputs& inputs_;
  const std::filesystem::path& folder_;
  const TaskContext& task_;
  const network::NetworkConfig config_;
  const recipe::StepShape shape_;
  recipe::GenericData data_;
  const train::TrainSettings settings_;
  const Snapshots snapshots_;
};

}  // namespace pantograph::method
