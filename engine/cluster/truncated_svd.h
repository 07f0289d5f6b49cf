// SPDX-License-Identifier: GPL-3.0-or-later
// The largest singular values of a sparse matrix and their right singular vectors.
#pragma once

#include <vector>

#include "base/control.h"
#include "cluster/sparse.h"

namespace pantograph::cluster {

struct TruncatedSvd {
  std::vector<double> singular_values;  ///< falling; at most `dimensions`, those above 1e-5 of the largest
  FloatMatrix right;                    ///< V, [columns, singular_values.size()]
};

/// By Spectra's implicitly restarted Lanczos iteration (Lehoucq and Sorensen, SIAM J. Matrix Anal. 17 (1996)) on the
/// smaller of AAᵀ and AᵀA. Deterministic from the seed, on any number of threads.
TruncatedSvd truncated_svd(const SparseMatrix& a, int dimensions, std::uint64_t seed, const TaskContext& task = {});

}  // namespace pantograph::cluster
