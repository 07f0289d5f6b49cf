// SPDX-License-Identifier: GPL-3.0-or-later
// Times training steps of one configuration on random tokens, as training takes them, and prints one line of JSON.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "base/machine.h"
#include "base/random.h"
#include "job/engine.h"
#include "plan/estimate.h"
#include "train/training_step.h"

namespace {

using namespace pantograph;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string shape = "tiny", block = "gpt2", method = "slm", precision = "fp32", moments = "fp32";
  int h = 24, experts = 1, tokens = 8192, threads = 2, steps = 5;
  bool plain = false, beside_slm = false, beside_gpt2 = false;
};

network::NetworkConfig network(const Options& options) {
  network::NetworkConfig config;
  if (options.shape == "tiny") {
    config.small = {4, 256, 4, 1024, 256, 4096};
  } else {
    config.small = {7, 1024, 8, 4096, 1024, 32000};
  }
  if (options.block == "llama") {
    network::SmallConfig& s = config.small;
    s.block = network::Block::llama, s.activation = network::Activation::swiglu;
    s.inner = (s.width * 8 / 3 + 31) / 32 * 32;  // about the parameters of two matrices of 4·width
  }
  if (options.method == "slm-pn") {
    config.projected = true;
    config.h = options.h;
    config.k = 32;
    config.m = 16;
  }
  return config;
}

token::Batch random_batch(const Options& options, const network::NetworkConfig& config, Random& random) {
  token::Batch batch;
  batch.context = config.small.context;
  batch.rows = std::max(1, options.tokens / batch.context);
  const int groups = config.projected ? std::min(options.experts, batch.rows) : 1;
  // Distinct experts, as many as asked for, another choice in each step.
  std::vector<int> all(static_cast<std::size_t>(std::max(config.k, 1)));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int>(i);
  random.shuffle(all);
  batch.experts.assign(all.begin(), all.begin() + groups);
  batch.tokens.resize(static_cast<std::size_t>(batch.rows) * static_cast<std::size_t>(batch.context + 1));
  for (std::int32_t& token : batch.tokens)
    token = static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(config.small.vocabulary)));
  return batch;
}

/// A network in training.
class Runner {
 public:
  explicit Runner(const Options& options)
      : options_(options), config_(network(options)), net_(network::Network::create(config_, 1)), random_(7) {
    settings_.precision = options.precision;
    settings_.t_moments = options.moments;
    settings_.plain = options.plain;
    settings_.rate = 3e-4;
    settings_.clip = 1.0;
    step_ = train::TrainingStep::create(net_, settings_);
    batch_ = random_batch(options_, config_, random_);
  }

  double once() {
    token::Batch next = random_batch(options_, config_, random_);
    const Clock::time_point start = Clock::now();
    step_->begin(batch_);
    loss = 0;
    const std::uint64_t targets = train::count_targets(batch_);
    for (const train::Piece& piece : step_->pieces(batch_)) loss += step_->accumulate(batch_, piece, targets);
    step_->update(settings_.rate, train::clip_factor(step_->gradient_norm(), settings_.clip), next.experts);
    batch_ = std::move(next);
    return std::chrono::duration<double>(Clock::now() - start).count();
  }
  std::map<std::string, double> times() const { return step_->times(); }
  double tokens() const { return static_cast<double>(batch_.rows) * batch_.context; }
  const network::NetworkConfig& config() const { return config_; }

  double loss = 0;

 private:
  Options options_;
  network::NetworkConfig config_;
  network::Network net_;
  train::TrainSettings settings_;
  std::unique_ptr<train::TrainingStep> step_;
  Random random_;
  token::Batch batch_;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.size() % 2 ? values[values.size() / 2]
                           : (values[values.size() / 2 - 1] + values[values.size() / 2]) / 2;
}

nlohmann::json measured(const Options& options) {
  Runner runner(options);
  std::unique_ptr<Runner> rival;
  if (options.beside_slm || options.beside_gpt2) {
    Options other = options;
    (options.beside_slm ? other.method : other.block) = options.beside_slm ? "slm" : "gpt2";
    rival = std::make_unique<Runner>(other);
  }
  const auto flops = [&](const Runner& of) {  // of a step
    return of.tokens() * plan::estimate_network(of.config(), 1, options.experts).flops_per_token_training;
  };
  std::vector<double> seconds, ratios;
  std::map<std::string, double> before;
  for (int i = 0; i <= options.steps; ++i) {  // the first step only warms up
    if (i == 1) before = runner.times();
    const double took = runner.once();
    const double other = rival ? rival->once() : 0;
    if (i == 0) continue;
    seconds.push_back(took);
    if (options.beside_slm) ratios.push_back(took / other);
    if (options.beside_gpt2) ratios.push_back(flops(runner) / took / (flops(*rival) / other));
  }
  nlohmann::json out;
  out["step_seconds"] = seconds;
  out["tokens_per_second"] = runner.tokens() / median(seconds);
  if (rival) out[options.beside_slm ? "time_over_slm" : "rate_of_gpt2"] = median(ratios), out["ratios"] = ratios;
  for (const auto& [part, value] : runner.times())
    out["breakdown"][part] = (value - before[part]) / static_cast<double>(options.steps);
  out["peak_bytes"] = peak_memory();
  out["flops_per_token"] = plan::estimate_network(runner.config(), 1, options.experts).flops_per_token_training;
  out["loss"] = runner.loss;
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  pantograph::job::prepare_process(argv);
  Options options;
  CLI::App app("Times training steps on random tokens");
  app.add_option("--shape", options.shape)->check(CLI::IsMember({"tiny", "paper"}));
  app.add_option("--block", options.block)->check(CLI::IsMember({"gpt2", "llama"}));
  app.add_option("--method", options.method)->check(CLI::IsMember({"slm", "slm-pn"}));
  app.add_option("--precision", options.precision)->check(CLI::IsMember({"fp32", "bf16"}));
  app.add_option("--moments", options.moments)->check(CLI::IsMember({"fp32", "bf16"}));
  app.add_option("--h", options.h);
  app.add_option("--experts", options.experts);
  app.add_option("--tokens-per-step", options.tokens);
  app.add_option("--threads", options.threads);
  app.add_option("--steps", options.steps)->check(CLI::PositiveNumber);
  app.add_flag("--plain", options.plain, "LibTorch's operations instead of the kernels");
  app.add_flag("--beside-slm", options.beside_slm, "Take a step of slm after each, and compare neighbours");
  app.add_flag("--beside-gpt2", options.beside_gpt2, "Take a step of the gpt2 block after each, and compare FLOP/s");
  CLI11_PARSE(app, argc, argv);
  try {
    pantograph::network::set_compute_threads(options.threads);
    std::cout << measured(options).dump() << "\n";
  } catch (const pantograph::Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
  return 0;
}
