// SPDX-License-Identifier: GPL-3.0-or-later
// The arithmetic of Adam on plain memory. Fixed chunks and fixed orders of summation: the result is the same for every
// number of threads and every instruction set.
#pragma once

#include <cstddef>
#include <vector>

namespace pantograph::kernel {

/// Elements that one thread handles at a time; the unit of the deterministic sum.
inline constexpr std::size_t kAdamChunk = 16384;

/// One consecutive piece of a parameter with its gradient and moments. At most kAdamChunk elements.
struct AdamChunk {
  float* value = nullptr;
  const float* gradient = nullptr;  ///< null: zero
  float* first = nullptr;
  float* second = nullptr;
  std::size_t count = 0;
  int group = 0;  ///< index into the coefficients
};

/// One step's numbers for parameters that share a learning-rate factor and a decay.
struct AdamCoefficients {
  float scale = 1;  ///< of the gradient (clipping)
  float beta1 = 0.9F, beta2 = 0.999F;
  float step_size = 0;     ///< rate / (1 - beta1^t)
  float inverse_root = 1;  ///< 1 / sqrt(1 - beta2^t)
  float epsilon = 1e-8F;
  float keep = 1;  ///< 1 - rate · decay
};

/// Σ gradient², accumulated in double: lanes within a chunk, then chunk by chunk.
double sum_of_squares(const std::vector<AdamChunk>& chunks, int threads);

/// One step of Adam (Kingma and Ba, 2015) with decoupled decay (Loshchilov and Hutter, 2019) in one pass over the
/// memory.
void adam_update(const std::vector<AdamChunk>& chunks, const std::vector<AdamCoefficients>& groups, int threads);

}  // namespace pantograph::kernel
