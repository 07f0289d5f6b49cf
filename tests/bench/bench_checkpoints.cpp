// SPDX-License-Identifier: GPL-3.0-or-later
// What saving costs training: the same run with and without checkpoints, in turn; prints one line of JSON.
//   bench_checkpoints FOLDER [seconds a run] [seconds between checkpoints] [rounds]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/random.h"
#include "job/engine.h"
#include "store/hdf5.h"
#include "train/train.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

constexpr int kVocabulary = 4096, kContext = 256;
constexpr std::uint64_t kTokens = 2'000'000;

void write_random_tokens(const fs::path& folder) {
  fs::create_directories(folder);
  auto file = store::Hdf5File::create(folder / "tokens.h5");
  Random random(3);
  for (int s = 0; s < corpus::kSplits; ++s) {
    const std::string name = corpus::to_string(static_cast<corpus::Split>(s));
    std::vector<std::uint16_t> tokens(s == 0 ? kTokens : kContext);
    for (auto& token : tokens) token = static_cast<std::uint16_t>(random.below(kVocabulary));
    const std::vector<std::uint64_t> ends = {tokens.size()};
    file.write("tokens/" + name, {store::DataType::u16, {tokens.size()}}, tokens.data());
    file.write("ends/" + name, {store::DataType::u64, {1}}, ends.data());
  }
  file.write_attribute("/", "vocabulary", std::to_string(kVocabulary));
  file.close();
}

token::WindowSet windows(const fs::path& folder, int clusters) {
  token::WindowSet set;
  set.stores = {std::make_shared<token::TokenStore>(folder)};
  set.clusters = clusters;
  for (const token::Window& window : set.stores[0]->windows(corpus::Split::train, kContext))
    set.entries.push_back(
        {0, static_cast<std::uint16_t>(set.entries.size() % static_cast<std::size_t>(clusters)), window});
  return set;
}

struct Timed {
  double seconds_per_step = 0;
  std::uint64_t bytes = 0;  // of a checkpoint
};

/// Of a projected network of TINY, h = 24: much to save for a short step.
Timed run(const fs::path& folder, std::uint64_t steps, double checkpoint_seconds) {
  network::NetworkConfig config;
  config.small = {4, 256, 4, 1024, kContext, kVocabulary};
  config.projected = true;
  config.h = 24;
  config.k = 32;
  config.m = 16;
  network::Network network = network::Network::create(config, 1);
  token::ClusterSampler sampler(windows(folder, config.k), 32, kContext, 4, 5);
  train::TrainSettings settings;
  settings.steps = steps;
  settings.rate = 3e-4;
  settings.checkpoint_seconds = checkpoint_seconds;
  using Clock = std::chrono::steady_clock;
  Clock::time_point first, last;
  train::TrainHooks hooks;
  hooks.at_step = [&](const network::Network&, std::uint64_t step) { (step == 1 ? first : last) = Clock::now(); };
  const fs::path run_folder = folder / "run";
  fs::remove_all(run_folder);
  train::train(network, sampler, settings, hooks, run_folder, {});
  Timed out;
  out.seconds_per_step = std::chrono::duration<double>(last - first).count() / static_cast<double>(steps - 1);
  for (const auto& entry : fs::directory_iterator(run_folder / "checkpoints")) out.bytes = entry.file_size();
  fs::remove_all(run_folder);
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  job::prepare_process(argv);
  if (argc < 2) {
    std::fprintf(stderr, "bench_checkpoints FOLDER [seconds a run] [seconds between checkpoints] [rounds]\n");
    return 2;
  }
  const auto number = [&](int i, double other) { return argc > i ? std::atof(argv[i]) : other; };
  const double length = number(2, 70), between = number(3, 30);
  try {
    network::set_compute_threads(2);
    const fs::path folder = argv[1];
    write_random_tokens(folder);
    const double warm = run(folder, 5, 1e9).seconds_per_step;
    const auto steps = static_cast<std::uint64_t>(std::max(5.0, length / warm));
    nlohmann::json rounds = nlohmann::json::array();
    for (int round = 0; round < static_cast<int>(number(4, 3)); ++round) {
      const Timed without = run(folder, steps, 1e9), with = run(folder, steps, between);
      rounds.push_back({{"without", without.seconds_per_step},
                        {"with", with.seconds_per_step},
                        {"ratio", with.seconds_per_step / without.seconds_per_step},
                        {"bytes", with.bytes}});
    }
    std::cout << nlohmann::json{{"steps", steps}, {"seconds_between", between}, {"rounds", rounds}}.dump() << "\n";
  } catch (const Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
  return 0;
}
