// SPDX-License-Identifier: GPL-3.0-or-later
// The training stream: complete, in proportion, of one cluster a group, and the same after being resumed; evaluation
// rows.
#include <QTemporaryDir>
#include <QtTest>
#include <map>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "token/sampler.h"
#include "token_fixtures.h"

using namespace pantograph;

class TestSampler : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir dir_;
  std::shared_ptr<const token::TokenStore> store_;  ///< every token of it is another number
  std::vector<std::uint32_t> document_;             ///< of each token

  token::WindowSet clustered(int clusters, std::uint32_t window = 16) const {
    token::WindowSet set;
    set.stores = {store_};
    set.clusters = clusters;
    std::size_t i = 0;
    for (const auto& piece : store_->windows(corpus::Split::train, window)) {
      // Uneven on purpose: cluster c gets about c + 1 shares.
      const int share = static_cast<int>((i++ * 7) % static_cast<std::size_t>(clusters * (clusters + 1) / 2));
      int cluster = 0;
      for (int rest = share; rest > cluster; rest -= cluster) ++cluster;
      set.entries.push_back({0, static_cast<std::uint16_t>(cluster), piece});
    }
    return set;
  }

 private Q_SLOTS:
  void initTestCase() {
    std::vector<std::uint64_t> lengths;
    Random random(3);
    for (std::uint32_t i = 0; i < 300; ++i) {
      lengths.push_back(1 + random.below(120));
      document_.insert(document_.end(), lengths.back(), i);
    }
    store_ = fixtures::write_tokens(dir_.filePath("store").toStdString(), lengths);
    QVERIFY(store_->tokens(corpus::Split::train) < 65536);
  }

  void everyTokenOncePerEpochAndWindowsWhole() {
    const auto set = clustered(3);
    const auto sizes = set.tokens_by_cluster();
    std::map<std::uint64_t, std::pair<std::uint64_t, std::uint16_t>> window_at;  // by first token
    for (const auto& e : set.entries) window_at[e.window.begin] = {e.window.length, e.cluster};
    token::ClusterSampler sampler(set, 4, 31, 2, 11);
    std::vector<std::vector<std::int32_t>> streams(3);
    while (std::any_of(streams.begin(), streams.end(),
                       [&](const auto& s) { return s.size() < 2 * sizes[&s - streams.data()]; })) {
      const token::Batch batch = sampler.next();
      for (int row = 0; row < batch.rows; ++row) {
        auto& stream = streams[batch.experts[row / 2]];
        stream.insert(stream.end(), batch.row(row), batch.row(row) + 32);
      }
    }
    std::vector<std::vector<std::int32_t>> orders;
    for (int c = 0; c < 3; ++c) {
      for (int epoch = 0; epoch < 2; ++epoch) {
        std::vector<std::int32_t> order;
        std::set<std::int32_t> seen;
        for (std::uint64_t i = epoch * sizes[c]; i < (epoch + 1) * sizes[c];) {
          const std::int32_t first = streams[c][i];
          QVERIFY(window_at.count(first));
          const auto [length, cluster] = window_at[first];
          QCOMPARE(int(cluster), c);
          for (std::uint64_t k = 0; k < length; ++k) {
            QCOMPARE(streams[c][i + k], first + std::int32_t(k));
            QVERIFY(seen.insert(streams[c][i + k]).second);
          }
          order.push_back(first);
          i += length;
        }
        QCOMPARE(seen.size(), sizes[c]);
        orders.push_back(order);
      }
      QVERIFY2(orders[2 * c] != orders[2 * c + 1], "an epoch repeats the order of the one before");
      QVERIFY2(!std::is_sorted(orders[2 * c].begin(), orders[2 * c].end()), "not shuffled");
    }
  }

  void clustersAreDrawnByTheirTokens() {
    const auto set = clustered(4);
    const auto sizes = set.tokens_by_cluster();
    token::ClusterSampler sampler(set, 8, 7, 8, 5);
    std::vector<double> seen(4, 0);
    constexpr int kBatches = 2000;
    for (int i = 0; i < kBatches; ++i) {
      for (const int expert : sampler.next().experts) ++seen[expert];
    }
    double chi = 0;
    for (int c = 0; c < 4; ++c) {
      const double expected = 8.0 * kBatches * double(sizes[c]) / double(set.tokens());
      chi += (seen[c] - expected) * (seen[c] - expected) / expected;
    }
    QVERIFY2(chi < 16.27, qPrintable(QString::number(chi)));  // 3 degrees of freedom, p = 0.001
  }

  void peekTellsTheNextExpertsAndChangesNothing() {
    token::ClusterSampler a(clustered(5), 6, 9, 3, 8), b(clustered(5), 6, 9, 3, 8);
    for (int i = 0; i < 50; ++i) {
      const auto peeked = a.next_experts();
      QCOMPARE(a.next_experts(), peeked);
      const token::Batch batch = a.next();
      QCOMPARE(batch.experts, peeked);
      QCOMPARE(b.next().tokens, batch.tokens);
    }
  }

  void seedDecidesTheStream() {
    token::ClusterSampler a(clustered(3), 4, 9, 2, 1), b(clustered(3), 4, 9, 2, 2);
    QVERIFY(a.next().tokens != b.next().tokens);
  }

  void resumesExactlyAtAnyMoment() {
    Random random(21);
    token::ClusterSampler reference(clustered(5), 8, 63, 4, 17);
    std::vector<std::string> states;
    std::vector<token::Batch> batches;
    for (int i = 0; i < 300; ++i) {
      states.push_back(reference.state());
      batches.push_back(reference.next());
    }
    QVERIFY(reference.epochs() > 2);
    token::ClusterSampler again(clustered(5), 8, 63, 4, 17);
    for (int trial = 0; trial < 20; ++trial) {
      const std::size_t at = random.below(290);
      again.restore(states[at]);
      QCOMPARE(again.state(), states[at]);
      for (std::size_t i = at; i < at + 10; ++i) {
        const token::Batch batch = again.next();
        QCOMPARE(batch.tokens, batches[i].tokens);
        QCOMPARE(batch.experts, batches[i].experts);
      }
    }
    QVERIFY(states.back().size() < 1000);
  }

  void refusesForeignAndBrokenStates_data() {
    QTest::addColumn<QString>("state");
    token::ClusterSampler other(clustered(2), 4, 9, 2, 99);
    QTest::newRow("another set") << QString::fromStdString(other.state());
    QTest::newRow("no JSON") << "half a sta";
    QTest::newRow("empty object") << "{}";
    const auto own = QString::fromStdString(token::ClusterSampler(clustered(3), 4, 9, 2, 1).state());
    QTest::newRow("format") << QString(own).replace("\"format\":1", "\"format\":9");
    QTest::newRow("position") << QString(own).replace("[[0,0,0]", "[[0,99999999,0]");
    QTest::newRow("offset") << QString(own).replace("[[0,0,0]", "[[0,0,4000]");
    QTest::newRow("clusters") << QString(own).replace("[[0,0,0],", "[");
  }
  void refusesForeignAndBrokenStates() {
    QFETCH(QString, state);
    token::ClusterSampler sampler(clustered(3), 4, 9, 2, 1), untouched(clustered(3), 4, 9, 2, 1);
    try {
      sampler.restore(state.toStdString());
      QFAIL("accepted");
    } catch (const Error& error) {
      QVERIFY(error.kind() == ErrorKind::run);
    }
    QCOMPARE(sampler.next().tokens, untouched.next().tokens);
  }

  void refusesBadSettings() {
    QVERIFY_EXCEPTION_THROWN(token::ClusterSampler(clustered(3), 5, 9, 2, 1), Error);
    auto outside = clustered(3);
    outside.entries[4].window.begin = 1u << 30;
    QVERIFY_EXCEPTION_THROWN(token::ClusterSampler(outside, 4, 9, 2, 1), Error);
    auto cluster = clustered(3);
    cluster.entries[0].cluster = 3;
    QVERIFY_EXCEPTION_THROWN(token::ClusterSampler(cluster, 4, 9, 2, 1), Error);
    auto empty = clustered(3);
    empty.entries.clear();
    QVERIFY_EXCEPTION_THROWN(token::ClusterSampler(empty, 4, 9, 2, 1), Error);
  }

  void clustersWithoutWindowsAreNeverDrawn() {
    auto set = clustered(2);
    set.clusters = 5;
    for (auto& entry : set.entries) entry.cluster = entry.cluster == 0 ? 1 : 3;
    token::ClusterSampler sampler(set, 4, 9, 4, 1);
    for (int i = 0; i < 200; ++i) {
      for (const int expert : sampler.next().experts) QVERIFY(expert == 1 || expert == 3);
    }
  }

  void evaluationCoversEachTargetOnce_data() {
    QTest::addColumn<int>("clusters");
    QTest::addColumn<int>("context");
    QTest::newRow("one cluster") << 1 << 16;
    QTest::newRow("four") << 4 << 16;
    QTest::newRow("long rows") << 4 << 1000;
    QTest::newRow("context 1") << 2 << 1;
  }
  void evaluationCoversEachTargetOnce() {
    QFETCH(int, clusters);
    QFETCH(int, context);
    const auto windows = clustered(clusters);
    const auto set = token::make_evaluation_set(windows, context, 0, "generic");
    std::vector<std::vector<std::int32_t>> text(clusters), targets(clusters), inputs(clusters);
    for (const auto& e : windows.entries) {
      for (std::uint32_t i = 0; i < e.window.length; ++i) text[e.cluster].push_back(std::int32_t(e.window.begin + i));
    }
    std::uint64_t count = 0;
    for (std::size_t r = 0; r < set.count(); ++r) {
      const auto* row = set.rows.data() + r * (context + 1);
      for (int i = 0; i < context; ++i) {
        if (row[i + 1] < 0) continue;
        QVERIFY(row[i] >= 0);
        inputs[set.cluster[r]].push_back(row[i]);
        targets[set.cluster[r]].push_back(row[i + 1]);
        QCOMPARE(set.documents[r * context + i], document_[static_cast<std::size_t>(row[i + 1])]);
        ++count;
      }
    }
    QCOMPARE(set.targets, count);
    for (int c = 0; c < clusters; ++c) {
      QCOMPARE(targets[c], std::vector<std::int32_t>(text[c].begin() + 1, text[c].end()));
      QCOMPARE(inputs[c], std::vector<std::int32_t>(text[c].begin(), text[c].end() - 1));
    }
  }

  void evaluationKeepsToItsBudget_data() {
    QTest::addColumn<qulonglong>("budget");
    for (const qulonglong budget : {1ULL, 5ULL, 16ULL, 100ULL, 1000ULL, 5000ULL, 1000000ULL, ~0ULL - 1, ~0ULL})
      QTest::addRow("%llu", budget) << budget;
  }
  void evaluationKeepsToItsBudget() {
    QFETCH(qulonglong, budget);
    const auto windows = clustered(3);
    const auto all = token::make_evaluation_set(windows, 16, 0, "x");
    const auto set = token::make_evaluation_set(windows, 16, budget, "x");
    std::uint64_t counted = 0;
    std::set<std::int32_t> seen;
    for (std::size_t r = 0; r < set.count(); ++r) {
      for (int i = 1; i <= 16; ++i) {
        const auto token = set.rows[r * 17 + i];
        if (token >= 0) QVERIFY(seen.insert(token).second);
        counted += token >= 0;
      }
    }
    QCOMPARE(set.targets, counted);
    QVERIFY(set.targets <= std::uint64_t(budget));
    QVERIFY(set.targets + 48 >= std::min<std::uint64_t>(budget, all.targets));
    QVERIFY(set.count() > 0);
    if (budget >= 1000) QCOMPARE(*std::max_element(set.cluster.begin(), set.cluster.end()), std::uint16_t(2));
  }

  void domainBudgetsAreExact_data() {
    QTest::addColumn<int>("budget");
    for (const int budget : {0, 16, 100, 1000, 1001}) QTest::addRow("%d", budget) << budget;
  }
  void domainBudgetsAreExact() {
    QFETCH(int, budget);
    const auto set = token::domain_sample(store_, 16, budget, 5, "law");
    QCOMPARE(set.tokens(), budget == 0 ? store_->tokens(corpus::Split::train) : std::uint64_t(budget));
    std::set<std::uint64_t> begins;
    for (const auto& e : set.entries) {
      QVERIFY(begins.insert(e.window.begin).second);
      QCOMPARE(int(e.cluster), 0);
    }
    QCOMPARE(token::ClusterSampler(set, 2, 16, 1, 1).next().experts, std::vector<int>{0});
    const auto whole = token::domain_windows(store_, corpus::Split::train, 16, "law");
    QCOMPARE(whole.tokens(), store_->tokens(corpus::Split::train));
    QVERIFY(std::is_sorted(whole.entries.begin(), whole.entries.end(),
                           [](const auto& a, const auto& b) { return a.window.begin < b.window.begin; }));
  }

  /// 4k is a part of 20k, which is a part of 100k; a document's place in the file does not matter.
  void samplesAreNestedAndOfNoOrder() {
    const std::vector<std::uint64_t> lengths(2000, 20);
    const auto store = fixtures::write_tokens(dir_.filePath("many").toStdString(), lengths);
    std::vector<std::uint64_t> before;
    for (const int tokens : {200, 2000, 10'000}) {
      std::vector<std::uint64_t> begins;
      for (const auto& e : token::domain_sample(store, 32, tokens, 5, "law").entries) begins.push_back(e.window.begin);
      QVERIFY(std::equal(before.begin(), before.end(), begins.begin()));
      QVERIFY(!std::is_sorted(begins.begin(), begins.end()));
      before = begins;
    }
    // Evenly over the store: the mean place of what was drawn is the middle, within four standard errors.
    double sum = 0;
    for (const std::uint64_t begin : before)
      sum += static_cast<double>(begin) / static_cast<double>(store->tokens(corpus::Split::train));
    const double n = static_cast<double>(before.size());
    QVERIFY2(std::fabs(sum / n - 0.5) < 4 / std::sqrt(12 * n), qPrintable(QString::number(sum / n)));
  }

  /// Of 2,000 documents two seeds draw 500 each: they share a quarter, as two random draws do (hypergeometric).
  void seedsShareNoMoreThanChance() {
    const std::vector<std::uint64_t> lengths(2000, 20);
    const auto store = fixtures::write_tokens(dir_.filePath("shared").toStdString(), lengths);
    const auto per_document = static_cast<std::uint64_t>(store->tokens(corpus::Split::train)) / 2000;
    const auto drawn = [&](std::uint64_t seed, const char* name, std::uint64_t sample = 1) {
      std::set<std::uint64_t> begins;
      for (const auto& e : token::domain_sample(store, 32, 500 * per_document, seed, name, sample).entries)
        begins.insert(e.window.begin);
      return begins;
    };
    const auto shared = [](const std::set<std::uint64_t>& a, const std::set<std::uint64_t>& b) {
      return std::count_if(a.begin(), a.end(), [&](std::uint64_t begin) { return b.contains(begin); });
    };
    const double expected = 500.0 * 500 / 2000, deviation = std::sqrt(expected * 0.75 * 1500 / 1999);
    double sum = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const auto both = static_cast<double>(shared(drawn(seed, "law"), drawn(seed + 1, "law")));
      QVERIFY2(std::fabs(both - expected) < 4.5 * deviation, qPrintable(QString::number(both)));
      sum += both / 20;
    }
    QVERIFY(std::fabs(sum - expected) < 4 * deviation / std::sqrt(20.0));
    QVERIFY(drawn(1, "law") != drawn(1, "cooking"));  // each domain its own
    // As do the samples of one seed, and those of two.
    for (std::uint64_t sample = 2; sample <= 20; ++sample) {
      for (const std::uint64_t seed : {1, 2}) {
        const auto both = static_cast<double>(shared(drawn(1, "law"), drawn(seed, "law", sample)));
        QVERIFY2(std::fabs(both - expected) < 4.5 * deviation, qPrintable(QString::number(both)));
      }
    }
    QCOMPARE(shared(drawn(3, "law"), drawn(3, "law")), std::ptrdiff_t(drawn(3, "law").size()));
  }

  void sharesDecideWhatIsDrawn() {
    // Importance sampling: the histogram of what is drawn is the one asked for, whatever the clusters' sizes are.
    const auto windows = clustered(4);
    const std::vector<double> shares = {0.5, 0.0, 0.3, 0.2};
    token::ClusterSampler sampler(windows, 8, 16, 8, 11, shares);
    std::vector<double> drawn(4, 0.0);
    constexpr int kBatches = 2000;
    for (int i = 0; i < kBatches; ++i) {
      for (const int expert : sampler.next().experts) drawn[static_cast<std::size_t>(expert)] += 1.0 / (8 * kBatches);
    }
    for (std::size_t c = 0; c < shares.size(); ++c) QVERIFY(std::fabs(drawn[c] - shares[c]) < 0.015);
    QCOMPARE(drawn[1], 0.0);
  }

  void sharesOfEmptyClustersAreSpread() {
    auto windows = clustered(3);
    std::erase_if(windows.entries, [](const auto& entry) { return entry.cluster == 0; });
    token::ClusterSampler sampler(windows, 4, 16, 4, 11, {0.9, 0.05, 0.05});
    for (int i = 0; i < 50; ++i) {
      for (const int expert : sampler.next().experts) QVERIFY(expert != 0);
    }
  }

  void sharesAreChecked_data() {
    QTest::addColumn<std::vector<double>>("shares");
    QTest::newRow("too few") << std::vector<double>{0.5, 0.5};
    QTest::newRow("negative") << std::vector<double>{0.5, 0.7, -0.2};
    QTest::newRow("not a number") << std::vector<double>{0.5, std::nan(""), 0.5};
    QTest::newRow("nothing left") << std::vector<double>{0.0, 0.0, 0.0};
  }
  void sharesAreChecked() {
    QFETCH(std::vector<double>, shares);
    QVERIFY_EXCEPTION_THROWN(token::ClusterSampler(clustered(3), 4, 16, 4, 11, shares), Error);
  }

  void sharesBelongToTheSavedPosition() {
    token::ClusterSampler first(clustered(3), 4, 16, 4, 11, {0.2, 0.3, 0.5});
    for (int i = 0; i < 7; ++i) first.next();
    const std::string state = first.state();
    token::ClusterSampler second(clustered(3), 4, 16, 4, 11, {0.2, 0.3, 0.5}),
        other(clustered(3), 4, 16, 4, 11, {0.3, 0.2, 0.5});
    second.restore(state);
    for (int i = 0; i < 20; ++i) {
      const token::Batch a = first.next(), b = second.next();
      QCOMPARE(a.experts, b.experts);
      QCOMPARE(a.tokens, b.tokens);
    }
    QVERIFY_EXCEPTION_THROWN(other.restore(state), Error);
  }

  void domainTooSmall() {
    const auto small = fixtures::write_tokens(dir_.filePath("small").toStdString(), {5, 6});
    const auto expect = [&](std::uint32_t window, std::uint64_t tokens, const char* part) {
      try {
        token::domain_sample(small, window, tokens, 5, "law");
        QFAIL("accepted");
      } catch (const Error& error) {
        QVERIFY(error.kind() == ErrorKind::input);
        QVERIFY2(QString(error.what()).contains("law") && QString(error.what()).contains(part), error.what());
      }
    };
    expect(12, 0, "12");
    expect(4, 20, "20");
    QCOMPARE(token::domain_windows(small, corpus::Split::train, 11, "law").tokens(), std::uint64_t(11));
    QVERIFY_EXCEPTION_THROWN(token::domain_windows(small, corpus::Split::test, 4, "law"), Error);
  }
};

QTEST_GUILESS_MAIN(TestSampler)
#include "test_sampler.moc"
