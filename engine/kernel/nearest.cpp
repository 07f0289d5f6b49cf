// SPDX-License-Identifier: GPL-3.0-or-later
#include "kernel/nearest.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "kernel/element.h"
#include "kernel/parallel.h"
#include "kernel/product.h"

namespace pantograph::kernel {
namespace {

constexpr std::int64_t kBlock = 512;  // points whose products with all centroids stay in the second-level cache

PANTOGRAPH_INLINE float squared_distance(const float* a, const float* b, std::int64_t n) {
  float lanes[kLanes] = {};
  std::int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes) {
#pragma omp simd
    for (int lane = 0; lane < kLanes; ++lane) {
      const float difference = a[j + lane] - b[j + lane];
      lanes[lane] += difference * difference;
    }
  }
  for (; j < n; ++j) lanes[j % kLanes] += (a[j] - b[j]) * (a[j] - b[j]);
  return total(lanes);
}

/// Index of the smallest of norms[c] - 2·products[c], which is |x - c|² less |x|²; the first of equals.
PANTOGRAPH_INLINE std::uint32_t smallest(const float* products, const float* norms, std::int64_t k) {
  float least[kLanes];
  std::int32_t where[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) least[lane] = std::numeric_limits<float>::infinity(), where[lane] = 0;
  std::int64_t c = 0;
  for (; c + kLanes <= k; c += kLanes) {
#pragma omp simd
    for (int lane = 0; lane < kLanes; ++lane) {
      const float value = norms[c + lane] - 2 * products[c + lane];
      const bool less = value < least[lane];
      least[lane] = less ? value : least[lane];
      where[lane] = less ? static_cast<std::int32_t>(c + lane) : where[lane];
    }
  }
  for (; c < k; ++c) {
    const float value = norms[c] - 2 * products[c];
    const auto lane = c % kLanes;
    if (value < least[lane]) least[lane] = value, where[lane] = static_cast<std::int32_t>(c);
  }
  int best = 0;
  for (int lane = 1; lane < kLanes; ++lane) {
    if (least[lane] < least[best] || (least[lane] == least[best] && where[lane] < where[best])) best = lane;
  }
  return static_cast<std::uint32_t>(where[best]);
}

PANTOGRAPH_CLONES void label_block(const float* points, std::int64_t count, std::int64_t d, const float* centroids,
                                   const float* norms, std::int64_t k, const float* products, std::uint32_t* labels,
                                   float* distances) {
  for (std::int64_t i = 0; i < count; ++i) {
    labels[i] = smallest(products + i * k, norms, k);
    distances[i] = squared_distance(points + i * d, centroids + labels[i] * d, d);
  }
}

PANTOGRAPH_CLONES void lower_block(const float* points, std::int64_t count, std::int64_t d, const float* centroid,
                                   float* distances) {
  for (std::int64_t i = 0; i < count; ++i) {
    distances[i] = std::min(distances[i], squared_distance(points + i * d, centroid, d));
  }
}

PANTOGRAPH_CLONES void add_rows(const float* points, std::int64_t n, std::int64_t d, const std::uint32_t* labels,
                                std::int64_t begin, std::int64_t end, double* sums) {
  for (std::int64_t i = 0; i < n; ++i) {
    if (labels[i] < begin || labels[i] >= end) continue;
    const float* row = points + i * d;
    double* sum = sums + labels[i] * d;
    for (std::int64_t j = 0; j < d; ++j) sum[j] += static_cast<double>(row[j]);
  }
}

}  // namespace

void nearest_centroids(const float* points, std::int64_t n, std::int64_t d, const float* centroids, std::int64_t k,
                       std::uint32_t* labels, float* distances, int threads) {
  const std::vector<float> zero(static_cast<std::size_t>(d));
  std::vector<float> norms(static_cast<std::size_t>(k));
  for (std::int64_t c = 0; c < k; ++c) norms[c] = squared_distance(centroids + c * d, zero.data(), d);

  struct Worker {
    Products product{false};
    std::vector<float> products;
  };
  std::vector<Worker> workers(static_cast<std::size_t>(threads));
  share_tasks((n + kBlock - 1) / kBlock, threads, [&](std::int64_t task, int thread) {
    const std::int64_t begin = task * kBlock, count = std::min(kBlock, n - begin);
    Worker& worker = workers[static_cast<std::size_t>(thread)];
    worker.products.resize(static_cast<std::size_t>(kBlock * k));
    worker.product.multiply(count, k, d, {points + begin * d, d, false}, {centroids, d, true},
                            {worker.products.data(), k, false, false});
    label_block(points + begin * d, count, d, centroids, norms.data(), k, worker.products.data(), labels + begin,
                distances + begin);
  });
}

void lower_distances(const float* points, std::int64_t n, std::int64_t d, const float* centroid, float* distances,
                     int threads) {
  share_rows(n, threads, [&](std::int64_t begin, std::int64_t end, int) {
    lower_block(points + begin * d, end - begin, d, centroid, distances + begin);
  });
}

void sums_by_label(const float* points, std::int64_t n, std::int64_t d, const std::uint32_t* labels, std::int64_t k,
                   double* sums, int threads) {
  std::fill(sums, sums + k * d, 0.0);
  share_rows(k, threads,
             [&](std::int64_t begin, std::int64_t end, int) { add_rows(points, n, d, labels, begin, end, sums); });
}

}  // namespace pantograph::kernel
