// SPDX-License-Identifier: GPL-3.0-or-later
// fp32 numbers as the types of other programs' files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pantograph::exchange {

enum class NumberType { f32, f16, bf16, q8_0 };
inline constexpr NumberType kNumberTypes[] = {NumberType::f32, NumberType::f16, NumberType::bf16, NumberType::q8_0};
NumberType number_type(const std::string& name);  ///< Error(usage) for another name than those above
const char* name_of(NumberType type);

/// Numbers in a block of q8_0, which share a scale.
inline constexpr std::size_t kBlock = 32;

/// To nearest, ties to even; beyond the largest number infinity; a NaN stays one.
std::uint16_t to_f16(float value);
std::uint16_t to_bf16(float value);
float from_f16(std::uint16_t bits);

/// The bytes of numbers, little endian. q8_0: blocks of an f16 scale d = max|x| / 127 and 32 signed bytes round(x / d);
/// the count has to be a multiple of 32.
std::vector<std::byte> encode(const float* values, std::size_t count, NumberType type);
/// Bytes that so many numbers take; the count is at most 2^60.
std::uint64_t encoded_size(std::uint64_t count, NumberType type);
/// The numbers of encoded_size() bytes: exact, of q8_0 the products of scale and whole number rounded to fp32.
void decode(const std::byte* bytes, std::size_t count, NumberType type, float* values);

}  // namespace pantograph::exchange
