// SPDX-License-Identifier: GPL-3.0-or-later
#include "parquet/levels.h"

#include <algorithm>

namespace pantograph::parquet {

Runs::Runs(std::string_view bytes, unsigned width) : in_(bytes), width_(width) {
  if (width > 32) throw Damaged("indices of " + std::to_string(width) + " bits");
}

void Runs::open() {
  const std::uint64_t head = in_.varint();
  is_packed_ = (head & 1) != 0;
  left_ = head >> 1;
  if (is_packed_) {
    if (left_ > std::uint64_t{1} << 32) throw Damaged("a run of too many numbers");
    // Some writers leave out the end of the last group, which no number needs.
    packed_ = in_.take(std::min<std::uint64_t>(left_ * width_, in_.left()));
    left_ *= 8;
    bit_ = 0;
  } else {
    value_ = 0;
    for (unsigned shift = 0; shift < width_; shift += 8) value_ |= static_cast<std::uint32_t>(in_.byte()) << shift;
  }
}

std::uint32_t Runs::next() {
  while (left_ == 0) open();
  --left_;
  if (!is_packed_) return value_;
  const std::uint64_t bit = bit_;
  bit_ += width_;
  return static_cast<std::uint32_t>(packed_bits(packed_, bit, width_));
}

}  // namespace pantograph::parquet
