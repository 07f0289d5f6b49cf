// SPDX-License-Identifier: GPL-3.0-or-later
// Reads numbers and bytes out of a piece of a Parquet file, never past its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace pantograph::parquet {

/// What is wrong in a file; the reader adds the place.
struct Damaged : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// The bytes end before what they hold does.
struct Cut : Damaged {
  Cut() : Damaged("the data ends too soon") {}
};
/// Sound as far as one can see, but not among what is read here.
struct Unsupported : Damaged {
  using Damaged::Damaged;
};

class Cursor {
 public:
  explicit Cursor(std::string_view bytes = {}) : bytes_(bytes) {}

  std::size_t at() const { return at_; }
  std::size_t left() const { return bytes_.size() - at_; }
  std::string_view rest() const { return bytes_.substr(at_); }

  std::string_view take(std::uint64_t bytes) {
    if (bytes > left()) throw Cut();
    const std::string_view out = bytes_.substr(at_, bytes);
    at_ += bytes;
    return out;
  }
  std::uint8_t byte() {
    if (at_ == bytes_.size()) throw Cut();
    return static_cast<std::uint8_t>(bytes_[at_++]);
  }
  std::uint32_t little32() {
    const std::string_view four = take(4);
    std::uint32_t out = 0;
    for (int i = 3; i >= 0; --i) out = out << 8 | static_cast<std::uint8_t>(four[static_cast<std::size_t>(i)]);
    return out;
  }
  /// Seven bits a byte, the lowest first.
  std::uint64_t varint() {
    std::uint64_t out = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t next = byte();
      out |= static_cast<std::uint64_t>(next & 0x7f) << shift;
      if (next < 0x80) return out;
    }
    throw Damaged("a number of more than 64 bits");
  }
  std::int64_t zigzag() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>(value >> 1 ^ (0 - (value & 1)));
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

/// `width` (0 to 64) bits that begin at bit `first`, the lowest bits of a byte first; Cut past the end.
inline std::uint64_t packed_bits(std::string_view bytes, std::uint64_t first, unsigned width) {
  if (width == 0) return 0;
  if ((first + width + 7) / 8 > bytes.size()) throw Cut();
  std::uint64_t out = 0;
  for (unsigned done = 0; done < width;) {
    const std::uint64_t bit = first + done;
    const auto shift = static_cast<unsigned>(bit % 8);
    out |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(bytes[bit / 8]) >> shift) << done;
    done += 8 - shift;
  }
  return width == 64 ? out : out & ((std::uint64_t{1} << width) - 1);
}

}  // namespace pantograph::parquet
