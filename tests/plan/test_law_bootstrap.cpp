// SPDX-License-Identifier: GPL-3.0-or-later
// How sure a law's constants and predictions are: resamples.
#include <QtTest>
#include <cmath>

#include "plan/law_bootstrap.h"
#include "plan/law_json.h"
#include "sample_laws.h"

using namespace pantograph;
using sample::plain_loss;

namespace {

double two_power_laws(double d, double p) {
  return 2 + 60 / std::pow(d, 0.3) + 20 / std::pow(p, 0.3);
}

/// Runs of one N: `seeds` networks of each budget (each twice the one before), each specialized on `sizes` sizes. A
/// network's luck (0.5 %) is that of all of its runs, beside what each has for itself (0.1 %).
std::vector<plan::ScalingPoint> studied(int budgets, int seeds, int sizes, std::uint64_t study) {
  std::vector<plan::ScalingPoint> points;
  Random random(study);
  for (int b = 0; b < budgets; ++b) {
    for (int seed = 0; seed < seeds; ++seed) {
      const double luck = 0.005 * random.normal();
      for (int s = 0; s < sizes; ++s) {
        plan::ScalingPoint point;
        point.parameters = 1e5, point.generic_tokens = 1e6 * std::pow(2, b), point.domain_tokens = 2e4 * std::pow(4, s);
        point.domain = "law";
        point.seed = static_cast<std::uint64_t>(seed);
        point.loss =
            two_power_laws(point.generic_tokens, point.domain_tokens) * std::exp(luck + 0.001 * random.normal());
        points.push_back(point);
      }
    }
  }
  return points;
}

plan::LawFit bootstrapped(const std::vector<plan::ScalingPoint>& points, int draws,
                          plan::LawFamily family = plan::LawFamily::additive) {
  plan::LawFit fit = plan::fit_law(points, family);
  plan::add_bootstrap(fit, points, {}, {.draws = draws, .random_starts = 1});
  return fit;
}

bool holds(const plan::Range& range, double value) {
  return range.low <= value && value <= range.high;
}

}  // namespace

class TestLawBootstrap : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// Losses E + a·D^(-α)·exp(-b·D') are the limit of the effective-data law as beta → ∞ and beta·delta → α: no finite
  /// constants fit best. A search must end all the same, for the fit and for its resamples, and predict.
  void a_law_that_fits_best_at_infinity_ends() {
    const auto loss = [](double d, double p) { return 1.5 + 40 * std::pow(d, -0.2) * std::exp(-3e-6 * p); };
    std::vector<plan::ScalingPoint> points;
    Random random(8);
    for (const double d : {2.5e6, 5e6, 1e7, 2e7, 4e7}) {
      for (const double p : {4e3, 2e4, 1e5}) {
        for (int seed = 0; seed < 2; ++seed) {
          plan::ScalingPoint point;
          point.parameters = 75'000, point.generic_tokens = d, point.domain_tokens = p, point.domain = "law";
          point.loss = loss(d, p) * std::exp(0.003 * random.normal());
          point.seed = points.size();
          points.push_back(point);
        }
      }
    }
    plan::LawFit fit = plan::fit_law(points, plan::LawFamily::effective_data);
    QVERIFY(fit.converged);
    plan::add_bootstrap(fit, points, {}, {.draws = 40});
    QVERIFY2(fit.draws_failed <= 2, qPrintable(QString::number(fit.draws_failed)));
    QVERIFY(std::abs(plan::predict(fit, 75'000, 8e7, 1e5) / loss(8e7, 1e5) - 1) < 0.02);
    QCOMPARE(QString(plan::bound_words(plan::parameter_interval(fit, 4))), "at least");  // beta, held by the search
  }

  /// Ten studies of 30 to 64 runs: the interval at 90 % of the loss at four times the tokens, and of E, holds the truth
  /// in eight of them or more, and is not wide for that.
  void intervals_cover_the_truth_data() {
    QTest::addColumn<int>("family");
    for (const plan::LawFamily family : plan::kLawFamilies)
      QTest::newRow(plan::to_string(family)) << static_cast<int>(family);
  }
  void intervals_cover_the_truth() {
    QFETCH(int, family);
    const auto law = static_cast<plan::LawFamily>(family);
    const plan::LawValues truth = sample::true_values(law);
    const double target = plain_loss(law, truth, 4e6, 1e9, 4e7);
    plan::BootstrapOptions bootstrap;
    bootstrap.draws = 60;
    bootstrap.random_starts = 1;
    int loss_covered = 0, floor_covered = 0;
    for (std::uint64_t seed = 31; seed < 41; ++seed) {
      const auto points = sample::runs(law, 0.005, seed);
      plan::LawFit fit = plan::fit_law(points, law);
      plan::add_bootstrap(fit, points, {}, bootstrap);
      QVERIFY(fit.draws_failed <= 6);
      const plan::Range loss = plan::predict_interval(fit, 4e6, 1e9, 4e7), floor = plan::parameter_interval(fit, 0);
      loss_covered += loss.low <= target && target <= loss.high;
      floor_covered += floor.low <= truth[0] && truth[0] <= floor.high;
      QVERIFY2(loss.high - loss.low < 0.05 * target, qPrintable(QString::number(loss.high - loss.low)));
    }
    QVERIFY2(loss_covered >= 8 && floor_covered >= 8,
             qPrintable(QString("loss %1, E %2 of 10").arg(loss_covered).arg(floor_covered)));
  }

  /// A hundred studies of eight budgets and four sizes: the interval at 90 % of the loss at ten times the tokens holds
  /// the truth in 83 to 97 of them. With every run taken for a network of its own (resampled run by run) it would hold
  /// it in 70 or fewer.
  void the_luck_of_a_network_is_in_the_interval() {
    const double d = 10 * 128e6, p = 320e3, truth = two_power_laws(d, p);
    const plan::BootstrapOptions options = {.draws = 60, .random_starts = 0};
    int covered = 0, run_by_run = 0;
    for (std::uint64_t study = 0; study < 100; ++study) {
      std::vector<plan::ScalingPoint> points = studied(8, 1, 4, 1000 + study);
      plan::LawFit fit = plan::fit_law(points, plan::LawFamily::additive);
      plan::add_bootstrap(fit, points, {}, options);
      QCOMPARE(fit.networks, 8);
      covered += holds(plan::predict_interval(fit, 1e5, d, p), truth);
      for (std::size_t i = 0; i < points.size(); ++i) points[i].seed = i;
      plan::add_bootstrap(fit, points, {}, options);
      QCOMPARE(fit.networks, 32);
      run_by_run += holds(plan::predict_interval(fit, 1e5, d, p), truth);
    }
    QVERIFY2(covered >= 83 && covered <= 97 && run_by_run <= 70,
             qPrintable(QString("by network %1, run by run %2 of 100").arg(covered).arg(run_by_run)));
  }

  void too_few_networks_claim_no_interval_data() {
    QTest::addColumn<int>("budgets");
    QTest::addColumn<int>("seeds");
    QTest::addColumn<QString>("note");  // empty: there are intervals
    QTest::newRow("three budgets, one seed")
        << 3 << 1
        << "3 pretrained networks (budget and seed) can be resampled in 1 way only: train more seeds or budgets";
    QTest::newRow("four budgets, one seed")
        << 4 << 1 << "4 pretrained networks (budget and seed) can be resampled in 13 ways only";
    QTest::newRow("five budgets, one seed") << 5 << 1 << "";
    QTest::newRow("three budgets, two seeds") << 3 << 2 << "none of the 3 budgets can be left out, and 2 seeds";
    QTest::newRow("three budgets, three seeds") << 3 << 3 << "";
    QTest::newRow("four budgets, two seeds") << 4 << 2 << "";
  }
  void too_few_networks_claim_no_interval() {
    QFETCH(int, budgets);
    QFETCH(int, seeds);
    QFETCH(QString, note);
    const plan::LawFit fit = bootstrapped(studied(budgets, seeds, 3, 5), 20);
    QCOMPARE(fit.networks, budgets * seeds);
    QCOMPARE(fit.draws.empty(), !note.isEmpty());
    QCOMPARE(fit.level > 0, note.isEmpty());
    VERIFY_SAYS(plan::interval_note(fit), note);
    const auto written = plan::to_json(fit);
    QCOMPARE(plan::to_json(plan::law_fit_from_json(written)).dump(), written.dump());
    QCOMPARE(written.contains("no_intervals"), !note.isEmpty());
  }

  /// Samples of one size are of one network; without a generic phase, each size is a network of its own.
  void what_a_network_is() {
    std::vector<plan::ScalingPoint> points = studied(5, 1, 3, 6);
    for (plan::ScalingPoint point : studied(5, 1, 3, 7)) points.push_back(point);  // another sample
    QCOMPARE(bootstrapped(points, 10).networks, 5);
    for (plan::ScalingPoint& point : points) {
      if (point.generic_tokens == 16e6) point.generic_tokens = 0;
    }
    QCOMPARE(bootstrapped(points, 10, plan::LawFamily::effective_data).networks, 4 + 3);
  }

  /// Losses that fall as 1/D'^0.3 without end: E is anything from 0.
  void a_constant_at_a_bound_says_so() {
    auto points = studied(6, 2, 3, 8);
    for (plan::ScalingPoint& point : points) point.loss -= 1.99;
    plan::LawFit fit = bootstrapped(points, 40);
    QVERIFY(fit.bounds[0].low && !fit.bounds[0].high);
    QCOMPARE(QString(plan::bound_words(plan::parameter_interval(fit, 0))), "at most");
    nlohmann::json written = plan::to_json(fit);
    QCOMPARE(written["constants"]["E"]["bound"], "at most");
    QVERIFY(!written["constants"]["gamma"].contains("bound"));
    QVERIFY(plan::law_fit_from_json(written).bounds == fit.bounds);
    written["constants"]["E"]["bound"] = "perhaps";
    QVERIFY_THROWS_EXCEPTION(Error, plan::law_fit_from_json(written));

    for (const plan::Bounds& bounds : bootstrapped(studied(6, 2, 3, 8), 40).bounds) QVERIFY(bounds == plan::Bounds{});
  }

  /// Losses that depend on one sort of tokens only: what a token of the other is worth has no end.
  void a_worth_without_end_says_so() {
    const auto fitted = [](bool generic) {
      auto points = studied(6, 2, 3, 9);
      for (plan::ScalingPoint& point : points) {
        const double all = two_power_laws(point.generic_tokens, point.domain_tokens);
        point.loss *=
            two_power_laws(generic ? point.generic_tokens : 1e300, generic ? 1e300 : point.domain_tokens) / all;
      }
      return bootstrapped(points, 20, plan::LawFamily::effective_data);
    };
    plan::LawFit fit = fitted(false);
    QVERIFY(fit.bounds[5].low && !fit.bounds[5].high);
    fit = fitted(true);
    QVERIFY(fit.bounds[5].high && fit.bounds[3].high && !fit.bounds[5].low);
  }

  void the_same_seeds_give_the_same_bits() {
    const auto points = sample::runs(plan::LawFamily::two_stage, 0.005, 8);
    plan::BootstrapOptions bootstrap;
    bootstrap.draws = 20;
    std::vector<plan::LawFit> fits;
    for (const int draws : {20, 20, 12}) {
      bootstrap.draws = draws;
      fits.push_back(plan::fit_law(points, plan::LawFamily::two_stage));
      plan::add_bootstrap(fits.back(), points, {}, bootstrap);
    }
    QCOMPARE(fits[0].values, fits[1].values);
    QCOMPARE(fits[0].draws, fits[1].draws);
    QVERIFY(std::equal(fits[2].draws.begin(), fits[2].draws.end(), fits[0].draws.begin()));
    Control control;
    control.stop();
    TaskContext task;
    task.control = &control;
    QVERIFY_THROWS_EXCEPTION(Interrupted, plan::add_bootstrap(fits[0], points, {}, bootstrap, task));
    QCOMPARE(fits[0].draws, fits[1].draws);  // what was there is kept
  }
};

QTEST_GUILESS_MAIN(TestLawBootstrap)
#include "test_law_bootstrap.moc"
