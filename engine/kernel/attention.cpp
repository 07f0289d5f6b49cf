// SPDX-License-Identifier: GPL-3.0-or-later
// Causal attention, blocks of queries at a time.
#include "kernel/attention.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "kernel/parallel.h"

namespace pantograph::kernel {
namespace {

constexpr int kBlock = 64;  // queries at a time: their scores against all keys fit into the second-level cache

}  // namespace

template <typename Number>
Attention<Number>::Attention(int threads) {
  for (int i = 0; i < threads; ++i)
    scratch_.push_back({Products(std::is_same_v<Number, Half>), {}, {}, {}, {}, {}, {}, {}, {}});
}

template <typename Number>
void Attention<Number>::forward(const AttentionShape& shape, const Number* qkv, Number* out, float* log_sum) {
  const std::int64_t width = static_cast<std::int64_t>(shape.heads) * shape.size;
  share_tasks(static_cast<std::int64_t>(shape.rows) * shape.heads, static_cast<int>(scratch_.size()),
              [&](std::int64_t task, int thread) {
                const std::int64_t token = task / shape.heads * shape.context, head = task % shape.heads;
                forward_head(shape, scratch_[static_cast<std::size_t>(thread)],
                             qkv + token * 3 * width + head * shape.size, out + token * width + head * shape.size,
                             log_sum + task * shape.context);
              });
}

template <typename Number>
void Attention<Number>::backward(const AttentionShape& shape, const Number* qkv, const Number* out,
                                 const float* log_sum, const Number* gradient, Number* qkv_gradient) {
  const std::int64_t width = static_cast<std::int64_t>(shape.heads) * shape.size;
  share_tasks(static_cast<std::int64_t>(shape.rows) * shape.heads, static_cast<int>(scratch_.size()),
              [&](std::int64_t task, int thread) {
                const std::int64_t token = task / shape.heads * shape.context, head = task % shape.heads;
                const std::int64_t narrow = token * width + head * shape.size;
                const std::int64_t wide = token * 3 * width + head * shape.size;
                backward_head(shape, scratch_[static_cast<std::size_t>(thread)], qkv + wide, out + narrow,
                              log_sum + task * shape.context, gradient + narrow, qkv_gradient + wide);
              });
}

template <typename Number>
void Attention<Number>::forward_head(const AttentionShape& shape, Scratch& scratch, const Number* qkv, Number* out,
                                     float* log_sum) {
  const int context = shape.context, size = shape.size;
  const std::int64_t width = static_cast<std::int64_t>(shape.heads) * size, stride = 3 * width;
  const auto cells = static_cast<std::size_t>(kBlock) * static_cast<std::size_t>(context);
  float* scores = scratch.scores.ensure(cells);
  Number* p = scratch.p.ensure(cells);
  float* mixed = scratch.block.ensure(static_cast<std::size_t>(kBlock) * static_cast<std::size_t>(size));
  float* inverse = scratch.factors.ensure(2 * kBlock);
  const float scale = 1.0F / std::sqrt(static_cast<float>(size));
  for (int begin = 0; begin < context; begin += kBlock) {
    const int queries = std::min(kBlock, context - begin), keys = begin + queries;
    scratch.products.multiply(queries, keys, size, {qkv + begin * stride, stride}, {qkv + width, stride, true},
                              {scores, keys, true});
    causal_softmax(scores, queries, keys, begin, scale, p, inverse, log_sum + begin);
    scratch.products.multiply(queries, size, keys, {p, keys}, {qkv + 2 * width, stride}, {mixed, size, true});
    scale_rows(mixed, size, queries, size, inverse, out + begin * width, width);
  }
}

template <typename Number>
void Attention<Number>::backward_head(const AttentionShape& shape, Scratch& scratch, const Number* qkv,
                                      const Number* out, const float* log_sum, const Number* gradient,
                                      Number* qkv_gradient) {
  const int context = shape.context, size = shape.size;
  const std::int64_t width = static_cast<std::int64_t>(shape.heads) * size, stride = 3 * width;
  const auto cells = static_cast<std::size_t>(kBlock) * static_cast<std::size_t>(context);
  const auto keys_size = static_cast<std::size_t>(context) * static_cast<std::size_t>(size);
  float* scores = scratch.scores.ensure(cells);
  float* dp = scratch.dp.ensure(cells);
  Number* p = scratch.p.ensure(cells);
  Number* ds = scratch.ds.ensure(cells);
  float* dq = scratch.block.ensure(static_cast<std::size_t>(kBlock) * static_cast<std::size_t>(size));
  float* dk = scratch.dk.ensure(keys_size);
  float* dv = scratch.dv.ensure(keys_size);
  float* dots = scratch.factors.ensure(2 * kBlock);
  const float scale = 1.0F / std::sqrt(static_cast<float>(size));
  // From the last block, which sees every key, so that it can store what the others add to.
  const int last = (context - 1) / kBlock * kBlock;
  for (int begin = last; begin >= 0; begin -= kBlock) {
    const int queries = std::min(kBlock, context - begin), keys = begin + queries;
    const Operand q{qkv + begin * stride, stride}, g{gradient + begin * width, width};
    scratch.products.multiply(queries, keys, size, q, {qkv + width, stride, true}, {scores, keys, true});
    scratch.products.multiply(queries, keys, size, g, {qkv + 2 * width, stride, true}, {dp, keys, true});
    row_dots(out + begin * width, gradient + begin * width, queries, size, width, dots);
    causal_softmax_backward(scores, dp, queries, keys, begin, scale, log_sum + begin, dots, p, ds);
    scratch.products.multiply(queries, size, keys, {ds, keys}, {qkv + width, stride}, {dq, size, true});
    scale_rows(dq, size, queries, size, nullptr, qkv_gradient + begin * stride, stride);
    scratch.products.multiply(keys, size, queries, {ds, keys, true}, q, {dk, size, true, begin != last});
    scratch.products.multiply(keys, size, queries, {p, keys, true}, g, {dv, size, true, begin != last});
  }
  scale_rows(dk, size, context, size, nullptr, qkv_gradient + width, stride);
  scale_rows(dv, size, context, size, nullptr, qkv_gradient + 2 * width, stride);
}

template class Attention<float>;
template class Attention<Half>;

}  // namespace pantograph::kernel
