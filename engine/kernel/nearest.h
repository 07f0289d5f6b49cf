// SPDX-License-Identifier: GPL-3.0-or-later
// What k-means spends its time on. The bits of the results do not depend on the number of threads.
#pragma once

#include <cstdint>

namespace pantograph::kernel {

/// The nearest centroid of each point, the first of equals: labels [n] and squared distances [n] for points [n, d] and
/// centroids [k, d], row-major.
void nearest_centroids(const float* points, std::int64_t n, std::int64_t d, const float* centroids, std::int64_t k,
                       std::uint32_t* labels, float* distances, int threads);

/// distances[i] = min(distances[i], |points[i] - centroid|²).
void lower_distances(const float* points, std::int64_t n, std::int64_t d, const float* centroid, float* distances,
                     int threads);

/// sums [k, d] of the points of each label, added in double and in the order of the points.
void sums_by_label(const float* points, std::int64_t n, std::int64_t d, const std::uint32_t* labels, std::int64_t k,
                   double* sums, int threads);

}  // namespace pantograph::kernel
