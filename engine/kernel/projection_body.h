// SPDX-License-Identifier: GPL-3.0-or-later
// What happens to one chunk of columns of T, inlined into a copy for each processor family. For projection.cpp only.
#pragma once

#include <cmath>
#include <cstring>

#include "kernel/element.h"
#include "kernel/projection.h"

namespace pantograph::kernel {

/// Columns at a time: what a few experts need of them stays in the first-level cache.
inline constexpr std::size_t kColumns = 512;

/// One row of T for some experts: out[e] (+)= c[e]·x, four experts at a time.
PANTOGRAPH_INLINE void add_scaled(const float* __restrict x, std::size_t count, const float* c, std::size_t c_stride,
                                  int experts, float* __restrict out) {
  int e = 0;
  for (; e + 4 <= experts; e += 4) {
    const float c0 = c[0], c1 = c[c_stride], c2 = c[2 * c_stride], c3 = c[3 * c_stride];
    float* __restrict o0 = out + static_cast<std::size_t>(e) * kColumns;
    float* __restrict o1 = o0 + kColumns;
    float* __restrict o2 = o1 + kColumns;
    float* __restrict o3 = o2 + kColumns;
#pragma GCC ivdep
    for (std::size_t j = 0; j < count; ++j) {
      o0[j] += c0 * x[j];
      o1[j] += c1 * x[j];
      o2[j] += c2 * x[j];
      o3[j] += c3 * x[j];
    }
    c += 4 * c_stride;
  }
  for (; e < experts; ++e, c += c_stride) {
    const float c0 = c[0];
    float* __restrict o = out + static_cast<std::size_t>(e) * kColumns;
#pragma GCC ivdep
    for (std::size_t j = 0; j < count; ++j) o[j] += c0 * x[j];
  }
}

/// Asks for a row that comes soon: rows are too short for the processor to see the stream.
PANTOGRAPH_INLINE void ask_for(const void* from, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; i += 64) __builtin_prefetch(static_cast<const char*>(from) + i);
}

PANTOGRAPH_INLINE void store_formed(const float* from, std::size_t count, int experts, std::size_t size,
                                    std::size_t column, const Formed& out) {
  for (int e = 0; e < experts; ++e) {
    const std::size_t at = static_cast<std::size_t>(e) * size + column;
    const float* __restrict w = from + static_cast<std::size_t>(e) * kColumns;
    if (out.half) {
      Half* __restrict to = static_cast<Half*>(out.values) + at;
      for (std::size_t j = 0; j < count; ++j) store(to + j, w[j]);
    } else {
      std::memcpy(static_cast<float*>(out.values) + at, w, count * sizeof(float));
    }
  }
}

PANTOGRAPH_INLINE void form_body(const Planes& t, const float* c, int experts, const Formed& out, std::size_t column,
                                 std::size_t count, float* scratch) {
  std::memset(scratch, 0, sizeof(float) * kColumns * static_cast<std::size_t>(experts));
  for (int r = 0; r < t.h; ++r) {
    const float* x = t.values + static_cast<std::size_t>(r) * t.size + column;
    if (r + 1 < t.h) ask_for(x + t.size, count * sizeof(float));
    add_scaled(x, count, c + r, static_cast<std::size_t>(t.h), experts, scratch);
  }
  store_formed(scratch, count, experts, t.size, column, out);
}

using Lanes [[gnu::vector_size(64), gnu::aligned(4), gnu::may_alias]] = float;

/// out[i] += ⟨x, y[i]⟩ for N rows y that lie `stride` apart: two sums of 16 lanes for each, the rest one by one.
template <int N>
PANTOGRAPH_INLINE void dots(const float* x, const float* y, std::size_t stride, std::size_t count, double* out,
                            std::size_t out_stride) {
  Lanes sums[N][2] = {};
  std::size_t j = 0;
  for (; j + 32 <= count; j += 32) {
    const Lanes a = *reinterpret_cast<const Lanes*>(x + j), b = *reinterpret_cast<const Lanes*>(x + j + 16);
    for (int i = 0; i < N; ++i) {
      const float* row = y + static_cast<std::size_t>(i) * stride + j;
      sums[i][0] += a * *reinterpret_cast<const Lanes*>(row);
      sums[i][1] += b * *reinterpret_cast<const Lanes*>(row + 16);
    }
  }
  for (int i = 0; i < N; ++i) {
    double sum = 0;
    for (int lane = 0; lane < 16; ++lane) sum += static_cast<double>(sums[i][0][lane]) + sums[i][1][lane];
    for (std::size_t rest = j; rest < count; ++rest)
      sum += static_cast<double>(x[rest]) * y[static_cast<std::size_t>(i) * stride + rest];
    out[static_cast<std::size_t>(i) * out_stride] += sum;
  }
}

PANTOGRAPH_INLINE void dots_all(const float* x, const float* y, std::size_t stride, std::size_t count, int rows,
                                double* out, std::size_t out_stride) {
  int i = 0;
  for (; i + 4 <= rows; i += 4)
    dots<4>(x, y + static_cast<std::size_t>(i) * stride, stride, count, out + static_cast<std::size_t>(i) * out_stride,
            out_stride);
  for (; i < rows; ++i)
    dots<1>(x, y + static_cast<std::size_t>(i) * stride, stride, count, out + static_cast<std::size_t>(i) * out_stride,
            out_stride);
}

/// dc: [experts, h], gram: [experts, experts], both added to.
PANTOGRAPH_INLINE void gradients_body(const Planes& t, const float* dw, int experts, std::size_t column,
                                      std::size_t count, double* dc, double* gram) {
  const auto e = static_cast<std::size_t>(experts);
  for (int r = 0; r < t.h; ++r) {
    if (r + 1 < t.h) ask_for(t.values + static_cast<std::size_t>(r + 1) * t.size + column, count * sizeof(float));
    dots_all(t.values + static_cast<std::size_t>(r) * t.size + column, dw + column, t.size, count, experts, dc + r,
             static_cast<std::size_t>(t.h));
  }
  for (std::size_t a = 0; a < e; ++a)
    dots_all(dw + a * t.size + column, dw + column, t.size, count, experts, gram + a * e, 1);
}

/// 32 random bits for a number of T: the finalizer of MurmurHash3 on a counter.
PANTOGRAPH_INLINE std::uint32_t noise(std::uint32_t counter) {
  counter ^= counter >> 16;
  counter *= 0x85ebca6bU;
  counter ^= counter >> 13;
  counter *= 0xc2b2ae35U;
  return counter ^ counter >> 16;
}

/// To bf16, up or down with probabilities that keep the mean: 16 random bits are added below what is kept.
PANTOGRAPH_INLINE Half round_stochastic(float value, std::uint32_t bits16) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto rounded = static_cast<Half>((bits + bits16) >> 16);
  return is_nan(bits) ? half_nan(bits) : rounded;
}

template <bool kHalfMoments>
PANTOGRAPH_INLINE void update_body(const Planes& t, const Moments& moments, const float* c, const float* dw,
                                   int experts, const TUpdate& given, const float* next_c, int next_experts,
                                   const Formed& out, std::size_t column, std::size_t count, float* scratch) {
  const AdamCoefficients u =
      given.adam;  // a copy that the stores below cannot change: without it nothing is vectorized
  float* __restrict g = scratch;
  float* formed = scratch + kColumns;
  std::memset(formed, 0, sizeof(float) * kColumns * static_cast<std::size_t>(next_experts));
  const float rest1 = 1.0F - u.beta1, rest2 = 1.0F - u.beta2;
  const auto h = static_cast<std::size_t>(t.h);
  for (std::size_t r = 0; r < h; ++r) {
    const std::size_t at = r * t.size + column;
    float* __restrict x = t.values + at;
    if (r + 1 < h) {
      constexpr std::size_t moment = kHalfMoments ? sizeof(Half) : sizeof(float);
      ask_for(x + t.size, count * sizeof(float));
      ask_for(static_cast<const char*>(moments.first) + (at + t.size) * moment, count * moment);
      ask_for(static_cast<const char*>(moments.second) + (at + t.size) * moment, count * moment);
    }
    std::memset(g, 0, sizeof(float) * count);
    for (int e = 0; e < experts; ++e) {
      const float factor = c[static_cast<std::size_t>(e) * h + r] * u.scale;
      const float* __restrict d = dw + static_cast<std::size_t>(e) * t.size + column;
      for (std::size_t j = 0; j < count; ++j) g[j] += factor * d[j];
    }
    if constexpr (kHalfMoments) {
      Half* __restrict first = static_cast<Half*>(moments.first) + at;
      Half* __restrict second = static_cast<Half*>(moments.second) + at;
      const auto counter =
          static_cast<std::uint32_t>(at) * 0x9e3779b9U + static_cast<std::uint32_t>(given.seed ^ given.seed >> 32);
#pragma GCC ivdep
      for (std::size_t j = 0; j < count; ++j) {
        const float m = u.beta1 * load(first + j) + rest1 * g[j];
        const float v = u.beta2 * load(second + j) + rest2 * g[j] * g[j];
        const std::uint32_t bits = noise(counter + static_cast<std::uint32_t>(j) * 0x9e3779b9U);
        first[j] = round_stochastic(m, bits & 0xffffU);
        second[j] = round_stochastic(v, bits >> 16);
        x[j] = x[j] * u.keep - u.step_size * (m / (std::sqrt(v) * u.inverse_root + u.epsilon));
      }
    } else {
      float* __restrict first = static_cast<float*>(moments.first) + at;
      float* __restrict second = static_cast<float*>(moments.second) + at;
#pragma GCC ivdep
      for (std::size_t j = 0; j < count; ++j) {
        const float m = u.beta1 * first[j] + rest1 * g[j];
        const float v = u.beta2 * second[j] + rest2 * g[j] * g[j];
        first[j] = m;
        second[j] = v;
        x[j] = x[j] * u.keep - u.step_size * (m / (std::sqrt(v) * u.inverse_root + u.epsilon));
      }
    }
    if (next_experts > 0) add_scaled(x, count, next_c + r, h, next_experts, formed);
  }
  if (next_experts > 0) store_formed(formed, count, next_experts, t.size, column, out);
}

}  // namespace pantograph::kernel
