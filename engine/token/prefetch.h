// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the next batch on a thread of its own while the current one is computed with.
#pragma once

#include <future>
#include <string>
#include <vector>

#include "token/sampler.h"

namespace pantograph::token {

/// A sampler's stream, one batch ahead. While it lives the sampler is its own; afterwards the sampler stands where
/// next() stopped.
class RowPrefetcher {
 public:
  explicit RowPrefetcher(ClusterSampler& sampler);
  ~RowPrefetcher();
  RowPrefetcher(const RowPrefetcher&) = delete;
  RowPrefetcher& operator=(const RowPrefetcher&) = delete;

  /// Waits for the batch where it is not there yet; errors of reading come out here.
  Batch next();
  /// Of the batch that next() will give; waits likewise.
  std::vector<int> next_experts() const;
  /// The sampler's state before the batch that next() will give; `given` before the one it gave last.
  std::string state() const;
  std::string given() const { return given_; }
  void restore(const std::string& state);  ///< Error(run) as the sampler's

 private:
  struct Item {
    std::string before;
    Batch batch;
  };
  void start();

  ClusterSampler& sampler_;
  std::shared_future<Item> ahead_;
  std::string given_;
};

}  // namespace pantograph::token
