// SPDX-License-Identifier: GPL-3.0-or-later
// From windows to rows of `context` tokens. Windows of one cluster are shuffled and joined into an endless stream that
// is cut into rows, so a row belongs to one expert and nothing is padded.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "token/token_store.h"

namespace pantograph::token {

/// Windows of one or more stores with the cluster of each.
struct WindowSet {
  struct Entry {
    std::uint16_t store = 0;  ///< index into stores
    std::uint16_t cluster = 0;
    Window window;
  };
  std::vector<std::shared_ptr<const TokenStore>> stores;
  corpus::Split split = corpus::Split::train;
  std::vector<Entry> entries;
  int clusters = 1;
  std::uint64_t tokens() const;
  std::vector<std::uint64_t> tokens_by_cluster() const;
};

/// All windows of a domain's split. Error(input) when it has fewer tokens than one window.
WindowSet domain_windows(std::shared_ptr<const TokenStore> store, corpus::Split split, std::uint32_t window,
                         const std::string& name);

/// A domain's specialization set: a random sample of its train documents, as many as hold `tokens` (the last window is
/// cut; 0: all). The same seed and sample draw the same documents for every method, and those of a smaller set again
/// for a larger one. Error(input) when the split has fewer tokens than one window or than asked for.
WindowSet domain_sample(std::shared_ptr<const TokenStore> store, std::uint32_t window, std::uint64_t tokens,
                        std::uint64_t seed, const std::string& name, std::uint64_t sample = 1);

/// Rows for one forward pass: groups of rows/experts.size() consecutive rows, each group of one expert.
struct Batch {
  std::vector<std::int32_t>
      tokens;  ///< [rows, context + 1]; inputs are columns 0..context-1, targets 1..context; -1: no target
  int rows = 0;
  int context = 0;
  std::vector<int> experts;  ///< cluster of each group; rows % experts.size() == 0
  const std::int32_t* row(int i) const { return tokens.data() + static_cast<std::size_t>(i) * (context + 1); }
};

/// Endless training rows. Each step draws `groups` clusters, each with probability proportional to its tokens (with
/// replacement), and takes rows/groups rows of context + 1 tokens of each; rows do not overlap, so within an epoch of
/// its cluster every token is read once. The stream is a function of the seed alone: two methods with equal settings
/// see the same rows in the same order.
class ClusterSampler {
 public:
  /// shares: [clusters] probabilities to draw by in place of the tokens' (importance sampling); what falls on a cluster
  /// without windows is spread over the others. Error(usage) when their number differs, one is negative or none is
  /// left.
  ClusterSampler(WindowSet windows, int rows, int context, int groups, std::uint64_t seed,
                 const std::vector<double>& shares = {});
  ~ClusterSampler();
  ClusterSampler(ClusterSampler&&) noexcept;
  Batch next();
  std::vector<int> next_experts() const;   ///< of the batch that next() will give
  std::string state() const;               ///< JSON; small, whatever the size of the set
  void restore(const std::string& state);  ///< Error(run) when it belongs to another set
  double epochs() const;                   ///< passes over the set so far

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Rows for evaluation: every token of the windows but each cluster's first is a target once, in order, cluster by
/// cluster; rows of a cluster overlap by one token, and its last is padded with -1 (there the inputs are -1 too: treat
/// them as any token). At most `max_tokens` targets (0: all), in whole rows taken evenly over the set by a fixed
/// stride.
struct EvaluationSet {
  std::string name;
  int context = 0;
  int clusters = 1;
  std::vector<std::int32_t> rows;      ///< [count, context + 1]
  std::vector<std::uint16_t> cluster;  ///< [count]
  /// [count, context] of each target: the document of its token, counted over the split of the first store, then of the
  /// next; without meaning where there is no target.
  std::vector<std::uint32_t> documents;
  std::uint64_t targets = 0;           ///< tokens that are predicted
  std::size_t count() const { return cluster.size(); }
};
EvaluationSet make_evaluation_set(const WindowSet& windows, int context, std::uint64_t max_tokens, std::string name);

}  // namespace pantograph::token
