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
#include <sys/resource.h>

#include "base/error.h"
#include "base/random.h"
#include "job/engine.h"
#include "plan/estimate.h"
#include "train/step.h"

namespace {

using namespace pantograph;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string shape = "tiny", method = "slm", precision = "fp32", moments = "fp32";
  int h = 24, experts = 1, tokens = 8192, threads = 2, steps = 5;
  bool plain = false;
};

NetworkConfig network(const Options& options) {
  NetworkConfig config;
  if (options.shape == "tiny") {
    config.small = {4, 256, 4, 1024, 256, 4096};
  } else {
    config.small = {7, 1024, 8, 4096, 1024, 32000};
  }
  if (options.method == "slm-pn") {
    config.projected = true;
    config.h = options.h;
    config.k = 32;
    config.m = 16;
  }
  return config;
}

Batch random_batch(const Options& options, const NetworkConfig& config, Random& random) {
  Batch batch;
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

nlohmann::json measure(const Options& options) {
  const NetworkConfig config = network(options);
  Network net = Network::create(config, 1);
  TrainSettings settings;
  settings.precision = options.precision;
  settings.t_moments = options.moments;
  settings.plain = options.plain;
  settings.rate = 3e-4;
  settings.clip = 1.0;
  const auto step = Step::create(net, settings);
  Random random(7);
  std::vector<double> seconds;
  std::map<std::string, double> before;
  double loss = 0;
  Batch batch = random_batch(options, config, random);
  for (int i = 0; i <= options.steps; ++i) {  // the first step only warms up
    if (i == 1) before = step->times();
    Batch next = random_batch(options, config, random);
    const Clock::time_point start = Clock::now();
    step->begin(batch);
    loss = 0;
    const std::uint64_t targets = count_targets(batch);
    for (const Piece& piece : step->pieces(batch)) loss += step->accumulate(batch, piece, targets);
    step->update(settings.rate, clip_factor(step->gradient_norm(), settings.clip), next.experts);
    if (i > 0) seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    batch = std::move(next);
  }
  nlohmann::json out;
  out["step_seconds"] = seconds;
  std::vector<double> sorted = seconds;
  std::sort(sorted.begin(), sorted.end());
  const double tokens = static_cast<double>(batch.rows) * batch.context;
  out["tokens_per_second"] = tokens / sorted[sorted.size() / 2];
  for (const auto& [part, value] : step->times())
    out["breakdown"][part] = (value - before[part]) / static_cast<double>(options.steps);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  out["peak_bytes"] = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  out["estimated_bytes"] =
      estimate_network(config, static_cast<std::uint64_t>(batch.rows), options.experts).memory_training_bytes;
  out["flops_per_token"] = estimate_network(config, 1, options.experts).flops_per_token_training;
  out["loss"] = loss;
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  pantograph::prepare_process(argv);
  Options options;
  CLI::App app("Times training steps on random tokens");
  app.add_option("--shape", options.shape)->check(CLI::IsMember({"tiny", "paper"}));
  app.add_option("--method", options.method)->check(CLI::IsMember({"slm", "slm-pn"}));
  app.add_option("--precision", options.precision)->check(CLI::IsMember({"fp32", "bf16"}));
  app.add_option("--moments", options.moments)->check(CLI::IsMember({"fp32", "bf16"}));
  app.add_option("--h", options.h);
  app.add_option("--experts", options.experts);
  app.add_option("--tokens-per-step", options.tokens);
  app.add_option("--threads", options.threads);
  app.add_option("--steps", options.steps)->check(CLI::PositiveNumber);
  app.add_flag("--plain", options.plain, "LibTorch's operations instead of the kernels");
  CLI11_PARSE(app, argc, argv);
  try {
    pantograph::set_compute_threads(options.threads);
    std::cout << measure(options).dump() << "\n";
  } catch (const pantograph::Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
  return 0;
}
