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
  int key_heads = 0;  ///< of keys and values, shared by consecutive heads of queries; 0: as many as those
  int groups() const { return key_heads > 0 ? key_heads : heads; }
  std::int64_t width() const { return std::int64_t{heads} * size; }
  std::int64_t key_width() const { return std::int64_t{groups()} * size; }
  std::int64_t stride() const { return width() + 2 * key_width(); }  ///< of qkv
};

/// Number: float or Half. Tokens are in the order [rows, context]; qkv: [tokens, (heads + 2·key_heads)·size], q before
/// k before v.
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
  /// q, k, v and their gradients: of one row and one head, or of one head of keys and all its heads of queries.
  void forward_head(const AttentionShape& shape, Scratch& scratch, const Number* q, const Number* k, const Number* v,
                    Number* out, float* log_sum);
  void backward_group(const AttentionShape& shape, Scratch& scratch, const Number* q, const Number* k, const Number* v,
                      const Number* out, const float* log_sum, const Number* gradient, Number* dq, Number* dk,
                      Number* dv);
  std::vector<Scratch> scratch_;  // one for each thread
};

}  // namespace pantograph::kernel
