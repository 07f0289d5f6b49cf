// SPDX-License-Identifier: GPL-3.0-or-later
// A loop over blocks on several threads. Each index is handled by one call, so results do not depend on the threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <future>
#include <vector>

namespace pantograph::cluster {

/// As many as OpenMP, and so LibTorch, is set to use.
int cluster_threads();

/// work(begin, end) for blocks of [0, count), on `threads` threads; the first exception is thrown on.
template <typename Work>
void parallel_blocks(std::size_t count, std::size_t block, int threads, const Work& work) {
  std::atomic<std::size_t> next = 0;
  const auto run = [&] {
    for (std::size_t begin; (begin = next.fetch_add(block)) < count;) work(begin, std::min(count, begin + block));
  };
  std::vector<std::future<void>> others;
  const std::size_t useful =
      std::min<std::size_t>(static_cast<std::size_t>(std::max(threads, 1)), (count + block - 1) / block);
  for (std::size_t t = 1; t < useful; ++t) others.push_back(std::async(std::launch::async, run));
  run();
  for (auto& other : others) other.get();
}

}  // namespace pantograph::cluster
