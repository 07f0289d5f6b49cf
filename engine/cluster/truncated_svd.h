// SPDX-License-Identifier: GPL-3.0-or-later
// The largest singular values of a sparse matrix and their right singular vectors.
#pragma once

#include <vector>

#include "base/control.h"
#include "cluster/sparse.h"

namespace pantograph {

struct TruncatedSvd {
  std::vector<double> singular_values;  ///< falling; at most `dimensions`, those above 1e-5 of the largest
  FloatMatrix right;                    ///< V, [columns, singular_values.size()]
};

/// Randomized subspace iteration (Halko, Martinsson, Tropp, "Finding structure with randomness", SIAM Review 53 (2011),
/// algorithms 4.4 and 5.1), with `oversampling` extra directions and `iterations` rounds of power iteration, an
/// orthonormalisation after each product. Deterministic from the seed.
TruncatedSvd truncated_svd(const SparseMatrix& a, int dimensions, std::uint64_t seed, const TaskContext& task = {},
                           int iterations = 6, int oversampling = 32);

}  // namespace pantograph
