// SPDX-License-Identifier: GPL-3.0-or-later
// k-means against plain loops, on blobs whose answer is known, and where clusters run empty.
#include <QtTest>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "cluster/kmeans.h"

using namespace pantograph;

namespace {

cluster::FloatMatrix blobs(Random& random, int centres, int each, int dimensions, double spread) {
  cluster::FloatMatrix points{static_cast<std::size_t>(centres * each), static_cast<std::size_t>(dimensions), {}};
  std::vector<std::vector<double>> middle(centres, std::vector<double>(dimensions));
  for (auto& m : middle) {
    for (auto& x : m) x = 10 * random.normal();
  }
  for (int i = 0; i < centres * each; ++i) {
    for (int j = 0; j < dimensions; ++j)
      points.values.push_back(float(middle[i % centres][j] + spread * random.normal()));
  }
  return points;
}

double distance(const float* a, const float* b, std::size_t n) {
  double sum = 0;
  for (std::size_t j = 0; j < n; ++j) sum += (double(a[j]) - b[j]) * (double(a[j]) - b[j]);
  return sum;
}

std::vector<std::uint32_t> naive_labels(const cluster::FloatMatrix& points, const cluster::FloatMatrix& centroids) {
  std::vector<std::uint32_t> labels;
  for (std::size_t i = 0; i < points.rows; ++i) {
    std::uint32_t best = 0;
    for (std::uint32_t c = 1; c < centroids.rows; ++c) {
      if (distance(points.row(i), centroids.row(c), points.columns) <
          distance(points.row(i), centroids.row(best), points.columns))
        best = c;
    }
    labels.push_back(best);
  }
  return labels;
}

cluster::FloatMatrix first_points(const cluster::FloatMatrix& points, std::size_t k) {
  return {k, points.columns, {points.values.begin(), points.values.begin() + std::ptrdiff_t(k * points.columns)}};
}

}  // namespace

class TestKMeans : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equalsLoopsFromTheSameStart_data() {
    QTest::addColumn<int>("k");
    QTest::addColumn<int>("iterations");
    QTest::addColumn<int>("each");
    QTest::addColumn<int>("dimensions");
    QTest::newRow("one step") << 5 << 1 << 70 << 5;
    QTest::newRow("some") << 7 << 6 << 70 << 5;
    QTest::newRow("to the end") << 5 << 100 << 70 << 5;
    QTest::newRow("one cluster") << 1 << 10 << 70 << 5;
    QTest::newRow("more than a vector register and than a block of points") << 37 << 6 << 200 << 45;
    QTest::newRow("whole vector registers") << 32 << 4 << 90 << 32;
  }
  void equalsLoopsFromTheSameStart() {
    QFETCH(int, k);
    QFETCH(int, iterations);
    QFETCH(int, each);
    QFETCH(int, dimensions);
    Random random(1);
    const auto points = blobs(random, 6, each, dimensions, 6.0);
    const auto start = first_points(points, std::size_t(k));

    auto centroids = start;
    auto labels = naive_labels(points, centroids);
    int updates = 0;
    while (updates < iterations) {
      std::vector<double> sums(centroids.values.size(), 0);
      std::vector<int> counts(std::size_t(k), 0);
      for (std::size_t i = 0; i < points.rows; ++i) {
        ++counts[labels[i]];
        for (std::size_t j = 0; j < points.columns; ++j) sums[labels[i] * points.columns + j] += points.row(i)[j];
      }
      for (std::size_t c = 0; c < std::size_t(k); ++c) {
        QVERIFY(counts[c] > 0);  // this reference does not handle empty clusters
        for (std::size_t j = 0; j < points.columns; ++j)
          centroids.row(c)[j] = float(sums[c * points.columns + j] / counts[c]);
      }
      ++updates;
      const auto next = naive_labels(points, centroids);
      const bool same = next == labels;
      labels = next;
      if (same) break;
    }
    double inertia = 0;
    for (std::size_t i = 0; i < points.rows; ++i)
      inertia += distance(points.row(i), centroids.row(labels[i]), points.columns);

    const auto result = cluster::lloyd(points, start, iterations);
    QCOMPARE(result.iterations, updates);
    QCOMPARE(result.assignment.labels, labels);
    for (std::size_t i = 0; i < centroids.values.size(); ++i)
      QVERIFY(std::abs(result.centroids.values[i] - centroids.values[i]) < 1e-4f);
    QVERIFY(std::abs(result.inertia - inertia) < 1e-5 * inertia);
  }

  void findsSeparatedBlobs() {
    Random random(2);
    const auto points = blobs(random, 8, 50, 12, 0.3);
    const auto result = cluster::kmeans(points, 8, 3, 50, 4);
    std::set<std::uint32_t> used;
    for (std::size_t i = 0; i < points.rows; ++i) {
      QCOMPARE(result.assignment.labels[i], result.assignment.labels[i % 8]);
      if (i < 8) used.insert(result.assignment.labels[i]);
    }
    QCOMPARE(used.size(), std::size_t(8));
    QVERIFY(std::abs(result.inertia / double(points.rows) - 12 * 0.09) < 0.1);
  }

  void repeatsItselfAndSeedsDiffer() {
    Random random(3);
    const auto points = blobs(random, 20, 30, 6, 8.0);
    const auto a = cluster::kmeans(points, 10, 1, 20, 5), b = cluster::kmeans(points, 10, 1, 20, 5),
               c = cluster::kmeans(points, 10, 1, 20, 6);
    QVERIFY(a.centroids.values == b.centroids.values && a.assignment.labels == b.assignment.labels);
    QVERIFY(a.centroids.values != c.centroids.values);
  }

  void moreRestartsAreNoWorse() {
    Random random(4);
    const auto points = blobs(random, 25, 12, 4, 1.0);
    QVERIFY(cluster::kmeans(points, 25, 8, 30, 1).inertia <= cluster::kmeans(points, 25, 1, 30, 1).inertia);
  }

  void emptyClustersTakeTheFarthestPoints() {
    // Two groups and three centroids, the third so far away that it owns nothing.
    cluster::FloatMatrix points{6, 1, {0.0f, 0.1f, 0.2f, 10.0f, 10.1f, 14.0f}};
    const auto result = cluster::lloyd(points, {3, 1, {0.0f, 10.0f, 1e6f}}, 10);
    QCOMPARE(result.assignment.labels, (std::vector<std::uint32_t>{0, 0, 0, 1, 1, 2}));
    QCOMPARE(result.centroids.values[2], 14.0f);
  }

  void severalEmptyClusters() {
    Random random(5);
    const auto points = blobs(random, 6, 40, 3, 0.2);
    cluster::FloatMatrix start{6, 3, std::vector<float>(18, 1e5f)};
    for (int j = 0; j < 3; ++j) start.values[j] = points.values[j];
    const auto result = cluster::lloyd(points, start, 60);
    const std::set<std::uint32_t> used(result.assignment.labels.begin(), result.assignment.labels.end());
    QCOMPARE(used.size(), std::size_t(6));
  }

  void fewerDistinctPointsThanClusters() {
    cluster::FloatMatrix points{20, 2, std::vector<float>(40, 1.0f)};
    for (int i = 0; i < 20; i += 2) points.values[i * 2] = 3.0f;
    const auto result = cluster::kmeans(points, 5, 2, 20, 1);
    QCOMPARE(result.inertia, 0.0);
    for (const float value : result.centroids.values) QVERIFY(std::isfinite(value));
    QVERIFY(result.iterations < 20);
  }

  void asManyClustersAsPoints() {
    Random random(6);
    const auto points = blobs(random, 9, 1, 4, 0.0);
    const auto result = cluster::kmeans(points, 9, 1, 10, 1);
    QCOMPARE(result.inertia, 0.0);
    QCOMPARE(std::set<std::uint32_t>(result.assignment.labels.begin(), result.assignment.labels.end()).size(),
             std::size_t(9));
  }

  void refusesMoreClustersThanPoints() {
    const cluster::FloatMatrix points{3, 1, {1, 2, 3}};
    try {
      cluster::kmeans(points, 4, 1, 10, 1);
      QFAIL("accepted");
    } catch (const Error& error) {
      QVERIFY(error.kind() == ErrorKind::input);
      QVERIFY2(QString(error.what()).contains("4 clusters of 3 windows"), error.what());
    }
    QVERIFY_EXCEPTION_THROWN(cluster::kmeans(points, 0, 1, 10, 1), Error);
  }

  void plusPlusDrawsDistinctPoints() {
    Random random(7);
    const auto points = blobs(random, 30, 2, 3, 0.01);
    const auto start = cluster::kmeans_plus_plus(points, 30, 3);
    std::set<std::vector<float>> rows;
    std::set<int> blobs_hit;
    for (std::size_t c = 0; c < 30; ++c) {
      rows.insert({start.row(c), start.row(c) + 3});
      for (std::size_t i = 0; i < points.rows; ++i) {
        if (std::equal(start.row(c), start.row(c) + 3, points.row(i))) blobs_hit.insert(int(i % 30));
      }
    }
    QCOMPARE(rows.size(), std::size_t(30));
    QVERIFY2(blobs_hit.size() >= 28, "starts are not drawn by distance");
  }

  void assignsInChunks() {
    Random random(8);
    const auto points = blobs(random, 4, 5000, 2, 1.0);  // more than one chunk
    const auto centroids = first_points(points, 4);
    QCOMPARE(cluster::assign_points(points, centroids).labels, naive_labels(points, centroids));
  }

  void stops() {
    Random random(9);
    const auto points = blobs(random, 4, 50, 2, 5.0);
    Control control;
    control.stop();
    TaskContext task;
    task.control = &control;
    QVERIFY_EXCEPTION_THROWN(cluster::kmeans(points, 4, 1, 10, 1, task), Interrupted);
  }
};

QTEST_GUILESS_MAIN(TestKMeans)
#include "test_kmeans.moc"
