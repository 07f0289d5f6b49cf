// SPDX-License-Identifier: GPL-3.0-or-later
// Smaller budgets of a run whose rate is constant until its end: each leaves the run's path for a decay of its own.
#include <fmt/format.h>

#include <filesystem>

#include "method/generic_phase.h"
#include "store/checkpoint.h"

namespace pantograph::method {

train::TrainSettings GenericPhase::branch_settings(std::uint64_t steps) const {
  train::TrainSettings settings = settings_;
  settings.steps = steps;
  return settings;
}

TaskContext GenericPhase::part_of_work(double before, bool quiet) const {
  TaskContext part = task_;
  if (quiet) part.on_warning = {};  // of the settings in which a branch differs from the run that it leaves
  if (!branches()) return part;
  double all = static_cast<double>(settings_.steps * step_tokens());
  for (const auto& [budget, steps] : snapshots_.steps())
    all += static_cast<double>((steps - train::decay_start(branch_settings(steps))) * step_tokens());
  part.on_progress = [this, before, all](double done, double, const std::string& unit) {
    task_.progress(before + done, all, unit);
  };
  return part;
}

void GenericPhase::train_branch(std::uint64_t budget, const TaskContext& task) {
  const train::TrainSettings settings = branch_settings(snapshots_.steps().at(budget));
  const std::filesystem::path work = folder_ / "budgets" / std::to_string(budget);
  seed_checkpoints(folder_ / store::kCheckpointsFolder, work / store::kCheckpointsFolder,
                   train::decay_start(settings) + 1);
  token::ClusterSampler rows = sampler();
  network::Network network = start();
  save(network, budget, train::train(network, rows, settings, {}, work, task).final_loss);
  std::filesystem::remove_all(work);
}

void GenericPhase::train_branches(const std::vector<std::uint64_t>& budgets) {
  double before = static_cast<double>(settings_.steps * step_tokens());
  for (const std::uint64_t budget : budgets) {
    const std::uint64_t steps = snapshots_.steps().at(budget), start = train::decay_start(branch_settings(steps));
    train_branch(budget, part_of_work(before - static_cast<double>(start * step_tokens()), true));
    before += static_cast<double>((steps - start) * step_tokens());
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_ / "budgets", ignored);
}

}  // namespace pantograph::method
