// SPDX-License-Identifier: GPL-3.0-or-later
// Test documents as a sample: their variance against a plain bootstrap and against repeated draws, its sum with that of
// seeds, and what the comparison makes of it.
#include <QTest>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "measure/comparison.h"
#include "measure/uncertainty.h"

using namespace pantograph::measure;

namespace {

bool near(double a, double b, double tolerance) {
  return std::abs(a - b) <= tolerance;
}

/// Documents of uneven lengths whose losses per token spread by `spread`.
TestLosses draw(std::mt19937_64& random, int documents, double spread) {
  std::normal_distribution<double> normal;
  TestLosses out;
  for (int i = 0; i < documents; ++i) {
    const auto tokens = static_cast<std::uint32_t>(50 + random() % 400);
    out.documents.push_back(static_cast<std::uint32_t>(i));
    out.tokens.push_back(tokens);
    out.losses.push_back(tokens * (3 + spread * normal(random)));
  }
  return out;
}

double loss_of(const TestLosses& test) {
  return std::accumulate(test.losses.begin(), test.losses.end(), 0.0) /
         std::accumulate(test.tokens.begin(), test.tokens.end(), 0.0);
}

/// Standard deviation of the loss over documents drawn with replacement.
double bootstrap(const TestLosses& test, std::mt19937_64& random) {
  std::vector<double> values;
  for (int b = 0; b < 2000; ++b) {
    double loss = 0, tokens = 0;
    for (std::size_t i = 0; i < test.documents.size(); ++i) {
      const std::size_t k = random() % test.documents.size();
      loss += test.losses[k], tokens += test.tokens[k];
    }
    values.push_back(loss / tokens);
  }
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / 2000;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / 1999);
}

ResultRecord result(const std::string& method, const std::string& domain, std::uint64_t seed, TestLosses test) {
  ResultRecord r;
  r.method = method;
  r.domain = domain;
  r.seed = seed;
  r.specialization_tokens = 1000;
  r.parameters_inference = 100;
  r.perplexity_before = 40;
  r.perplexity_after = std::exp(loss_of(test));
  r.validation_loss = loss_of(test);
  r.test_documents = test.documents.size();
  r.test = std::make_shared<const TestLosses>(std::move(test));
  return r;
}

/// Two methods on one test set. `taste`: how unlike they are on single documents, the same for every seed, since it is
/// what the method is; `luck`: of each run.
std::vector<ResultRecord> simulate(std::mt19937_64& random, int seeds, double lag, double taste, double luck,
                                   int documents = 60) {
  std::normal_distribution<double> normal;
  const TestLosses base = draw(random, documents, 0.4);
  std::vector<double> tastes;
  for (int i = 0; i < documents; ++i) tastes.push_back(taste * normal(random));
  std::vector<ResultRecord> records;
  for (int s = 1; s <= seeds; ++s) {
    for (const char* method : {"a", "b"}) {
      TestLosses test = base;
      const double own = luck * normal(random);
      for (std::size_t i = 0; i < tastes.size(); ++i)
        test.losses[i] += test.tokens[i] * (own + (*method == 'b' ? lag + tastes[i] : 0));
      records.push_back(result(method, "law", static_cast<std::uint64_t>(s), std::move(test)));
    }
  }
  return records;
}

std::vector<ResultRecord> without_documents(std::vector<ResultRecord> records) {
  for (ResultRecord& r : records) r.test = nullptr;
  return records;
}

constexpr int kTrials = 4000;
constexpr double kChance = 0.007;  // two standard errors of a share near 5 % in that many trials

}  // namespace

class TestUncertainty : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void variance_over_documents_is_that_of_the_bootstrap() {
    std::mt19937_64 random(4);
    for (const int documents : {20, 100, 500}) {
      const TestLosses test = draw(random, documents, 0.5);
      const auto variance = over_documents({{&test, 1}});
      QVERIFY(variance);
      QCOMPARE(variance->degrees, documents - 1.0);
      const double ratio = std::sqrt(variance->value) / bootstrap(test, random);
      QVERIFY2(near(ratio, 1, 0.08), qPrintable(QString::number(ratio)));
    }
  }

  void variance_over_documents_is_that_of_other_test_sets() {
    std::mt19937_64 random(8);
    double estimated = 0, sum = 0, squares = 0;
    for (int t = 0; t < kTrials; ++t) {
      const TestLosses test = draw(random, 60, 0.5);
      estimated += over_documents({{&test, 1}})->value / kTrials;
      const double loss = loss_of(test);
      sum += loss, squares += loss * loss;
    }
    const double actual = squares / kTrials - (sum / kTrials) * (sum / kTrials);
    QVERIFY2(near(estimated / actual, 1, 0.06), qPrintable(QString::number(estimated / actual)));
  }

  void documents_of_equal_length_give_the_variance_of_a_mean() {
    TestLosses test{{0, 1, 2, 3}, {10, 10, 10, 10}, {10, 20, 30, 40}};
    // Losses 1, 2, 3, 4 a token: variance 5/3, of the mean 5/12.
    QVERIFY(near(over_documents({{&test, 1}})->value, 5.0 / 12, 1e-12));
    // A difference from itself has none, twice the loss four times as much.
    QVERIFY(near(over_documents({{&test, 1}, {&test, -1}})->value, 0, 1e-15));
    QVERIFY(near(over_documents({{&test, 2}})->value, 5.0 / 3, 1e-12));
    // Two domains alike: half the variance, twice the degrees of freedom.
    const auto two =
        over_documents(std::map<std::string, std::vector<TestTerm>>{{"a", {{&test, 1}}}, {"b", {{&test, 1}}}});
    QVERIFY(near(two->value, 5.0 / 24, 1e-12));
    QVERIFY(near(two->degrees, 6, 1e-9));
  }

  void what_is_not_known_stays_so() {
    const TestLosses one{{0}, {10}, {30}}, two{{0, 1}, {10, 10}, {30, 31}}, other{{0, 2}, {10, 10}, {30, 31}};
    QVERIFY(!over_documents(std::vector<TestTerm>{}));
    QVERIFY(!over_documents({{&one, 1}}));
    QVERIFY(!over_documents({{&two, 1}, {nullptr, -1}}));
    QVERIFY(!over_documents({{&two, 1}, {&other, -1}}));
    QVERIFY(over_documents({{&two, 1}, {&two, -1}}));
  }

  void degrees_of_freedom_of_a_sum() {
    // Satterthwaite by hand: (4 + 1)² / (16/2 + 1/10).
    const Variance sum = sum_of({{4, 2}, {1, 10}});
    QCOMPARE(sum.value, 5.0);
    QVERIFY(near(sum.degrees, 25 / 8.1, 1e-12));
    QCOMPARE(sum_of({{0, 3}}).degrees, 3.0);
    QVERIFY(near(interval_of(0, {1, 4}).high, 2.7764, 1e-4));
  }

  void equal_methods_are_told_apart_as_seldom_as_stated() {
    for (const int seeds : {2, 3, 5}) {
      std::mt19937_64 random(31);
      int now = 0, seeds_alone = 0;
      for (int t = 0; t < kTrials; ++t) {
        const auto records = simulate(random, seeds, 0, 0.2, 0.01);
        now += compare(records).at(0).rest.empty() ? 0 : 1;
        seeds_alone += compare(without_documents(records)).at(0).rest.empty() ? 0 : 1;
      }
      qInfo("%d seeds, equal methods that differ by document: told apart in %.1f %%; by seeds alone %.1f %%", seeds,
            100.0 * now / kTrials, 100.0 * seeds_alone / kTrials);
      QVERIFY(now <= (0.05 + kChance) * kTrials);
      if (seeds > 2) QVERIFY(seeds_alone > 0.15 * kTrials);
    }
  }

  void a_real_difference_is_found_all_the_same() {
    std::mt19937_64 random(32);
    int found = 0, held = 0;
    for (int t = 0; t < kTrials; ++t) {
      const Comparison c = compare(simulate(random, 5, 0.05, 0.05, 0.015, 200)).at(0);
      found += c.level.front().method == "a" && !c.rest.empty() ? 1 : 0;
      const double loss = c.level.front().method == "a" ? 0.05 : -0.05;
      held += c.differences[0].interval.low <= loss && loss <= c.differences[0].interval.high ? 1 : 0;
    }
    qInfo("a real 5 %% found in %.0f %%, intervals hold the truth in %.1f %%", 100.0 * found / kTrials,
          100.0 * held / kTrials);
    QVERIFY(found > 0.8 * kTrials);
    QVERIFY(held >= 0.9 * kTrials && held <= 0.99 * kTrials);
  }

  void intervals_of_averages_cover() {
    // Truth: the loss over all documents that there could be (3 nats) and all seeds.
    for (const int seeds : {1, 3}) {
      std::mt19937_64 random(33);
      int held = 0;
      for (int t = 0; t < kTrials; ++t) {
        const auto averages_of = averages(simulate(random, seeds, 0, 0, seeds == 1 ? 0 : 0.03, 60));
        const Interval& interval = averages_of.at(0).after_interval;
        held += interval.low <= std::exp(3.0) && std::exp(3.0) <= interval.high ? 1 : 0;
      }
      qInfo("%d seeds: intervals of averages hold the truth in %.1f %%", seeds, 100.0 * held / kTrials);
      QVERIFY(held >= 0.9 * kTrials && held <= 0.99 * kTrials);
    }
  }

  void with_one_seed_documents_still_speak() {
    std::mt19937_64 random(34);
    const auto far = compare(simulate(random, 1, 0.5, 0.1, 0)).at(0);
    QCOMPARE(far.differences[0].decision, Decision::one_seed);
    QVERIFY(far.differences[0].over_documents.low > 0);
    QCOMPARE(far.rest.size(), std::size_t(1));
    // More than the narrow lead on these documents, and yet not on others.
    bool seen = false;
    for (int t = 0; t < 200 && !seen; ++t) {
      const auto c = compare(simulate(random, 1, 0.03, 0.6, 0, 10)).at(0);
      const PairedDifference& d = c.differences[0];
      if (lead(d.loss) < kNarrowLead || d.over_documents.low > 0) continue;
      seen = true;
      QVERIFY(c.rest.empty());
    }
    QVERIFY(seen);
  }

  void seeds_do_not_make_up_for_few_documents() {
    std::mt19937_64 random(35);
    const auto c = compare(simulate(random, 4, 0.01, 0.3, 0.001, 20)).at(0);
    PairedDifference d = c.differences[0];
    QVERIFY(d.of_test.value > 10 * d.of_seeds.value);
    d.loss = 0.02;  // well below what so few documents can show, and then well above
    QVERIFY(test_sets_too_small(d));
    QCOMPARE(seeds_needed(d), 0);
    d.loss = 10 * std::sqrt(d.of_test.value);
    QVERIFY(!test_sets_too_small(d));
    QVERIFY(seeds_needed(d) > 1);
  }

  void documents_that_leak_can_be_left_out() {
    ResultRecord r = result("a", "law", 1, {{0, 1, 2}, {10, 20, 30}, {10, 60, 120}});
    leave_out(r, {});
    QCOMPARE(r.leaked_documents, std::uint64_t{0});
    QCOMPARE(r.perplexity_without_leaks, r.perplexity_after);
    leave_out(r, {0, 7});
    QCOMPARE(r.leaked_documents, std::uint64_t{1});
    QVERIFY(near(r.perplexity_without_leaks, std::exp(180.0 / 50), 1e-12));
    leave_out(r, {0, 1, 2});
    QVERIFY(std::isnan(r.perplexity_without_leaks));
    r.test = nullptr;
    leave_out(r, {0});
    QCOMPARE(r.perplexity_without_leaks, 0.0);
  }

  void bits_per_byte_are_the_loss_over_the_text() {
    ResultRecord r = result("a", "law", 1, {{0, 1}, {10, 10}, {20, 40}});
    QVERIFY(std::isnan(bits_per_byte(r)));
    r.test_tokens = 20;
    r.test_bytes = 80;
    QVERIFY(near(bits_per_byte(r), 60 / std::log(2.0) / 80, 1e-12));
  }
};

QTEST_APPLESS_MAIN(TestUncertainty)
#include "test_uncertainty.moc"
