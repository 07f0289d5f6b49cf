// SPDX-License-Identifier: GPL-3.0-or-later
// Fused row operations on the CPU: cross-entropy with its gradient in one pass over a row that stays in the first-level
// cache.
#include "network/kernels.h"

#include <bit>
#include <cmath>
#include <cstring>

// Three copies of a function for three processor families. Helpers are inlined into each.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define PANTOGRAPH_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PANTOGRAPH_CLONES
#endif
#define PANTOGRAPH_INLINE inline __attribute__((always_inline))

namespace pantograph::kernels {
namespace {

constexpr int kLanes = 16;

/// exp(x) for x ≤ 0 to 2 units in the last place: 2^n·e^r with |r| ≤ ln(2)/2; 0 below the smallest normal number.
PANTOGRAPH_INLINE float exp_nonpositive(float x) {
  constexpr float kRound = 12582912.0f;  // 1.5·2^23: adding it rounds to a whole number
  const float clamped = x < -87.0f ? -87.0f : x;
  const float shifted = clamped * 1.44269504f + kRound;
  const float n = shifted - kRound;
  const float r = (clamped - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const std::int32_t exponent = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kRound);
  const float scale = std::bit_cast<float>((exponent + 127) << 23);
  return x < -87.0f ? 0.0f : p * scale;
}

PANTOGRAPH_INLINE float load(const float* x) {
  return *x;
}
PANTOGRAPH_INLINE float load(const std::uint16_t* x) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(*x) << 16);
}
PANTOGRAPH_INLINE void store(float* x, float value) {
  *x = value;
}
PANTOGRAPH_INLINE void store(std::uint16_t* x, float value) {  // to nearest, ties to even
  const auto bits = std::bit_cast<std::uint32_t>(value);
  *x = static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

/// Lanes keep the order of additions fixed whatever the vector length is.
PANTOGRAPH_INLINE float total(const float* lanes) {
  float sum = 0;
  for (int i = 0; i < kLanes; ++i) sum += lanes[i];
  return sum;
}

template <typename T>
PANTOGRAPH_INLINE float row_max(const T* x, std::int64_t size) {
  float lanes[kLanes];
  for (float& lane : lanes) lane = -INFINITY;
  std::int64_t j = 0;
  for (; j + kLanes <= size; j += kLanes) {
    for (int i = 0; i < kLanes; ++i) {
      const float v = load(x + j + i);
      lanes[i] = v > lanes[i] ? v : lanes[i];
    }
  }
  for (; j < size; ++j) lanes[0] = load(x + j) > lanes[0] ? load(x + j) : lanes[0];
  float highest = lanes[0];
  for (const float lane : lanes) highest = lane > highest ? lane : highest;
  return highest;
}

template <typename T>
PANTOGRAPH_INLINE void softmax_nll_row(T* x, std::int64_t size, std::int64_t target, float* nll, bool gradient) {
  *nll = 0;
  if (target < 0) {
    if (gradient) std::memset(x, 0, static_cast<std::size_t>(size) * sizeof(T));
    return;
  }
  const float highest = row_max(x, size);
  const float wanted = load(x + target) - highest;
  float lanes[kLanes] = {};
  std::int64_t j = 0;
  for (; j + kLanes <= size; j += kLanes) {
    for (int i = 0; i < kLanes; ++i) lanes[i] += exp_nonpositive(load(x + j + i) - highest);
  }
  for (; j < size; ++j) lanes[0] += exp_nonpositive(load(x + j) - highest);
  const float sum = total(lanes);
  *nll = std::log(sum) - wanted;
  if (!gradient) return;
  const float scale = 1.0f / sum;
  const float own = exp_nonpositive(wanted) * scale - 1.0f;
  for (j = 0; j < size; ++j) store(x + j, exp_nonpositive(load(x + j) - highest) * scale);
  store(x + target, own);
}

}  // namespace

PANTOGRAPH_CLONES
void softmax_nll(float* logits, std::int64_t rows, std::int64_t size, const std::int64_t* targets, float* nll,
                 bool gradient) {
  for (std::int64_t row = 0; row < rows; ++row) {
    softmax_nll_row(logits + row * size, size, targets[row], nll + row, gradient);
  }
}

PANTOGRAPH_CLONES
void softmax_nll_bf16(std::uint16_t* logits, std::int64_t rows, std::int64_t size, const std::int64_t* targets,
                      float* nll, bool gradient) {
  for (std::int64_t row = 0; row < rows; ++row) {
    softmax_nll_row(logits + row * size, size, targets[row], nll + row, gradient);
  }
}

}  // namespace pantograph::kernels
