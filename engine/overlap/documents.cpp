// SPDX-License-Identifier: GPL-3.0-or-later
#include "overlap/documents.h"

#include <algorithm>
#include <atomic>
#include <future>

namespace pantograph::overlap {
namespace {

constexpr std::uint64_t kBytesPerThread = 2'000'000;

/// About `target` bytes of documents from `begin` on; by guess of their mean size, so that memory stays near that.
Batch read_batch(const corpus::DocumentStore& store, corpus::Split split, std::uint64_t begin, std::uint64_t target) {
  Batch batch;
  batch.begin = begin;
  const std::uint64_t count = store.documents(split);
  const std::uint64_t mean = std::max<std::uint64_t>(1, store.bytes(split) / std::max<std::uint64_t>(1, count));
  const std::uint64_t step = std::clamp<std::uint64_t>(target / mean / 4, 1, 4096);
  while (begin < count && batch.bytes < target) {
    const std::uint64_t end = std::min(count, begin + step);
    for (std::string& text : store.texts(split, begin, end)) {
      batch.bytes += text.size();
      batch.texts.push_back(std::move(text));
    }
    begin = end;
  }
  return batch;
}

}  // namespace

void each_batch(const corpus::DocumentStore& store, corpus::Split split, int threads, Progress& progress,
                const std::function<void(const Batch& batch)>& use) {
  const std::uint64_t target = kBytesPerThread * static_cast<std::uint64_t>(std::max(threads, 1));
  const auto read_ahead = [&store, split, target](std::uint64_t begin) {
    return std::async(std::launch::async, read_batch, std::cref(store), split, begin, target);
  };
  std::future<Batch> ahead = read_ahead(0);
  while (true) {
    const Batch batch = ahead.get();
    if (batch.texts.empty()) return;
    ahead = read_ahead(batch.begin + batch.texts.size());
    progress.task.poll();
    use(batch);
    progress.done += static_cast<double>(batch.bytes);
    progress.task.progress(progress.done, progress.total, "bytes");
  }
}

void each_index(std::size_t count, int threads, const std::function<void(std::size_t thread, std::size_t i)>& work) {
  std::atomic<std::size_t> next = 0;
  const auto run = [&](std::size_t thread) {
    for (std::size_t i; (i = next.fetch_add(1)) < count;) work(thread, i);
  };
  std::vector<std::future<void>> others;
  const std::size_t useful = std::min(static_cast<std::size_t>(std::max(threads, 1)), count);
  for (std::size_t thread = 1; thread < useful; ++thread) others.push_back(std::async(std::launch::async, run, thread));
  run(0);
  for (std::future<void>& other : others) other.get();
}

}  // namespace pantograph::overlap
