// SPDX-License-Identifier: GPL-3.0-or-later
// k-means: k-means++ starts (Arthur and Vassilvitskii, SODA 2007), Lloyd's iterations, empty clusters re-seeded.
#pragma once

#include <cstdint>
#include <vector>

#include "base/control.h"
#include "cluster/embedder.h"

namespace pantograph::cluster {

struct Assignment {
  std::vector<std::uint32_t> labels;  ///< [points] nearest centroid
  std::vector<float> distances;       ///< [points] squared
  double inertia() const;
};

struct KMeansResult {
  FloatMatrix centroids;  ///< [k, d]
  Assignment assignment;
  double inertia = 0;  ///< sum of squared distances
  int iterations = 0;  ///< updates of the centroids
};

/// Nearest centroid of each point, by matrix products over chunks of points on all threads.
Assignment assign_points(const FloatMatrix& points, const FloatMatrix& centroids);

/// k of the points, each drawn with probability proportional to its squared distance from those drawn before.
FloatMatrix kmeans_plus_plus(const FloatMatrix& points, int k, std::uint64_t seed);

/// Up to `iterations` updates from the given centroids; ends when no label changes. A cluster left empty takes the
/// point that is farthest from its centroid.
KMeansResult lloyd(const FloatMatrix& points, FloatMatrix centroids, int iterations, const TaskContext& task = {});

/// The best of `restarts` runs. Error(input) when k is larger than the number of points.
KMeansResult kmeans(const FloatMatrix& points, int k, int restarts, int iterations, std::uint64_t seed,
                    const TaskContext& task = {});

}  // namespace pantograph::cluster
