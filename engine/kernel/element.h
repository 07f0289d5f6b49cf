// SPDX-License-Identifier: GPL-3.0-or-later
// What the loops of this room share: numbers in fp32 or bf16, an exponential that vectorizes. For this room's sources
// only.
#pragma once

#include <bit>
#include <cstdint>

#include "base/clones.h"

#define PANTOGRAPH_INLINE inline __attribute__((always_inline))

namespace pantograph::kernel {

/// The bits of a bf16 number.
using Half = std::uint16_t;

/// Sums keep this many partial sums, so that their order does not depend on the vector length.
inline constexpr int kLanes = 16;

PANTOGRAPH_INLINE float load(const float* x) {
  return *x;
}
PANTOGRAPH_INLINE float load(const Half* x) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(*x) << 16);
}
PANTOGRAPH_INLINE void store(float* x, float value) {
  *x = value;
}
/// A NaN's upper half with a bit set that rounding or cutting off might have lost.
PANTOGRAPH_INLINE Half half_nan(std::uint32_t bits) {
  return static_cast<Half>(bits >> 16 | 0x40U);
}
PANTOGRAPH_INLINE bool is_nan(std::uint32_t bits) {
  return (bits & 0x7fffffffU) > 0x7f800000U;
}
PANTOGRAPH_INLINE void store(Half* x, float value) {  // to nearest, ties to even
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto rounded = static_cast<Half>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
  *x = is_nan(bits) ? half_nan(bits) : rounded;
}

PANTOGRAPH_INLINE float total(const float* lanes) {
  float sum = 0;
  for (int i = 0; i < kLanes; ++i) sum += lanes[i];
  return sum;
}

/// exp(x) for x ≤ 0 to 2 units in the last place: 2^n·e^r with |r| ≤ ln(2)/2; 0 below the smallest normal number.
PANTOGRAPH_INLINE float exp_nonpositive(float x) {
  constexpr float kRound = 12582912.0F;  // 1.5·2^23: adding it rounds to a whole number
  const float clamped = x < -87.0F ? -87.0F : x;
  const float shifted = clamped * 1.44269504F + kRound;
  const float n = shifted - kRound;
  const float r = (clamped - n * 0.693359375F) + n * 2.12194440e-4F;
  float p = 1.0F / 5040;
  p = p * r + 1.0F / 720;
  p = p * r + 1.0F / 120;
  p = p * r + 1.0F / 24;
  p = p * r + 1.0F / 6;
  p = p * r + 0.5F;
  p = p * r + 1.0F;
  p = p * r + 1.0F;
  const std::int32_t exponent = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kRound);
  const float scale = std::bit_cast<float>((exponent + 127) << 23);
  return x < -87.0F ? 0.0F : p * scale;
}

}  // namespace pantograph::kernel
