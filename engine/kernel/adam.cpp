// SPDX-License-Identifier: GPL-3.0-or-later
// The arithmetic of Adam on plain memory: loops that the compiler vectorises, compiled once per instruction set.
// Compiled without contraction to fused multiply-add, so that all of them give the same bits.
#include "kernel/adam.h"

#include <cmath>
#include <cstdint>

#include "kernel/element.h"

namespace pantograph::kernel {
namespace {

PANTOGRAPH_CLONES double squares(const float* __restrict gradient, std::size_t count) {
  constexpr std::size_t kWide = kLanes;
  double lanes[kWide] = {};
  std::size_t i = 0;
  for (; i + kWide <= count; i += kWide) {
    for (std::size_t j = 0; j < kWide; ++j) {
      const double g = gradient[i + j];
      lanes[j] += g * g;
    }
  }
  for (std::size_t j = 0; i < count; ++i, ++j) lanes[j] += static_cast<double>(gradient[i]) * gradient[i];
  double sum = 0;
  for (double lane : lanes) sum += lane;
  return sum;
}

PANTOGRAPH_CLONES void update(const AdamChunk& chunk, const AdamCoefficients& given) {
  const AdamCoefficients c = given;  // a copy that the stores below cannot change: without it nothing is vectorised
  const std::size_t count = chunk.count;
  float* __restrict value = chunk.value;
  const float* __restrict gradient = chunk.gradient;
  float* __restrict first = chunk.first;
  float* __restrict second = chunk.second;
  const float rest1 = 1.0F - c.beta1, rest2 = 1.0F - c.beta2;
  for (std::size_t i = 0; i < count; ++i) {
    const float g = gradient[i] * c.scale;
    const float m = c.beta1 * first[i] + rest1 * g;
    const float v = c.beta2 * second[i] + rest2 * g * g;
    first[i] = m;
    second[i] = v;
    value[i] = value[i] * c.keep - c.step_size * (m / (std::sqrt(v) * c.inverse_root + c.epsilon));
  }
}

const float* zeros() {
  static const std::vector<float> values(kAdamChunk, 0.0F);
  return values.data();
}

}  // namespace

double sum_of_squares(const std::vector<AdamChunk>& chunks, int threads) {
  std::vector<double> parts(chunks.size(), 0.0);
  const auto count = static_cast<std::int64_t>(chunks.size());
#pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1)
  for (std::int64_t i = 0; i < count; ++i) {
    const AdamChunk& chunk = chunks[static_cast<std::size_t>(i)];
    if (chunk.gradient) parts[static_cast<std::size_t>(i)] = squares(chunk.gradient, chunk.count);
  }
  double sum = 0;
  for (double part : parts) sum += part;
  return sum;
}

void adam_update(const std::vector<AdamChunk>& chunks, const std::vector<AdamCoefficients>& groups, int threads) {
  const float* none = zeros();
  const auto count = static_cast<std::int64_t>(chunks.size());
#pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1)
  for (std::int64_t i = 0; i < count; ++i) {
    AdamChunk chunk = chunks[static_cast<std::size_t>(i)];
    if (!chunk.gradient) chunk.gradient = none;
    update(chunk, groups[static_cast<std::size_t>(chunk.group)]);
  }
}

}  // namespace pantograph::kernel
