// SPDX-License-Identifier: GPL-3.0-or-later
// The decoder's operations on rows of numbers, fused so that a row is read once while it is in the first-level cache.
// Each works on the rows it is given, on the calling thread; callers share rows out among threads. Numbers are float or
// Half (bf16); sums are in fp32. Each has a plain counterpart in tests/kernel.
#pragma once

#include <cstdint>

#include "kernel/element.h"

namespace pantograph::kernel {

struct Norm {
  const float* weight;
  const float* bias;
};

/// x[i] = embedding[tokens[i]] + positions[i mod context]. tokens: [rows], negative ones (padding) count as 0.
/// positions may be null: none are added.
void embed(const std::int32_t* tokens, std::int64_t begin, std::int64_t end, int context, const float* embedding,
           const float* positions, int width, float* x);

void to_half(const float* from, std::int64_t count, Half* to);

}  // namespace pantograph::kernel

// For float and for Half: see there for what each does.
#define Number float
#include "kernel/row_overloads.h"
#undef Number
#define Number Half
#include "kernel/row_overloads.h"
#undef Number
