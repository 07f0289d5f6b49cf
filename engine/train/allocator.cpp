// SPDX-License-Identifier: GPL-3.0-or-later
// The C library's allocator, set for large buffers that come and go every step.
#include "train/allocator.h"

#if defined(__GLIBC__) || __has_include(<malloc.h>)
#include <malloc.h>
#endif

namespace pantograph {

void prepare_allocator() {
#if defined(__GLIBC__)
  static const bool done = [] {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
    mallopt(M_TOP_PAD, 64 << 20);
    return true;
  }();
  (void)done;
#endif
}

}  // namespace pantograph
