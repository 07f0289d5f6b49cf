// SPDX-License-Identifier: GPL-3.0-or-later
// The training loop: Adam with warm-up, schedule and clipping; evaluation, probes, checkpoints, early stopping,
// control.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/control.h"
#include "base/error.h"
#include "network/network.h"
#include "store/metrics.h"
#include "token/sampler.h"

namespace pantograph::train {

struct TrainSettings {
  std::uint64_t steps = 0;
  double rate = 1e-3;        ///< peak
  std::uint64_t warmup = 0;  ///< steps, linear from 0
  std::string schedule = "constant";
  double final_rate = 0.1;  ///< fraction of rate that a decay ends at
  double decay = 0.2;       ///< "wsd": share of the steps that decay
  double clip = 5.0;        ///< global gradient norm; 0: none
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double weight_decay = 0;                    ///< decoupled; matrices only
  double rate_t = 1, rate_e = 1, rate_m = 1;  ///< learning-rate factors of T, E and M
  int rows_at_once = 0;                       ///< 0: a step's rows in one pass
  std::string precision = "fp32";
  std::string t_moments =
      "fp32";          ///< Adam's moments of T: "fp32", or "bf16" with stochastic rounding (half the memory)
  bool plain = false;  ///< LibTorch operations also where this processor has faster ones
  /// Distillation: this network's next-token distributions are learned beside the text's tokens (train/distillation.h).
  /// Its context and vocabulary hold the trained network's. Runs LibTorch's operations.
  std::shared_ptr<const network::Network> teacher;
  double temperature = 1, teacher_weight = 0.5;
  std::uint64_t evaluate_every = 0;  ///< steps; 0: at the end only
  double checkpoint_seconds = 30;    ///< 0: every evaluation
  int keep_checkpoints = 2;
  std::vector<std::uint64_t> branch_steps;  ///< a checkpoint is written before each of these steps, and stays
  int patience = 0;                         ///< early stopping on `early_stopping` evaluation; 0: none
};

/// Learning rate of step s (first step is 0): warm-up, then the schedule over the remaining steps. "wsd" is constant
/// until decay_start(), then falls with 1 − √(share of the decay done) (Hägele et al. 2024, arXiv 2405.18392), so that
/// runs of any length are alike up to there.
double learning_rate(const TrainSettings& settings, std::uint64_t step);
/// The first step of a "wsd" run that decays; never before the end of the warm-up. `steps` where none does.
std::uint64_t decay_start(const TrainSettings& settings);

/// Which expert an evaluation uses.
struct ExpertChoice {
  enum Kind { by_cluster, fixed, lowest_loss } kind = by_cluster;
  int expert = 0;
};

struct Probe {
  std::string series;  ///< "generic", "validation", "probe/law"
  const token::EvaluationSet* set = nullptr;
  ExpertChoice choice;
};

struct Evaluation {
  double loss = 0;  ///< mean negative log-likelihood, nats per token
  std::uint64_t tokens = 0;
  int expert = -1;  ///< -1: by cluster, or a small network
  double seconds = 0;
  double flops = 0;
};

/// Forward only, no effect on the network. lowest_loss evaluates every expert and takes the best.
Evaluation evaluate(const network::Network& network, const token::EvaluationSet& set, ExpertChoice choice,
                    const std::string& precision, const TaskContext& task);
/// Of a small network; `each` becomes what each target has of the loss: [count, context], nats.
Evaluation evaluate(const network::Network& small, const token::EvaluationSet& set, const std::string& precision,
                    const TaskContext& task, std::vector<float>& each);

class GradientReducer;

struct TrainHooks {
  std::function<void(const store::MetricPoint&)> on_metric;  ///< besides metrics.jsonl
  std::function<std::vector<Probe>()> probes;                ///< asked at each evaluation: may change while training
  std::function<void(const network::Network&, std::uint64_t step)>
      at_step;                       ///< after each step, on the training thread ("project now")
  GradientReducer* ranks = nullptr;  ///< sums each step's gradients over processes; null: this one trains alone
};

struct TrainResult {
  std::uint64_t steps = 0;  ///< done, over all sessions
  std::uint64_t tokens = 0;
  double seconds = 0;  ///< of training steps over all sessions; evaluations not counted
  double evaluation_seconds = 0, evaluation_flops = 0;
  double final_loss = 0;       ///< training loss, mean of the last tenth
  double best_validation = 0;  ///< early stopping: lowest validation loss
  std::uint64_t best_step = 0;
  bool stopped_early = false;
  std::uint64_t resumed_from = 0;
};

/// A loss or gradient that is not finite, or a loss that exploded.
class Diverged : public Error {
 public:
  Diverged(ErrorText text, const TrainResult& done) : Error(ErrorKind::run, std::move(text)), spent(done) {}
  const TrainResult spent;  ///< the steps before
};

/// Trains `network` in place on the sampler's rows. State lives in `folder`: checkpoints/step-N.h5 (atomic),
/// metrics.jsonl. Starts from the newest good checkpoint there, whose weights replace the network's; then every later
/// step is bit-identical to an uninterrupted run (CPU, same threads). With patience > 0 the probe of series
/// "validation" decides and the network ends with the best weights. Throws Interrupted after saving a checkpoint;
/// Diverged, an Error(run) that names step and last good checkpoint; Error(run) when a checkpoint cannot be written.
TrainResult train(network::Network& network, token::ClusterSampler& sampler, const TrainSettings& settings,
                  const TrainHooks& hooks, const std::filesystem::path& folder, const TaskContext& task);

}  // namespace pantograph::train
