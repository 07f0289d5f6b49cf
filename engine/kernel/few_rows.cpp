// SPDX-License-Identifier: GPL-3.0-or-later
#include "kernel/few_rows.h"

#include <algorithm>

namespace pantograph::kernel {
namespace {

/// Weights' rows at a time: as many sums under way hide how long one addition takes.
constexpr int kTogether = 4;

/// ⟨weights[i], x⟩ for `Count` rows of weights.
template <int Count, typename Number>
PANTOGRAPH_INLINE void dots(const Number* weights, std::int64_t inner, const float* x, float* out) {
  float lanes[Count][kLanes] = {};
  std::int64_t j = 0;
  for (; j + kLanes <= inner; j += kLanes) {
    for (int k = 0; k < Count; ++k) {
      const Number* row = weights + k * inner + j;
      for (int i = 0; i < kLanes; ++i) lanes[k][i] += load(row + i) * x[j + i];
    }
  }
  for (; j < inner; ++j) {
    for (int k = 0; k < Count; ++k) lanes[k][0] += load(weights + k * inner + j) * x[j];
  }
  for (int k = 0; k < Count; ++k) out[k] = total(lanes[k]);
}

template <typename Number, typename Out>
PANTOGRAPH_INLINE void product(const Number* weights, std::int64_t inner, std::int64_t begin, std::int64_t end,
                               const float* x, std::int64_t rows, const float* bias, Out* out, std::int64_t stride) {
  for (std::int64_t i = begin; i < end; i += kTogether) {
    const std::int64_t count = std::min<std::int64_t>(kTogether, end - i);
    for (std::int64_t row = 0; row < rows; ++row) {
      float sums[kTogether];
      if (count == kTogether) {
        dots<kTogether>(weights + i * inner, inner, x + row * inner, sums);
      } else {
        for (std::int64_t k = 0; k < count; ++k) dots<1>(weights + (i + k) * inner, inner, x + row * inner, sums + k);
      }
      for (std::int64_t k = 0; k < count; ++k)
        store(out + row * stride + i + k, sums[k] + (bias != nullptr ? bias[i + k] : 0.0F));
    }
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
    scores[t] = scale * total(lanes);
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
