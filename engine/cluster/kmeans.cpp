// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/kmeans.h"

#include <torch/torch.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "cluster/one_thread.h"
#include "cluster/parallel.h"

namespace pantograph {
namespace {

constexpr std::size_t kChunk = 8192;  // points whose distances to all centroids are held at a time

torch::Tensor view(const FloatMatrix& m, std::size_t begin, std::size_t end) {
  return torch::from_blob(const_cast<float*>(m.row(begin)),
                          {static_cast<std::int64_t>(end - begin), static_cast<std::int64_t>(m.columns)});
}

float squared_distance(const float* a, const float* b, std::size_t n) {
  float sum = 0;
  for (std::size_t j = 0; j < n; ++j) sum += (a[j] - b[j]) * (a[j] - b[j]);
  return sum;
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
  for (std::size_t i = 0; i < points.rows; ++i) {
    double* sum = sums.data() + now.labels[i] * d;
    const float* row = points.row(i);
    for (std::size_t j = 0; j < d; ++j) sum[j] += row[j];
  }
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
  torch::NoGradGuard no_grad;
  Assignment out;
  out.labels.resize(points.rows);
  out.distances.resize(points.rows);
  const auto targets = view(centroids, 0, centroids.rows);
  const auto norms = targets.square().sum(1).unsqueeze(0);
  const auto turned = targets.t();
  for (std::size_t begin = 0; begin < points.rows; begin += kChunk) {
    const OneThread one;
    const std::size_t end = std::min(points.rows, begin + kChunk);
    // |x|² is the same for all centroids: |c|² - 2·x·c decides.
    const auto nearest = torch::addmm(norms, view(points, begin, end), turned, 1, -2).argmin(1).contiguous();
    const std::int64_t* label = nearest.data_ptr<std::int64_t>();
    for (std::size_t i = begin; i < end; ++i) out.labels[i] = static_cast<std::uint32_t>(label[i - begin]);
  }
  parallel_blocks(points.rows, kChunk, cluster_threads(), [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      out.distances[i] = squared_distance(points.row(i), centroids.row(out.labels[i]), points.columns);
    }
  });
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
    parallel_blocks(points.rows, kChunk, cluster_threads(), [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        nearest[i] = std::min(nearest[i], squared_distance(points.row(i), centroid.data(), points.columns));
      }
    });
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

}  // namespace pantograph
