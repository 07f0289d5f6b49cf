// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/number_types.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/error.h"

namespace pantograph::exchange {
namespace {

template <typename T>
void put(std::byte*& to, T value) {
  std::memcpy(to, &value, sizeof value);
  to += sizeof value;
}

template <typename T>
T take(const std::byte*& from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  from += sizeof value;
  return value;
}

void put_block(const float* values, std::byte*& to) {
  float highest = 0;
  for (std::size_t i = 0; i < kBlock; ++i) highest = std::max(highest, std::fabs(values[i]));
  const std::uint16_t scale = to_f16(highest / 127.0F);
  const float inverse = highest == 0 ? 0.0F : 127.0F / highest;
  put(to, scale);
  for (std::size_t i = 0; i < kBlock; ++i) put(to, static_cast<std::int8_t>(std::lround(values[i] * inverse)));
}

}  // namespace

const char* name_of(NumberType type) {
  switch (type) {
    case NumberType::f32:
      return "f32";
    case NumberType::f16:
      return "f16";
    case NumberType::bf16:
      return "bf16";
    case NumberType::q8_0:
      return "q8_0";
  }
  return "";
}

NumberType number_type(const std::string& name) {
  for (const NumberType type : kNumberTypes) {
    if (name == name_of(type)) return type;
  }
  throw Error(ErrorKind::usage, {"numbers of type \"" + name + "\"", "export", "f32, f16, bf16 or q8_0", ""});
}

std::uint16_t to_f16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000U);
  const std::uint32_t size = bits & 0x7FFFFFFFU;
  if (size > 0x7F800000U) return static_cast<std::uint16_t>(sign | 0x7E00U);   // NaN
  if (size >= 0x477FF000U) return static_cast<std::uint16_t>(sign | 0x7C00U);  // rounds to 65,536 or more
  if (size < 0x38800000U) {                                                    // below 2⁻¹⁴: steps of 2⁻²⁴
    const float steps = std::bit_cast<float>(size) * 16777216.0F;
    return static_cast<std::uint16_t>(sign | static_cast<std::uint32_t>(std::nearbyint(steps)));
  }
  const std::uint32_t rounded = size + 0xFFFU + (size >> 13 & 1U);
  return static_cast<std::uint16_t>(sign | (rounded - 0x38000000U) >> 13);
}

std::uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7FFFFFFFU) > 0x7F800000U) return static_cast<std::uint16_t>(bits >> 16 | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16);
}

float from_f16(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
  const std::uint32_t exponent = bits >> 10 & 0x1FU, fraction = bits & 0x3FFU;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000U | fraction << 13);
  if (exponent == 0) {
    const float size = static_cast<float>(fraction) / 16777216.0F;
    return sign != 0 ? -size : size;
  }
  return std::bit_cast<float>(sign | (exponent + 112U) << 23 | fraction << 13);
}

std::vector<std::byte> encode(const float* values, std::size_t count, NumberType type) {
  std::vector<std::byte> out(encoded_size(count, type));
  std::byte* to = out.data();
  if (type == NumberType::q8_0) {
    for (std::size_t i = 0; i + kBlock <= count; i += kBlock) put_block(values + i, to);
    return out;
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (type == NumberType::f32) {
      put(to, values[i]);
    } else {
      put(to, type == NumberType::f16 ? to_f16(values[i]) : to_bf16(values[i]));
    }
  }
  return out;
}

std::uint64_t encoded_size(std::uint64_t count, NumberType type) {
  if (type == NumberType::q8_0) return count / kBlock * (sizeof(std::uint16_t) + kBlock);
  return count * (type == NumberType::f32 ? sizeof(float) : sizeof(std::uint16_t));
}

void decode(const std::byte* bytes, std::size_t count, NumberType type, float* values) {
  if (type == NumberType::f32) {
    std::memcpy(values, bytes, count * sizeof(float));
    return;
  }
  if (type == NumberType::q8_0) {
    for (std::size_t i = 0; i + kBlock <= count; i += kBlock) {
      const float scale = from_f16(take<std::uint16_t>(bytes));
      for (std::size_t j = 0; j < kBlock; ++j) values[i + j] = scale * take<std::int8_t>(bytes);
    }
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = take<std::uint16_t>(bytes);
    values[i] = type == NumberType::f16 ? from_f16(bits) : std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
  }
}

}  // namespace pantograph::exchange
