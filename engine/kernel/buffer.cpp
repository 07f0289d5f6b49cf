// SPDX-License-Identifier: GPL-3.0-or-later
// Large pages for large buffers, where the system has them.
#include "kernel/buffer.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <cstdint>

namespace pantograph::kernel {

void wish_large_pages(void* begin, std::size_t bytes) {
#if defined(__linux__)
  constexpr std::uintptr_t kPage = 2U << 20;
  const auto from = (reinterpret_cast<std::uintptr_t>(begin) + kPage - 1) / kPage * kPage;
  const auto to = (reinterpret_cast<std::uintptr_t>(begin) + bytes) / kPage * kPage;
  if (from < to) madvise(reinterpret_cast<void*>(from), to - from, MADV_HUGEPAGE);
#else
  (void)begin, (void)bytes;
#endif
}

}  // namespace pantograph::kernel
