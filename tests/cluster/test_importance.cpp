// SPDX-License-Identifier: GPL-3.0-or-later
// Importance weights beside sums over single windows, and their corner cases.
#include <QTest>
#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "cluster/importance.h"

using namespace pantograph;

class TestImportance : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void againstSingleWindows() {
    Random random(5);
    for (int round = 0; round < 20; ++round) {
      std::vector<std::uint64_t> domain, generic;
      for (int c = 0; c < 6; ++c) {
        domain.push_back(random.below(50));
        generic.push_back(1 + random.below(400));
      }
      domain[2] = 1 + domain[2];
      const cluster::ImportanceWeights found = cluster::importance_weights(domain, generic);
      // One entry for each generic window, weighted by the ratio of frequencies.
      double domain_total = 0, generic_total = 0;
      for (int c = 0; c < 6; ++c) {
        domain_total += static_cast<double>(domain[c]);
        generic_total += static_cast<double>(generic[c]);
      }
      double sum = 0, squares = 0, resampled = 0;
      for (int c = 0; c < 6; ++c) {
        const double w =
            (static_cast<double>(domain[c]) / domain_total) / (static_cast<double>(generic[c]) / generic_total);
        QVERIFY(std::fabs(found.weights[c] - w) < 1e-12 * (1 + w));
        for (std::uint64_t x = 0; x < generic[c]; ++x) {
          sum += w;
          squares += w * w;
          if (c == 2) resampled += w / generic_total;
        }
      }
      QVERIFY(std::fabs(found.effective_windows - sum * sum / squares) < 1e-6 * found.effective_windows);
      QVERIFY(std::fabs(sum / generic_total - 1.0) < 1e-9);  // weights of mean 1: the estimate is unbiased
      QVERIFY(std::fabs(found.shares[2] - resampled) < 1e-9);
      QCOMPARE(found.lost, 0.0);
    }
  }

  void equalHistogramsNeedNothing() {
    const cluster::ImportanceWeights found = cluster::importance_weights({10, 20, 30}, {100, 200, 300});
    for (const double w : found.weights) QVERIFY(std::fabs(w - 1) < 1e-12);
    QVERIFY(std::fabs(found.effective_windows - 600) < 1e-6);
  }

  void oneClusterIsAllThatCounts() {
    const cluster::ImportanceWeights found = cluster::importance_weights({0, 7, 0}, {100, 25, 300});
    QCOMPARE(found.shares, (std::vector<double>{0, 1, 0}));
    QVERIFY(std::fabs(found.effective_windows - 25) < 1e-9);
    QVERIFY(std::fabs(cluster::mean_repetition(found.shares, {1000, 250, 3000}, 500) - 2) < 1e-12);
  }

  void clustersThatTheGenericSetLacks() {
    const cluster::ImportanceWeights found = cluster::importance_weights({5, 5, 10}, {100, 0, 300});
    QVERIFY(std::fabs(found.lost - 0.25) < 1e-12);
    QVERIFY(std::fabs(found.shares[0] - 1.0 / 3) < 1e-12);
    QCOMPARE(found.shares[1], 0.0);
    QVERIFY_EXCEPTION_THROWN(cluster::importance_weights({0, 5, 0}, {100, 0, 300}), Error);
    QVERIFY_EXCEPTION_THROWN(cluster::importance_weights({0, 5}, {100, 0, 300}), Error);
  }

  void repetitionByHand() {
    // Half of 1,000 tokens on 100 (5 times), half on 10,000 (0.05 times).
    QVERIFY(std::fabs(cluster::mean_repetition({0.5, 0.5}, {100, 10'000}, 1000) - (0.5 * 5 + 0.5 * 0.05)) < 1e-12);
  }
};

QTEST_GUILESS_MAIN(TestImportance)
#include "test_importance.moc"
