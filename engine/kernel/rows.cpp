// SPDX-License-Identifier: GPL-3.0-or-later
// The decoder's operations on rows of numbers. Plain loops: the compiler vectorizes them once for each processor
// family.
#include "kernel/rows.h"

#include "kernel/row_bodies.h"

namespace pantograph::kernel {

PANTOGRAPH_CLONES
void embed(const std::int32_t* tokens, std::int64_t begin, std::int64_t end, int context, const float* embedding,
           const float* positions, int width, float* x) {
  for (std::int64_t i = begin; i < end; ++i) {
    const float* e = embedding + static_cast<std::int64_t>(tokens[i] < 0 ? 0 : tokens[i]) * width;
    float* out = x + i * width;
    if (positions == nullptr) {
      std::memcpy(out, e, sizeof(float) * static_cast<std::size_t>(width));
      continue;
    }
    const float* p = positions + (i % context) * width;
#pragma GCC ivdep
    for (int j = 0; j < width; ++j) out[j] = e[j] + p[j];
  }
}

PANTOGRAPH_CLONES
void to_half(const float* from, std::int64_t count, Half* to) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) store(to + i, from[i]);
}

}  // namespace pantograph::kernel

// A template cannot have copies for processor families; overloads can.
#define Number float
#include "kernel/row_loops.h"
#undef Number
#define Number Half
#include "kernel/row_loops.h"
#undef Number
