// SPDX-License-Identifier: GPL-3.0-or-later
// Loops over rows of floats that the compiler vectorizes once for each processor family; the right one is picked when
// the program starts. Each has a plain counterpart in its tests.
#pragma once

#include <cstdint>

namespace pantograph::kernels {

/// Softmax and negative log-likelihood of rows of logits, in place. For each row: nll[row] = −log softmax(x)[target]; a
/// negative target gives 0. With `gradient` a row becomes softmax(x) − onehot(target), or 0 for a negative target;
/// without, its content is undefined. logits: [rows, size].
void softmax_nll(float* logits, std::int64_t rows, std::int64_t size, const std::int64_t* targets, float* nll,
                 bool gradient);
/// The same for bf16 given as its bits; sums are in fp32.
void softmax_nll_bf16(std::uint16_t* logits, std::int64_t rows, std::int64_t size, const std::int64_t* targets,
                      float* nll, bool gradient);

}  // namespace pantograph::kernels
