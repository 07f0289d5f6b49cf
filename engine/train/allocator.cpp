// SPDX-License-Identifier: GPL-3.0-or-later
// The C library's allocator, set for large buffers that come and go every step.
#include "train/allocator.h"

#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

#include <limits>

namespace pantograph::train {

void prepare_allocator() {
#if defined(__GLIBC__)
  static const bool done = [] {
    // A mapping threshold does not do: glibc refuses one above 32 MB, and keeps mapping every larger buffer. Arenas of
    // other threads end at 64 MB and map what is larger, so the training thread shares the main one.
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
    mallopt(M_TOP_PAD, 64 << 20);
    mallopt(M_ARENA_MAX, 1);
    return true;
  }();
  (void)done;
#endif
}

void release_freed_memory() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

}  // namespace pantograph::train
