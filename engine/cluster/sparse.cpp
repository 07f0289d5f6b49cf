// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/sparse.h"

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

void add_product(const std::uint32_t* columns, const float* values, std::size_t count, const FloatMatrix& b,
                 float* sum) {
  constexpr std::size_t kAhead = 8, kLine = 64 / sizeof(float);
  const std::size_t n = b.columns;
  for (std::size_t k = 0; k < count; ++k) {
    if (k + kAhead < count) {  // rows of b lie anywhere
      const float* next = b.row(columns[k + kAhead]);
      for (std::size_t j = 0; j < n; j += kLine) __builtin_prefetch(next + j);
    }
    const float value = values[k];
    const float* source = b.row(columns[k]);
    for (std::size_t j = 0; j < n; ++j) sum[j] += value * source[j];
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
