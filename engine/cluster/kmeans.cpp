// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/kmeans.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "cluster/parallel.h"
#include "kernel/nearest.h"

namespace pantograph::cluster {
namespace {

std::int64_t rows(const FloatMatrix& m) {
  return static_cast<std::int64_t>(m.rows);
}
std::int64_t columns(const FloatMatrix& m) {
  return static_cast<std::int64_t>(m.columns);
}

/// Means of the labelled points; clusters without points keep their centroid. Sums in double and in the order of the
/// points.
void update_centroids(const FloatMatrix& points, Assignment& now, FloatMatrix& centroids) {
  const std::size_t k = centroids.rows, d = centroids.columns;
  std::vector<std::size_t> counts(k, 0);
  for (const auto label : now.labels) ++counts[label];
  if (std::find(counts.begin(), counts.end(), 0u) != counts.end()) {
    std::vector<std::uint32_t> order(points.rows);
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return now.distances[a] > now.distances[b]; });
    std::size_t next = 0;
    for (std::size_t c = 0; c < k; ++c) {
      if (counts[c] > 0) continue;
      while (next < order.size() && counts[now.labels[order[next]]] < 2) ++next;
      if (next == order.size() || now.distances[order[next]] <= 0) break;  // fewer distinct points than clusters
      const std::uint32_t point = order[next++];
      --counts[now.labels[point]];
      now.labels[point] = static_cast<std::uint32_t>(c);
      counts[c] = 1;
    }
  }
  std::vector<double> sums(k * d, 0.0);
  kernel::sums_by_label(points.values.data(), rows(points), columns(points), now.labels.data(), rows(centroids),
                        sums.data(), cluster_threads());
  for (std::size_t c = 0; c < k; ++c) {
    if (counts[c] == 0) continue;
    for (std::size_t j = 0; j < d; ++j) {
      centroids.row(c)[j] = static_cast<float>(sums[c * d + j] / static_cast<double>(counts[c]));
    }
  }
}

}  // namespace

double Assignment::inertia() const {
  double sum = 0;
  for (const float distance : distances) sum += distance;
  return sum;
}

Assignment assign_points(const FloatMatrix& points, const FloatMatrix& centroids) {
  Assignment out;
  out.labels.resize(points.rows);
  out.distances.resize(points.rows);
  kernel::nearest_centroids(points.values.data(), rows(points), columns(points), centroids.values.data(),
                            rows(centroids), out.labels.data(), out.distances.data(), cluster_threads());
  return out;
}

FloatMatrix kmeans_plus_plus(const FloatMatrix& points, int k, std::uint64_t seed) {
  Random random(seed);
  FloatMatrix out{static_cast<std::size_t>(k), points.columns, {}};
  std::vector<float> nearest(points.rows, std::numeric_limits<float>::infinity());
  std::size_t chosen = random.below(points.rows);
  for (int c = 0;; ++c) {
    const std::vector<float> centroid(points.row(chosen), points.row(chosen) + points.columns);
    out.values.insert(out.values.end(), centroid.begin(), centroid.end());
    if (c + 1 == k) return out;
    kernel::lower_distances(points.values.data(), rows(points), columns(points), centroid.data(), nearest.data(),
                            cluster_threads());
    double total = 0;
    for (const float distance : nearest) total += distance;
    if (total <= 0) {  // every point is a centroid already
      chosen = random.below(points.rows);
      continue;
    }
    double left = random.uniform() * total;
    for (chosen = 0; chosen + 1 < points.rows && left >= nearest[chosen]; ++chosen) left -= nearest[chosen];
    while (nearest[chosen] <= 0)
      chosen = chosen == 0 ? points.rows - 1 : chosen - 1;  // rounding ended on a point that has no share
  }
}

KMeansResult lloyd(const FloatMatrix& points, FloatMatrix centroids, int iterations, const TaskContext& task) {
  KMeansResult result;
  result.centroids = std::move(centroids);
  result.assignment = assign_points(points, result.centroids);
  while (result.iterations < iterations) {
    task.poll();
    update_centroids(points, result.assignment, result.centroids);
    ++result.iterations;
    Assignment next = assign_points(points, result.centroids);
    const bool same = next.labels == result.assignment.labels;
    result.assignment = std::move(next);
    if (same) break;
  }
  result.inertia = result.assignment.inertia();
  return result;
}

KMeansResult kmeans(const FloatMatrix& points, int k, int restarts, int iterations, std::uint64_t seed,
                    const TaskContext& task) {
  if (k < 1 || static_cast<std::size_t>(k) > points.rows) {
    throw Error(ErrorKind::input,
                {std::to_string(k) + " clusters of " + std::to_string(points.rows) + " windows", "clustering.clusters",
                 "1 to the number of windows", "Lower clustering.clusters, or add generic text."});
  }
  KMeansResult best;
  restarts = std::max(restarts, 1);
  for (int r = 0; r < restarts; ++r) {
    const auto start = kmeans_plus_plus(points, k, derive_seed(seed, "k-means/" + std::to_string(r)));
    auto result = lloyd(points, start, iterations, task);
    if (r == 0 || result.inertia < best.inertia) best = std::move(result);
    task.progress(r + 1, restarts, "restarts");
  }
  return best;
}

}  // namespace pantograph::cluster
