// SPDX-License-Identifier: GPL-3.0-or-later
// Rotary positions (Su et al., arXiv 2104.09864): numbers i and i + size/2 of a head, as a point of the plane, are
// turned by position·base^(−2i/size).
#pragma once

#include <cstdint>

#include "kernel/buffer.h"
#include "kernel/rows.h"

namespace pantograph::kernel {

class Rotary {
 public:
  /// base 0: nothing is turned.
  Rotary(int context, int size, int base);

  enum Direction { forward, backward };  ///< backward: of gradients, by the opposite angles
  /// Turns consecutive heads of one token.
  template <typename Number>
  void turn(Number* x, std::int64_t position, int heads, Direction direction) const {
    if (turns_) turn_heads(x, heads, size_, table_.data() + position * size_, direction == forward ? 1.0F : -1.0F);
  }

 private:
  int size_;
  bool turns_;
  Buffer<float> table_;  // [context, size]: a position's cosines, then its sines
};

}  // namespace pantograph::kernel
