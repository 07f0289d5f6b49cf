// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/threads.h"

#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <semaphore>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/numbers.h"

namespace pantograph {
namespace {

// The engine's own, the next batch's, the checkpoint's and those that read documents ahead.
constexpr int kOthers = 8;
constexpr int kPools = 2;  // OpenMP's, and a pool of the same size that LibTorch makes whether it is used or not
constexpr int kAlwaysGranted = 16;

using Gate = std::counting_semaphore<>;

void* wait_at(void* gate) {
  static_cast<Gate*>(gate)->acquire();
  return nullptr;
}

/// As many of `wanted` as can be there at once.
int startable(int wanted) {
  Gate gate(0);
  std::vector<pthread_t> started(static_cast<std::size_t>(wanted));
  int count = 0;
  while (count < wanted && ::pthread_create(&started[static_cast<std::size_t>(count)], nullptr, wait_at, &gate) == 0)
    ++count;
  gate.release(count);
  for (int i = 0; i < count; ++i) ::pthread_join(started[static_cast<std::size_t>(i)], nullptr);
  return count;
}

// A thread's two stacks, and the heap that the C library reserves for it; and what the work itself needs at least.
constexpr std::uint64_t kThreadSpace = 160'000'000;
constexpr std::uint64_t kWorkSpace = 800'000'000;

/// Bytes of address space that are still to be had under a limit (ulimit -v). Where it runs out while a pool of threads
/// starts, LibTorch waits for ever for those that did not.
std::uint64_t address_space_left() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return std::numeric_limits<std::uint64_t>::max();
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const std::uint64_t used = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}

}  // namespace

int usable_threads(int wanted) {
#ifdef __SANITIZE_THREAD__
  return 1;  // it does not see how OpenMP's threads wait for each other, and would report every loop
#endif
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const int threads = wanted > 0 ? std::min(wanted, std::max(kAlwaysGranted, 2 * cores)) : cores;
  const std::uint64_t space = address_space_left();
  if (space < kWorkSpace + kThreadSpace) {
    throw Error(
        ErrorKind::run,
        {format_bytes(static_cast<double>(space)) + " of address space under its limit", "this process",
         "at least " + format_bytes(static_cast<double>(kWorkSpace + kThreadSpace)), "Raise the limit (ulimit -v)."});
  }
  const auto housed = static_cast<int>(
      std::min<std::uint64_t>((space - kWorkSpace) / kThreadSpace, static_cast<std::uint64_t>(threads)));
  const int needed = kPools * housed + kOthers;
  const int granted = startable(needed);
  // Where they are scarce, so is the memory for their stacks: half of it is left alone.
  const int usable = granted == needed ? housed : (granted - kOthers) / (2 * kPools);
  if (usable < 1) {
    throw Error(ErrorKind::run, {"the system grants only " + std::to_string(granted) + " more threads", "this process",
                                 "at least " + std::to_string(kOthers + 2 * kPools),
                                 "Raise the limit of processes (ulimit -u), of memory (ulimit -v) or of the container, "
                                 "or end other programs."});
  }
  if (usable < threads) {
    spdlog::warn("The system grants no more threads or memory now: {} are used to compute.", usable);
  } else if (threads < wanted) {
    spdlog::warn("{} threads are of no use on {} cores: {} are used.", wanted, cores, threads);
  }
  return usable;
}

}  // namespace pantograph
