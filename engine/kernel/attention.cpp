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
  const std::int64_t width = shape.width(), stride = shape.stride(), queries = shape.heads / shape.groups();
  share_tasks(static_cast<std::int64_t>(shape.rows) * shape.heads, static_cast<int>(scratch_.size()),
              [&](std::int64_t task, int thread) {
                const std::int64_t token = task / shape.heads * shape.context, head = task % shape.heads;
                const Number* row = qkv + token * stride;
                const Number* k = row + width + head / queries * shape.size;
                forward_head(shape, scratch_[static_cast<std::size_t>(thread)], row + head * shape.size, k,
                             k + shape.key_width(), out + token * width + head * shape.size,
                             log_sum + task * shape.context);
              });
}

template <typename Number>
void Attention<Number>::backward(const AttentionShape& shape, const Number* qkv, const Number* out,
                                 const float* log_sum, const Number* gradient, Number* qkv_gradient) {
  const std::int64_t width = shape.width(), stride = shape.stride(), groups = shape.groups();
  const std::int64_t queries = shape.heads / groups;
  share_tasks(shape.rows * groups, static_cast<int>(scratch_.size()), [&](std::int64_t task, int thread) {
    const std::int64_t row = task / groups, token = row * shape.context, group = task % groups;
    const std::int64_t head = group * queries, narrow = token * width + head * shape.size;
    const std::int64_t q = token * stride + head * shape.size, k = token * stride + width + group * shape.size;
    const std::int64_t v = k + shape.key_width();
    backward_group(shape, scratch_[static_cast<std::size_t>(thread)], qkv + q, qkv + k, qkv + v, out + narrow,
                   log_sum + (row * shape.heads + head) * shape.context, gradient + narrow, qkv_gradient + q,
                   qkv_gradient + k, qkv_gradient + v);
  });
}

template <typename Number>
void Attention<Number>::forward_head(const AttentionShape& shape, Scratch& scratch, const Number* q, const Number* k,
                                     const Number* v, Number* out, float* log_sum) {
  const int context = shape.context, size = shape.size;
  const std::int64_t width = shape.width(), stride = shape.stride();
  const auto cells = static_cast<std::size_t>(kBlock) * static_cast<std::size_t>(context);
  float* scores = scratch.scores.ensure(cells);
  Number* p = scratch.p.ensure(cells);
  float* mixed = scratch.block.ensure(static_cast<std::size_t>(kBlock) * static_cast<std::size_t>(size));
  float* inverse = scratch.factors.ensure(2 * kBlock);
  const float scale = 1.0F / std::sqrt(static_cast<float>(size));
  for (int begin = 0; begin < context; begin += kBlock) {
    const int queries = std::min(kBlock, context - begin), keys = begin + queries;
    scratch.products.multiply(queries, keys, size, {q + begin * stride, stride}, {k, stride, true},
                              {scores, keys, true});
    causal_softmax(scores, queries, keys, begin, scale, p, inverse, log_sum + begin);
    scratch.products.multiply(queries, size, keys, {p, keys}, {v, stride}, {mixed, size, true});
    scale_rows(mixed, size, queries, size, inverse, out + begin * width, width);
  }
}

template <typename Number>
void Attention<Number>::backward_group(const AttentionShape& shape, Scratch& scratch, const Number* q, const Number* k,
                                       const Number* v, const Number* out, const float* log_sum, const Number* gradient,
                                       Number* dq, Number* dk, Number* dv) {
  const int context = shape.context, size = shape.size, heads = shape.heads / shape.groups();
  const std::int64_t width = shape.width(), stride = shape.stride();
  const auto cells = static_cast<std::size_t>(kBlock) * static_cast<std::size_t>(context);
  const auto keys_size = static_cast<std::size_t>(context) * static_cast<std::size_t>(size);
  float* scores = scratch.scores.ensure(cells);
  float* dp = scratch.dp.ensure(cells);
  Number* p = scratch.p.ensure(cells);
  Number* ds = scratch.ds.ensure(cells);
  float* dq_block = scratch.block.ensure(static_cast<std::size_t>(kBlock) * static_cast<std::size_t>(size));
  float* dk_sum = scratch.dk.ensure(keys_size);
  float* dv_sum = scratch.dv.ensure(keys_size);
  float* dots = scratch.factors.ensure(2 * kBlock);
  const float scale = 1.0F / std::sqrt(static_cast<float>(size));
  // From the last block, which sees every key, so that it can store what the others, and further heads, add to.
  const int last = (context - 1) / kBlock * kBlock;
  for (int head = 0; head < heads; ++head) {
    const std::int64_t at = std::int64_t{head} * size;
    for (int begin = last; begin >= 0; begin -= kBlock) {
      const int queries = std::min(kBlock, context - begin), keys = begin + queries;
      const bool adds = head > 0 || begin != last;
      const Operand queried{q + begin * stride + at, stride}, g{gradient + begin * width + at, width};
      scratch.products.multiply(queries, keys, size, queried, {k, stride, true}, {scores, keys, true});
      scratch.products.multiply(queries, keys, size, g, {v, stride, true}, {dp, keys, true});
      row_dots(out + begin * width + at, gradient + begin * width + at, queries, size, width, dots);
      causal_softmax_backward(scores, dp, queries, keys, begin, scale, log_sum + std::int64_t{head} * context + begin,
                              dots, p, ds);
      scratch.products.multiply(queries, size, keys, {ds, keys}, {k, stride}, {dq_block, size, true});
      scale_rows(dq_block, size, queries, size, nullptr, dq + begin * stride + at, stride);
      scratch.products.multiply(keys, size, queries, {ds, keys, true}, queried, {dk_sum, size, true, adds});
      scratch.products.multiply(keys, size, queries, {p, keys, true}, g, {dv_sum, size, true, adds});
    }
  }
  scale_rows(dk_sum, size, context, size, nullptr, dk, stride);
  scale_rows(dv_sum, size, context, size, nullptr, dv, stride);
}

template class Attention<float>;
template class Attention<Half>;

}  // namespace pantograph::kernel
