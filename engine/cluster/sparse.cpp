// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/sparse.h"

#include "base/clones.h"
#include "cluster/parallel.h"

namespace pantograph::cluster {

SparseMatrix transpose(const SparseMatrix& a) {
  SparseMatrix t;
  t.rows = a.columns;
  t.columns = a.rows;
  t.starts.assign(t.rows + 1, 0);
  t.indices.resize(a.indices.size());
  t.values.resize(a.values.size());
  for (const auto column : a.indices) ++t.starts[column + 1];
  for (std::size_t i = 0; i < t.rows; ++i) t.starts[i + 1] += t.starts[i];
  std::vector<std::uint64_t> at(t.starts.begin(), t.starts.end() - 1);
  for (std::size_t row = 0; row < a.rows; ++row) {
    for (std::uint64_t k = a.starts[row]; k < a.starts[row + 1]; ++k) {
      const std::uint64_t to = at[a.indices[k]]++;
      t.indices[to] = static_cast<std::uint32_t>(row);
      t.values[to] = a.values[k];
    }
  }
  return t;
}

namespace {

/// Columns that are summed up in registers.
constexpr std::size_t kTogether = 64;

// A sum of floats depends on its order and on how products are rounded, not on how many columns are taken at a time:
// this file is compiled without fused multiply-adds.
PANTOGRAPH_CLONES void add_columns(const std::uint32_t* columns, const float* values, std::size_t count, const float* b,
                                   std::size_t stride, float* sum) {
  constexpr std::size_t kAhead = 8, kLine = 64 / sizeof(float);
  float block[kTogether];
  for (std::size_t j = 0; j < kTogether; ++j) block[j] = sum[j];
  for (std::size_t k = 0; k < count; ++k) {
    const float* next = b + columns[k + kAhead < count ? k + kAhead : k] * stride;  // rows of b lie anywhere
    for (std::size_t j = 0; j < kTogether; j += kLine) __builtin_prefetch(next + j);
    const float value = values[k];
    const float* source = b + columns[k] * stride;
    for (std::size_t j = 0; j < kTogether; ++j) block[j] += value * source[j];
  }
  for (std::size_t j = 0; j < kTogether; ++j) sum[j] = block[j];
}

}  // namespace

void add_product(const std::uint32_t* columns, const float* values, std::size_t count, const FloatMatrix& b,
                 float* sum) {
  std::size_t done = 0;
  for (; done + kTogether <= b.columns; done += kTogether)
    add_columns(columns, values, count, b.values.data() + done, b.columns, sum + done);
  for (std::size_t k = 0; k < count && done < b.columns; ++k) {
    const float* source = b.row(columns[k]);
    for (std::size_t j = done; j < b.columns; ++j) sum[j] += values[k] * source[j];
  }
}

FloatMatrix multiply(const SparseMatrix& a, const FloatMatrix& b, int threads) {
  FloatMatrix out{a.rows, b.columns, std::vector<float>(a.rows * b.columns, 0.0f)};
  parallel_blocks(a.rows, 256, threads, [&](std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row) {
      const std::uint64_t start = a.starts[row];
      add_product(a.indices.data() + start, a.values.data() + start, a.starts[row + 1] - start, b, out.row(row));
    }
  });
  return out;
}

}  // namespace pantograph::cluster
