// SPDX-License-Identifier: GPL-3.0-or-later
#include "kernel/rotary.h"

#include <cmath>

namespace pantograph::kernel {

Rotary::Rotary(int context, int size, int base) : size_(size), turns_(base > 0) {
  if (!turns_) return;
  const int half = size / 2;
  float* row = table_.ensure(static_cast<std::size_t>(context) * static_cast<std::size_t>(size));
  for (int position = 0; position < context; ++position, row += size) {
    for (int i = 0; i < half; ++i) {
      const double angle = position * std::pow(static_cast<double>(base), -2.0 * i / size);
      row[i] = static_cast<float>(std::cos(angle));
      row[half + i] = static_cast<float>(std::sin(angle));
    }
  }
}

}  // namespace pantograph::kernel
