// SPDX-License-Identifier: GPL-3.0-or-later
// The numbers of the GGUF format, for its reader and its writer. Format: the ggml project's docs/gguf.md. Private to
// this room.
#pragma once

#include <cstdint>

#include "exchange/number_types.h"

namespace pantograph::exchange {

inline constexpr const char* kGgufMagic = "GGUF";
inline constexpr std::uint32_t kGgufVersion = 3;     // 2 differs in nothing that is read here
inline constexpr std::uint64_t kGgufAlignment = 32;  // of the data, and of each tensor within it, unless a key says so
inline constexpr std::uint32_t kMostDimensions = 4;

/// Of a value behind a key.
enum class GgufValueType : std::uint32_t {
  u8 = 0,
  i8 = 1,
  u16 = 2,
  i16 = 3,
  u32 = 4,
  i32 = 5,
  f32 = 6,
  boolean = 7,
  text = 8,
  list = 9,
  u64 = 10,
  i64 = 11,
  f64 = 12
};

/// Numbers of the format for a type: of a tensor, and as general.file_type, of a file most of whose matrices have it.
struct GgufType {
  std::uint32_t tensor = 0, file = 0;
};
constexpr GgufType gguf_type(NumberType type) {
  switch (type) {
    case NumberType::f32:
      return {0, 0};
    case NumberType::f16:
      return {1, 1};
    case NumberType::q8_0:
      return {8, 7};
    case NumberType::bf16:
      return {30, 32};
  }
  return {};
}

constexpr std::uint64_t aligned(std::uint64_t size, std::uint64_t alignment = kGgufAlignment) {
  return (size + alignment - 1) / alignment * alignment;
}

}  // namespace pantograph::exchange
