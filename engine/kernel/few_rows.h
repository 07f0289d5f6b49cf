// SPDX-License-Identifier: GPL-3.0-or-later
// What a pass over one or a few tokens is made of: every weight is read once and used at once, so that reading them is
// all that takes time. Sums are in fp32 and in an order that depends on nothing but their length. Each has a plain
// counterpart in tests/kernel.
#pragma once

#include <cstdint>

#include "kernel/element.h"

namespace pantograph::kernel {

/// out[row, i] = ⟨weights[i], x[row]⟩ + bias[i] for i from begin to end. weights: [·, inner]; x: [rows, inner]; bias:
/// null where there is none; out: [rows, stride].
void few_rows_product(const float* weights, std::int64_t inner, std::int64_t begin, std::int64_t end, const float* x,
                      std::int64_t rows, const float* bias, float* out, std::int64_t stride);
void few_rows_product(const Half* weights, std::int64_t inner, std::int64_t begin, std::int64_t end, const float* x,
                      std::int64_t rows, const float* bias, Half* out, std::int64_t stride);
void few_rows_product(const Half* weights, std::int64_t inner, std::int64_t begin, std::int64_t end, const float* x,
                      std::int64_t rows, const float* bias, float* out, std::int64_t stride);

/// Attention of one query of one head over `count` keys: out = Σ_t softmax(scale·⟨q, k_t⟩)·v_t. Keys and values:
/// `count` rows of `size` numbers that lie `stride` apart. scores: room for `count`; sum: for `size`.
void one_query(const float* q, const float* keys, const float* values, std::int64_t stride, int count, int size,
               float scale, float* scores, float* sum, float* out);
void one_query(const Half* q, const Half* keys, const Half* values, std::int64_t stride, int count, int size,
               float scale, float* scores, float* sum, Half* out);

/// to = from in fp32.
void to_float(const Half* from, std::int64_t count, float* to);

}  // namespace pantograph::kernel
