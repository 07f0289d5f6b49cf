// SPDX-License-Identifier: GPL-3.0-or-later
// A tiny experiment: two clusters of text-like tokens, each a Markov chain of its own, and networks small enough for
// tests.
#pragma once

#include <cmath>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "store/checkpoint.h"
#include "store/hdf5.h"
#include "store/metrics.h"
#include "token/sampler.h"
#include "token/token_store.h"
#include "train/train.h"

namespace pantograph::fixtures {

inline constexpr int kVocabulary = 64;
inline constexpr int kContext = 16;
inline constexpr int kClusters = 2;
inline constexpr std::uint32_t kDocument = 64;  // tokens; a document is one window

/// Documents of cluster 0 and 1 in turn. In each, a token has three likely successors, which are others in the other
/// cluster. The entropy of a successor is 0.8 nats, that of a token alone close to ln 64 = 4.16.
inline std::vector<std::uint16_t> chain(std::uint64_t seed, int documents) {
  std::vector<std::uint16_t> successors[kClusters];
  for (int c = 0; c < kClusters; ++c) {
    Random table(100 + static_cast<std::uint64_t>(c));
    for (int i = 0; i < 3; ++i) {
      std::vector<std::uint16_t> order(kVocabulary);
      for (int t = 0; t < kVocabulary; ++t) order[static_cast<std::size_t>(t)] = static_cast<std::uint16_t>(t);
      table.shuffle(order);
      successors[c].insert(successors[c].end(), order.begin(), order.end());
    }
  }
  Random random(seed);
  std::vector<std::uint16_t> tokens;
  for (int d = 0; d < documents; ++d) {
    auto token = static_cast<std::uint16_t>(random.below(kVocabulary));
    for (std::uint32_t i = 0; i < kDocument; ++i) {
      tokens.push_back(token);
      const double u = random.uniform();
      const std::size_t pick = u < 0.7 ? 0 : u < 0.9 ? 1 : 2;
      token = successors[d % kClusters][pick * kVocabulary + token];
    }
  }
  return tokens;
}

/// Writes tokens.h5: train and validation splits.
inline void write_experiment(const std::filesystem::path& folder, int train_documents = 600,
                             int validation_documents = 20) {
  std::filesystem::create_directories(folder);
  auto file = store::Hdf5File::create(folder / "tokens.h5");
  const int documents[corpus::kSplits] = {train_documents, validation_documents, 2};
  for (int s = 0; s < corpus::kSplits; ++s) {
    const std::string name = corpus::to_string(static_cast<corpus::Split>(s));
    const auto tokens = chain(static_cast<std::uint64_t>(s) + 1, documents[s]);
    std::vector<std::uint64_t> ends;
    for (int d = 0; d < documents[s]; ++d) ends.push_back((static_cast<std::uint64_t>(d) + 1) * kDocument);
    file.write("tokens/" + name, {store::DataType::u16, {tokens.size()}}, tokens.data());
    file.write("ends/" + name, {store::DataType::u64, {ends.size()}}, ends.data());
  }
  file.write_attribute("/", "vocabulary", std::to_string(kVocabulary));
  file.close();
}

inline token::WindowSet window_set(const std::filesystem::path& folder, corpus::Split split) {
  token::WindowSet set;
  const auto store = std::make_shared<token::TokenStore>(folder);
  set.stores = {store};
  set.split = split;
  set.clusters = kClusters;
  for (const token::Window& window : store->windows(split, kDocument)) {
    set.entries.push_back({0, static_cast<std::uint16_t>(set.entries.size() % kClusters), window});
  }
  return set;
}

inline token::ClusterSampler sampler(const std::filesystem::path& folder, int rows = 16, std::uint64_t seed = 5) {
  return token::ClusterSampler(window_set(folder, corpus::Split::train), rows, kContext, 2, seed);
}

inline token::EvaluationSet validation(const std::filesystem::path& folder) {
  return token::make_evaluation_set(window_set(folder, corpus::Split::validation), kContext, 0, "validation");
}

inline network::NetworkConfig slm() {
  network::NetworkConfig config;
  config.small = {.layers = 2, .width = 32, .heads = 2, .inner = 64, .context = kContext, .vocabulary = kVocabulary};
  return config;
}

inline network::NetworkConfig slm_pn() {
  network::NetworkConfig config = slm();
  config.projected = true;
  config.h = 4;
  config.k = kClusters;
  config.m = 3;
  return config;
}

inline train::TrainSettings settings(std::uint64_t steps) {
  train::TrainSettings s;
  s.steps = steps;
  s.rate = 5e-3;
  s.warmup = 10;
  s.schedule = "cosine";
  s.evaluate_every = 20;
  s.checkpoint_seconds = 1e9;
  return s;
}

inline train::TrainHooks probe_hooks(const token::EvaluationSet& set) {
  train::TrainHooks hooks;
  hooks.probes = [&set] {
    return std::vector<train::Probe>{{"validation", &set, {}},
                                     {"probe/lowest", &set, {train::ExpertChoice::lowest_loss, 0}}};
  };
  return hooks;
}

inline std::vector<store::MetricPoint> series(const std::filesystem::path& run, const std::string& name) {
  std::vector<store::MetricPoint> points = store::read_metrics(run / "metrics.jsonl");
  std::erase_if(points, [&name](const store::MetricPoint& p) { return p.series != name; });
  return points;
}

}  // namespace pantograph::fixtures
