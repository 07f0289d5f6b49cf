// SPDX-License-Identifier: GPL-3.0-or-later
// What happens to one row, inlined into each copy of the loops in rows.cpp.
#pragma once

#include <cmath>
#include <cstring>

#include "kernel/rows.h"

namespace pantograph::kernel {

/// Φ(x) of the normal distribution and its density, from one exponential: erfc by Abramowitz and Stegun 7.1.26.
struct Normal {
  float cumulative, density;
};
PANTOGRAPH_INLINE Normal normal(float x) {
  const float e = exp_nonpositive(-0.5F * x * x);
  const float t = 1.0F / (1.0F + 0.3275911F * 0.70710678F * std::fabs(x));
  float p = 1.061405429F;
  p = p * t - 1.453152027F;
  p = p * t + 1.421413741F;
  p = p * t - 0.284496736F;
  p = p * t + 0.254829592F;
  const float tail = 0.5F * p * t * e;  // Φ(−|x|)
  return {x < 0 ? tail : 1.0F - tail, 0.39894228F * e};
}

/// 1/(1 + e^(−x)).
PANTOGRAPH_INLINE float logistic(float x) {
  const float e = exp_nonpositive(-std::fabs(x));
  return (x < 0 ? e : 1.0F) / (1.0F + e);
}

/// The tanh form of Φ and of its density: Φ = logistic(2u), u = √(2/π)·(x + 0.044715·x³).
PANTOGRAPH_INLINE Normal normal_tanh(float x) {
  const float cumulative = logistic(1.59576912F * x * (1.0F + 0.044715F * x * x));
  return {cumulative, cumulative * (1.0F - cumulative) * 1.59576912F * (1.0F + 3 * 0.044715F * x * x)};
}

/// LayerNorm, or RMSNorm: the same with a mean of 0 and no bias.
template <bool rms, typename T>
PANTOGRAPH_INLINE void norm_forward_row(const float* x, const T* added, int width, Norm norm, float* sum, T* out,
                                        float* statistics) {
  float lanes[kLanes] = {};
  int j = 0;
  if (added != nullptr) {
#pragma GCC ivdep
    for (j = 0; j < width; ++j) sum[j] = x[j] + load(added + j);
  } else if (sum != x) {
    std::memcpy(sum, x, sizeof(float) * static_cast<std::size_t>(width));
  }
  float mean = 0;
  if constexpr (!rms) {
    for (j = 0; j + kLanes <= width; j += kLanes) {
      for (int i = 0; i < kLanes; ++i) lanes[i] += sum[j + i];
    }
    for (; j < width; ++j) lanes[0] += sum[j];
    mean = total(lanes) / static_cast<float>(width);
    for (float& lane : lanes) lane = 0;
  }
  for (j = 0; j + kLanes <= width; j += kLanes) {
    for (int i = 0; i < kLanes; ++i) {
      const float d = sum[j + i] - mean;
      lanes[i] += d * d;
    }
  }
  for (; j < width; ++j) lanes[0] += (sum[j] - mean) * (sum[j] - mean);
  const float inverse = 1.0F / std::sqrt(total(lanes) / static_cast<float>(width) + 1e-5F);
#pragma GCC ivdep
  for (j = 0; j < width; ++j) store(out + j, (sum[j] - mean) * inverse * norm.weight[j] + (rms ? 0.0F : norm.bias[j]));
  statistics[0] = mean;
  statistics[1] = inverse;
}

template <bool rms, typename T>
PANTOGRAPH_INLINE void norm_backward_row(const T* gradient, const float* x, const float* statistics,
                                         const float* weight, int width, bool first, float* residual, T* residual_low,
                                         float* sums) {
  const float mean = statistics[0], inverse = statistics[1];
  float a[kLanes] = {}, b[kLanes] = {};  // Σ g·w and Σ g·w·x̂
  int j = 0;
  for (; j + kLanes <= width; j += kLanes) {
    for (int i = 0; i < kLanes; ++i) {
      const float g = load(gradient + j + i) * weight[j + i];
      a[i] += g;
      b[i] += g * (x[j + i] - mean) * inverse;
    }
  }
  for (; j < width; ++j) {
    const float g = load(gradient + j) * weight[j];
    a[0] += g;
    b[0] += g * (x[j] - mean) * inverse;
  }
  const float mean_a = rms ? 0.0F : total(a) / static_cast<float>(width), mean_b = total(b) / static_cast<float>(width);
  float* const weight_sums = sums;
  float* const bias_sums = sums + width;
  float* const result_sums = sums + 2 * static_cast<std::int64_t>(width);
#pragma GCC ivdep
  for (j = 0; j < width; ++j) {
    const float g = load(gradient + j), normed = (x[j] - mean) * inverse;
    weight_sums[j] += g * normed;
    bias_sums[j] += g;
    const float d = inverse * (g * weight[j] - mean_a - normed * mean_b) + (first ? 0.0F : residual[j]);
    residual[j] = d;
    result_sums[j] += d;
    if (residual_low != nullptr) store(residual_low + j, d);
  }
}

/// gradient *= gelu'(v) = Φ(v) + v·φ(v); sum gains it.
template <typename T>
PANTOGRAPH_INLINE void gelu_gradient(float v, const Normal& n, T* gradient, float* sum) {
  const float d = load(gradient) * (n.cumulative + v * n.density);
  store(gradient, d);
  *sum += d;
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
PANTOGRAPH_INLINE void softmax_nll_row(T* x, std::int64_t size, std::int64_t target, float* nll, bool gradient,
                                       float scale) {
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
  const float factor = scale / sum;
  const float own = exp_nonpositive(wanted) * factor - scale;
#pragma GCC ivdep
  for (j = 0; j < size; ++j) store(x + j, exp_nonpositive(load(x + j) - highest) * factor);
  store(x + target, own);
}

template <typename T>
PANTOGRAPH_INLINE void causal_row(const float* s, int seen, int keys, float scale, T* out, float* inverse,
                                  float* log_sum) {
  const float highest = row_max(s, seen) * scale;
  float lanes[kLanes] = {};
  int j = 0;
  for (; j + kLanes <= seen; j += kLanes) {
    for (int i = 0; i < kLanes; ++i) {
      const float e = exp_nonpositive(s[j + i] * scale - highest);
      lanes[i] += e;
      store(out + j + i, e);
    }
  }
  for (; j < seen; ++j) {
    const float e = exp_nonpositive(s[j] * scale - highest);
    lanes[0] += e;
    store(out + j, e);
  }
  for (; j < keys; ++j) store(out + j, 0.0F);
  const float sum = total(lanes);
  *inverse = 1.0F / sum;
  *log_sum = highest + std::log(sum);
}

template <typename T>
PANTOGRAPH_INLINE void causal_row_backward(const float* s, const float* dp, int seen, int keys, float scale,
                                           float log_sum, float dot, T* p, T* ds) {
  int j = 0;
#pragma GCC ivdep
  for (; j < seen; ++j) {
    const float e = exp_nonpositive(s[j] * scale - log_sum);
    store(p + j, e);
    store(ds + j, scale * e * (dp[j] - dot));
  }
  for (; j < keys; ++j) {
    store(p + j, 0.0F);
    store(ds + j, 0.0F);
  }
}

}  // namespace pantograph::kernel
