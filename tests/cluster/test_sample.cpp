// SPDX-License-Identifier: GPL-3.0-or-later
// Samples in proportion to length: how often each window is drawn, beside the probabilities of drawing one by one.
#include <QTest>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "cluster/sample.h"

using namespace pantograph;

namespace {

/// Probability that each item is among the first `count` drawn one by one in proportion to what is left: over all
/// orders.
void add_orders(const std::vector<std::uint32_t>& lengths, std::vector<bool>& taken, std::size_t count,
                double probability, std::vector<double>& included) {
  if (count == 0) return;
  double left = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) left += taken[i] ? 0 : lengths[i];
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    if (taken[i]) continue;
    const double next = probability * lengths[i] / left;
    included[i] += next;
    taken[i] = true;
    add_orders(lengths, taken, count - 1, next, included);
    taken[i] = false;
  }
}

}  // namespace

class TestSample : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void drawnInProportion_data() {
    QTest::addColumn<int>("count");
    for (const int count : {1, 2, 4}) QTest::addRow("%d of 6", count) << count;
  }
  void drawnInProportion() {
    QFETCH(int, count);
    const std::vector<std::uint32_t> lengths{512, 1, 30, 200, 512, 90};
    std::vector<double> expected(lengths.size(), 0.0), seen(lengths.size(), 0.0);
    std::vector<bool> taken(lengths.size(), false);
    add_orders(lengths, taken, std::size_t(count), 1.0, expected);
    constexpr int kDraws = 20000;
    for (int draw = 0; draw < kDraws; ++draw) {
      for (const auto i : cluster::sample_by_length(lengths, std::size_t(count), derive_seed(draw, "draw")))
        seen[i] += 1;
    }
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      const double deviation = std::sqrt(expected[i] * (1 - expected[i]) / kDraws);
      QVERIFY2(std::fabs(seen[i] / kDraws - expected[i]) < 5 * deviation + 1e-6,
               qPrintable(QString("%1: %2, expected %3").arg(i).arg(seen[i] / kDraws).arg(expected[i])));
    }
  }

  void countRisingAndRepeatable() {
    std::vector<std::uint32_t> lengths(1000);
    std::iota(lengths.begin(), lengths.end(), 1u);
    const auto sample = cluster::sample_by_length(lengths, 300, 9);
    QCOMPARE(sample.size(), std::size_t(300));
    for (std::size_t i = 1; i < sample.size(); ++i) QVERIFY(sample[i - 1] < sample[i]);
    QVERIFY(sample == cluster::sample_by_length(lengths, 300, 9));
    QVERIFY(sample != cluster::sample_by_length(lengths, 300, 10));
  }

  void moreThanThereAre() {
    QCOMPARE(cluster::sample_by_length({3, 4, 5}, 7, 1), (std::vector<std::size_t>{0, 1, 2}));
    QVERIFY(cluster::sample_by_length({}, 7, 1).empty());
    QVERIFY(cluster::sample_by_length({3, 4}, 0, 1).empty());
  }
};

QTEST_GUILESS_MAIN(TestSample)
#include "test_sample.moc"
