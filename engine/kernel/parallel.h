// SPDX-License-Identifier: GPL-3.0-or-later
// Work shared out among OpenMP's threads. For sources that are compiled with OpenMP.
#pragma once

#include <omp.h>

#include <cstdint>
#include <exception>

namespace pantograph::kernel {

/// f(begin, end, thread) on one range of 0 … count for each thread. The ranges depend on count and threads alone.
template <typename F>
void share_rows(std::int64_t count, int threads, F&& f) {
#pragma omp parallel for schedule(static, 1) num_threads(threads) if (threads > 1)
  for (int thread = 0; thread < threads; ++thread) {
    const std::int64_t begin = count * thread / threads, end = count * (thread + 1) / threads;
    if (begin < end) f(begin, end, thread);
  }
}

/// f(task, thread) for each task, whichever thread is free. The first exception is thrown after all have ended.
template <typename F>
void share_tasks(std::int64_t count, int threads, F&& f) {
  std::exception_ptr failure;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (std::int64_t task = 0; task < count; ++task) {
    try {
      f(task, omp_get_thread_num());
    } catch (...) {
#pragma omp critical(pantograph_kernel_failure)
      if (!failure) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace pantograph::kernel
