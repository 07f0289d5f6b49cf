// SPDX-License-Identifier: GPL-3.0-or-later
// How sure a law's constants and predictions are: resamples.
#include <QtTest>
#include <cmath>

#include "plan/law_bootstrap.h"
#include "sample_laws.h"

using namespace pantograph;
using sample::plain_loss;

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
          points.push_back(point);
        }
      }
    }
    plan::LawFit fit = plan::fit_law(points, plan::LawFamily::effective_data);
    QVERIFY(fit.converged);
    plan::add_bootstrap(fit, points, {}, {.draws = 40});
    QVERIFY2(fit.draws_failed <= 2, qPrintable(QString::number(fit.draws_failed)));
    QVERIFY(std::abs(plan::predict(fit, 75'000, 8e7, 1e5) / loss(8e7, 1e5) - 1) < 0.02);
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
