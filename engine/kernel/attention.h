// SPDX-License-Identifier: GPL-3.0-or-later
// Causal multi-head attention, blocks of queries at a time: the scores never leave the cache, and the backward pass
// computes them again.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/buffer.h"
#include "kernel/product.h"
#include "kernel/rows.h"

namespace pantograph::kernel {

struct AttentionShape {
  int rows = 0, context = 0, heads = 0, size = 0;  ///< size: of a head
};

/// Number: float or Half. Tokens are in the order [rows, context]; qkv: [tokens, 3·heads·size], q before k before v.
template <typename Number>
class Attention {
 public:
  explicit Attention(int threads);
  /// out: [tokens, heads·size]; log_sum: [rows, heads, context], for the backward pass.
  void forward(const AttentionShape& shape, const Number* qkv, Number* out, float* log_sum);
  /// From forward's results and the gradient of out to the gradient of qkv.
  void backward(const AttentionShape& shape, const Number* qkv, const Number* out, const float* log_sum,
                const Number* gradient, Number* qkv_gradient);

 private:
  struct Scratch {
    Products products;
    Buffer<float> scores, dp, block, dk, dv, factors;
    Buffer<Number> p, ds;
  };
  void forward_head(const AttentionShape& shape, Scratch& scratch, const Number* qkv, Number* out, float* log_sum);
  void backward_head(const AttentionShape& shape, Scratch& scratch, const Number* qkv, const Number* out,
                     const float* log_sum, const Number* gradient, Number* qkv_gradient);
  std::vector<Scratch> scratch_;  // one for each thread
};

}  // namespace pantograph::kernel
