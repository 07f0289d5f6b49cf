// SPDX-License-Identifier: GPL-3.0-or-later
// The training loop's parts. Each step boundary is a point where the run can be cut and continued with the same
// numbers.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "store/metrics.h"
#include "token/prefetch.h"
#include "train/checkpoint_writer.h"
#include "train/run_state.h"
#include "train/train.h"
#include "train/training_step.h"

namespace pantograph::train {

class Trainer {
 public:
  Trainer(network::Network& network, token::ClusterSampler& sampler, const TrainSettings& settings,
          const TrainHooks& hooks, const std::filesystem::path& folder, const TaskContext& task);
  TrainResult run();

 private:
  void restore();
  void loop();
  void step();
  void report() const;
  double accumulate(const token::Batch& batch, std::uint64_t targets);
  void watch(double loss, double norm);
  void record(double loss, double norm, double rate);
  bool evaluation_due() const;
  void evaluate_all();
  void judge(const Evaluation& validation);
  void save_if_due(bool after_evaluation);
  bool branches_off() const;
  void save_at_end();
  void save_and_wait();
  void start_write();
  bool saved() const { return saved_step_ == state_.step && saved_evaluated_ == state_.evaluated; }
  void open_metrics();
  void poll();
  void append(const store::MetricPoint& point);
  bool finished() const { return state_.step >= settings_.steps || state_.stopped_early; }
  TrainResult result() const;

  network::Network& network_;
  token::RowPrefetcher rows_;
  const TrainSettings settings_;
  const TrainHooks& hooks_;
  const TaskContext& task_;
  const std::filesystem::path folder_;

  const std::unique_ptr<TrainingStep> path_;
  Adam& adam_;
  torch::Tensor best_;  // flat, with patience only
  RunState state_;
  CheckpointWriter writer_;
  std::optional<store::MetricsWriter> metrics_;
  std::uint64_t points_every_ = 1;  // steps between points of the training curve
  std::uint64_t resumed_from_ = 0;
  std::optional<std::uint64_t> saved_step_;  // handed to the writer
  std::int64_t saved_evaluated_ = -1;        // the state's `evaluated` in it
  double unsaved_seconds_ = 0;               // of work since
  double waited_ = 0;                        // seconds spent paused, in all
};

}  // namespace pantograph::train
