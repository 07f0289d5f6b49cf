// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/large_pages.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <cstdint>

namespace pantograph {
namespace {

/// madvise() on the whole pages of this size within the memory; what the system does not know, it refuses.
void advise(void* begin, std::size_t bytes, std::uintptr_t page, int advice) {
#if defined(__linux__)
  const auto from = (reinterpret_cast<std::uintptr_t>(begin) + page - 1) / page * page;
  const auto to = (reinterpret_cast<std::uintptr_t>(begin) + bytes) / page * page;
  if (from < to) madvise(reinterpret_cast<void*>(from), to - from, advice);
#else
  (void)begin, (void)bytes, (void)page, (void)advice;
#endif
}

}  // namespace

void wish_large_pages(void* begin, std::size_t bytes) {
  constexpr std::uintptr_t kLargePage = 2U << 20;
#if defined(MADV_HUGEPAGE)
  advise(begin, bytes, kLargePage, MADV_HUGEPAGE);
#else
  advise(begin, bytes, kLargePage, 0);
#endif
}

void take_pages(void* begin, std::size_t bytes) {
  constexpr std::uintptr_t kPage = 4096;
#if defined(MADV_POPULATE_WRITE)
  advise(begin, bytes, kPage, MADV_POPULATE_WRITE);
#else
  advise(begin, bytes, kPage, 0);
#endif
}

}  // namespace pantograph
