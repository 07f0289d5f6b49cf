// SPDX-License-Identifier: GPL-3.0-or-later
// Costs per method and interpolation to equal cost, against hand-computed numbers.
#include <algorithm>
#include <cmath>
#include <limits>

#include <QtTest>

#include "measure/ledger.h"
#include "sample_comparison.h"

using namespace pantograph;
using sample::record;

namespace {

bool close(double a, double b) {
  return std::abs(a - b) <= 1e-12 * std::max(std::abs(a), std::abs(b));
}

measure::ResultRecord costing(const std::string& domain, std::uint64_t seed, double generic, double specialization) {
  measure::ResultRecord r = record("slm", domain, 40, 20, seed);
  r.generic_budget = 8'000'000;
  r.generic_flops = generic, r.generic_seconds = generic / 10;
  r.specialization_flops = specialization, r.specialization_seconds = specialization / 10;
  r.specialization_tokens_seen = 1000;
  return r;
}

}  // namespace

class TestLedger : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_seed_counts_once_and_a_domain_counts_once() {
    // Seed 1 has two domains, seed 2 one: its generic phase must not count for less. (1000 + 2000) / 2.
    // law: (10 + 30) / 2 = 20, med: 50; mean 35.
    const auto entries =
        measure::ledger({costing("law", 1, 1000, 10), costing("med", 1, 1000, 50), costing("law", 2, 2000, 30)});
    QCOMPARE(entries.size(), std::size_t(1));
    const measure::LedgerEntry& e = entries[0];
    QVERIFY(close(e.generic.flops, 1500) && close(e.generic.seconds, 150) && close(e.generic.tokens, 8e6));
    QVERIFY(close(e.specialization.flops, 35) && close(e.specialization.seconds, 3.5));
    QVERIFY(close(e.specialization.tokens, 1000));
    QCOMPARE(e.budget, std::uint64_t(8'000'000));
    QCOMPARE(e.domains, 2);
    QCOMPARE(e.seeds, 2);
    QVERIFY(close(measure::total_cost(e, 1).flops, 1535));
    QVERIFY(close(measure::total_cost(e, 7).flops, 1500 + 7 * 35));
    QVERIFY(close(measure::total_cost(e, 50).seconds, 150 + 50 * 3.5));
    QVERIFY(close(measure::total_cost(e, 0.5).flops, 1517.5));
    QVERIFY(close(measure::total_cost(e, 0).tokens, 8e6));
  }

  void budgets_and_sizes_are_kept_apart_and_order_and_repetition_do_not_matter() {
    std::vector<measure::ResultRecord> records = {costing("law", 1, 1000, 10), costing("law", 1, 500, 10),
                                                  costing("law", 1, 1000, 90)};
    records[1].generic_budget = 4'000'000;
    records[2].specialization_tokens = 20'000;
    records.push_back(records[0]);
    auto entries = measure::ledger(records);
    QCOMPARE(entries.size(), std::size_t(3));
    QVERIFY(entries[0].budget == 4'000'000 && entries[1].size == 20'000 && entries[2].size == 100'000);
    QVERIFY(close(entries[1].specialization.flops, 90) && close(entries[2].specialization.flops, 10));
    std::reverse(records.begin(), records.end());
    const auto again = measure::ledger(records);
    for (std::size_t i = 0; i < again.size(); ++i) QVERIFY(again[i].generic.flops == entries[i].generic.flops);
  }

  void the_teacher_is_apart_from_the_student() {
    measure::ResultRecord r = costing("law", 1, 1000, 10);
    r.kind = r.method = "slm-d";
    r.teacher_generic_flops = 7000, r.teacher_specialization_flops = 60;
    const auto entries = measure::ledger({r});
    QVERIFY(close(measure::total_cost(entries[0], 7).flops, 1070));
    QVERIFY(close(measure::total_cost(entries[0], 7, true).flops, 1000 + 7000 + 7 * 70));
  }

  void a_pretraining_for_every_domain_is_no_shared_cost() {
    measure::ResultRecord r = costing("law", 1, 0, 500);
    r.kind = r.method = "slm-is";
    const auto entries = measure::ledger({r});
    QVERIFY(close(measure::total_cost(entries[0], 7).flops, 3500) &&
            close(measure::total_cost(entries[0], 7).tokens, 7 * 8'001'000.0));
  }

  void a_cost_that_is_not_finite_does_not_count() {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto entries = measure::ledger({costing("law", 1, nan, nan), costing("med", 1, 1000, 10)});
    QVERIFY(close(entries[0].generic.flops, 1000) && close(entries[0].specialization.flops, 10));
    QVERIFY(std::isnan(measure::ledger({costing("law", 1, nan, 1)})[0].generic.flops));
    QVERIFY(measure::ledger({}).empty());
  }

  void unit_of_cost() {
    std::vector<measure::ResultRecord> records = {costing("law", 1, 1000, 10)};
    QVERIFY(measure::cost_unit(records) == measure::CostUnit::flops);
    records.push_back(records[0]);
    records[1].specialization_flops = 0;
    QVERIFY(measure::cost_unit(records) == measure::CostUnit::seconds);
    QVERIFY(measure::cost_unit({}) == measure::CostUnit::flops);
    QVERIFY(close(measure::amount({1, 2, 3}, measure::CostUnit::flops), 1) &&
            close(measure::amount({1, 2, 3}, measure::CostUnit::seconds), 2) &&
            close(measure::amount({1, 2, 3}, measure::CostUnit::tokens), 3));
  }

  void interpolation_is_linear_in_loss_and_logarithm_of_cost() {
    // Losses 4 at cost 1, 3 at 100, 2.5 at 10,000: half way in the logarithm, at 10 and at 1,000, they are 3.5
    // and 2.75.
    const std::vector<measure::CostPoint> points = {{100, std::exp(3.0)}, {1, std::exp(4.0)}, {10'000, std::exp(2.5)}};
    QVERIFY(close(*measure::perplexity_at_cost(points, 10), std::exp(3.5)));
    QVERIFY(close(*measure::perplexity_at_cost(points, 1000), std::exp(2.75)));
    for (const measure::CostPoint& p : points)
      QVERIFY(close(*measure::perplexity_at_cost(points, p.cost), p.perplexity));
  }

  void interpolation_of_the_papers_numbers() {
    // SLM-pn fine-tuned on 1M tokens: 18.57 at 100 and 17.76 at 200 GPU-hours. Half way in the logarithm of the cost,
    // at 141.4, the loss is the mean of both: √(18.57 · 17.76) = 18.1605…
    const std::vector<measure::CostPoint> pn = {{100, 18.57}, {200, 17.76}, {400, 17.17}};
    QVERIFY(close(*measure::perplexity_at_cost(pn, 100 * std::sqrt(2.0)), std::sqrt(18.57 * 17.76)));
    QVERIFY(!measure::perplexity_at_cost(pn, 99.9));
    QVERIFY(!measure::perplexity_at_cost(pn, 400.1));
  }

  void nothing_is_extrapolated_or_made_of_bad_points() {
    const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
    QVERIFY(!measure::perplexity_at_cost({}, 1));
    QVERIFY(!measure::perplexity_at_cost({{10, 20}}, 9) && !measure::perplexity_at_cost({{10, 20}}, 11));
    QVERIFY(close(*measure::perplexity_at_cost({{10, 20}}, 10), 20));
    const std::vector<measure::CostPoint> points = {{0, 5},   {-1, 5}, {nan, 5}, {inf, 5},
                                                    {1, nan}, {2, 0},  {1, 40},  {4, 10}};
    QVERIFY(close(*measure::perplexity_at_cost(points, 2), 20));
    for (double cost : {0.0, -1.0, nan, inf, 0.5, 5.0}) QVERIFY(!measure::perplexity_at_cost(points, cost));
    // Two points of one cost: their mean loss.
    QVERIFY(close(*measure::perplexity_at_cost({{1, 10}, {1, 40}}, 1), 20));
  }

  void expertsThatWereTrainedApartAddUp() {
    // Two seeds; three domains on two experts: the generic phase is the sum of both, once for each seed.
    std::vector<measure::ResultRecord> records;
    for (const std::uint64_t seed : {1U, 2U}) {
      int i = 0;
      for (const char* domain : {"a", "b", "c"}) {
        measure::ResultRecord r;
        r.method = r.kind = "slm-mix";
        r.domain = domain;
        r.seed = seed;
        r.clusters = 8;
        r.expert = i++ == 1 ? 5 : 2;
        r.generic_flops = r.expert == 5 ? 30 : 10;
        r.generic_budget = 100;
        r.parameters_pretraining = r.parameters_inference = 7;
        records.push_back(r);
      }
    }
    QCOMPARE(measure::ledger(records).at(0).generic.flops, 40.0);
    QCOMPARE(measure::ledger(records).at(0).parameters_pretraining, std::uint64_t(14));
    for (auto& r : records) r.parameters_pretraining = 56;  // all experts: each record has the whole cost
    QCOMPARE(measure::ledger(records).at(0).generic.flops, (10.0 + 30.0 + 10.0) / 3);
  }
};

QTEST_GUILESS_MAIN(TestLedger)
#include "test_ledger.moc"
