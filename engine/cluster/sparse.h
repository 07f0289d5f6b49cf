// SPDX-License-Identifier: GPL-3.0-or-later
// Sparse matrices in compressed rows, and their products with dense ones.
#pragma once

#include <cstdint>
#include <vector>

#include "cluster/embedder.h"

namespace pantograph::cluster {

struct SparseMatrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<std::uint64_t> starts;   ///< [rows + 1]
  std::vector<std::uint32_t> indices;  ///< columns, rising within a row
  std::vector<float> values;
};

SparseMatrix transpose(const SparseMatrix& a);

/// Adds the row of `count` values, in these columns, times b to sum [b.columns], in float, in the order of the columns.
void add_product(const std::uint32_t* columns, const float* values, std::size_t count, const FloatMatrix& b,
                 float* sum);

/// a · b, [a.rows, b.columns], sums in float in the order of the columns, so the same on any number of threads.
FloatMatrix multiply(const SparseMatrix& a, const FloatMatrix& b, int threads);

}  // namespace pantograph::cluster
