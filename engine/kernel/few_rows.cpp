// SPDX-License-Identifier: GPL-3.0-or-later
#include "kernel/few_rows.h"

#include <algorithm>

namespace pantograph::kernel {
namespace {

/// Sums under way of one row: they hide how long one addition takes, and the row is read from its beginning to its end,
/// as memory likes it.
constexpr int kSums = 4;

/// Their sum by halves: few additions that wait for each other.
PANTOGRAPH_INLINE float sum_of(float* lanes) {
  for (int half = kLanes / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

template <typename Number>
PANTOGRAPH_INLINE float dot(const Number* weights, std::int64_t inner, const float* x) {
  constexpr int kStep = kSums * kLanes;
  constexpr std::int64_t kAhead = 1024 / sizeof(Number);
  float lanes[kSums * kLanes] = {};
  std::int64_t j = 0;
  for (; j + kStep <= inner; j += kStep) {
    for (int i = 0; i < kStep; i += static_cast<int>(64 / sizeof(Number))) __builtin_prefetch(weights + j + i + kAhead);
    for (int i = 0; i < kStep; ++i) lanes[i] += load(weights + j + i) * x[j + i];
  }
  for (; j + kLanes <= inner; j += kLanes) {
    for (int i = 0; i < kLanes; ++i) lanes[i] += load(weights + j + i) * x[j + i];
  }
  for (; j < inner; ++j) lanes[0] += load(weights + j) * x[j];
  for (int k = kSums / 2; k > 0; k /= 2) {
    for (int i = 0; i < k * kLanes; ++i) lanes[i] += lanes[i + k * kLanes];
  }
  return sum_of(lanes);
}

template <typename Number, typename Out>
PANTOGRAPH_INLINE void product(const Number* weights, std::int64_t inner, std::int64_t begin, std::int64_t end,
                               const float* x, std::int64_t rows, const float* bias, Out* out, std::int64_t stride) {
  for (std::int64_t i = begin; i < end; ++i) {
    const float plus = bias != nullptr ? bias[i] : 0.0F;
    for (std::int64_t row = 0; row < rows; ++row)
      store(out + row * stride + i, dot(weights + i * inner, inner, x + row * inner) + plus);
  }
}

template <typename Number>
PANTOGRAPH_INLINE void attend(const Number* q, const Number* keys, const Number* values, std::int64_t stride, int count,
                              int size, float scale, float* scores, float* sum, Number* out) {
  float highest = -1e30F;
  for (int t = 0; t < count; ++t) {
    const Number* key = keys + t * stride;
    float lanes[kLanes] = {};
    int j = 0;
    for (; j + kLanes <= size; j += kLanes) {
      for (int i = 0; i < kLanes; ++i) lanes[i] += load(q + j + i) * load(key + j + i);
    }
    for (; j < size; ++j) lanes[0] += load(q + j) * load(key + j);
    scores[t] = scale * sum_of(lanes);
    highest = std::max(highest, scores[t]);
  }
  for (int t = 0; t < count; ++t) scores[t] = exp_nonpositive(scores[t] - highest);
  float all = 0;
  for (int t = 0; t < count; ++t) all += scores[t];
  for (int j = 0; j < size; ++j) sum[j] = 0;
  for (int t = 0; t < count; ++t) {
    const Number* value = values + t * stride;
    const float p = scores[t];
#pragma GCC ivdep
    for (int j = 0; j < size; ++j) sum[j] += p * load(value + j);
  }
  for (int j = 0; j < size; ++j) store(out + j, sum[j] / all);
}

}  // namespace

PANTOGRAPH_CLONES
void few_rows_product(const float* weights, std::int64_t inner, std::int64_t begin, std::int64_t end, const float* x,
                      std::int64_t rows, const float* bias, float* out, std::int64_t stride) {
  product(weights, inner, begin, end, x, rows, bias, out, stride);
}
PANTOGRAPH_CLONES
void few_rows_product(const Half* weights, std::int64_t inner, std::int64_t begin, std::int64_t end, const float* x,
                      std::int64_t rows, const float* bias, Half* out, std::int64_t stride) {
  product(weights, inner, begin, end, x, rows, bias, out, stride);
}
PANTOGRAPH_CLONES
void few_rows_product(const Half* weights, std::int64_t inner, std::int64_t begin, std::int64_t end, const float* x,
                      std::int64_t rows, const float* bias, float* out, std::int64_t stride) {
  product(weights, inner, begin, end, x, rows, bias, out, stride);
}

PANTOGRAPH_CLONES
void one_query(const float* q, const float* keys, const float* values, std::int64_t stride, int count, int size,
               float scale, float* scores, float* sum, float* out) {
  attend(q, keys, values, stride, count, size, scale, scores, sum, out);
}
PANTOGRAPH_CLONES
void one_query(const Half* q, const Half* keys, const Half* values, std::int64_t stride, int count, int size,
               float scale, float* scores, float* sum, Half* out) {
  attend(q, keys, values, stride, count, size, scale, scores, sum, out);
}

PANTOGRAPH_CLONES
void to_float(const Half* from, std::int64_t count, float* to) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) to[i] = load(from + i);
}

}  // namespace pantograph::kernel
