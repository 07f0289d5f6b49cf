// SPDX-License-Identifier: GPL-3.0-or-later
// The documents of a split, read ahead and worked on by several threads; neither the texts nor the order of threads
// matter to what comes out. Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/control.h"
#include "corpus/import.h"

namespace pantograph::overlap {

/// Bytes of text that are done, of those that all passes read.
struct Progress {
  const TaskContext& task;
  double done = 0, total = 0;
};

/// Consecutive documents of a split.
struct Batch {
  std::uint64_t begin = 0;  ///< number of the first
  std::vector<std::string> texts;
  std::uint64_t bytes = 0;
};

/// use(batch) for all documents in order, a few megabytes at a time for each thread; the next batch is read meanwhile.
void each_batch(const corpus::DocumentStore& store, corpus::Split split, int threads, Progress& progress,
                const std::function<void(const Batch& batch)>& use);

/// work(thread, i) for each i below count, on so many threads; the first exception is thrown on.
void each_index(std::size_t count, int threads, const std::function<void(std::size_t thread, std::size_t i)>& work);

}  // namespace pantograph::overlap
