// SPDX-License-Identifier: GPL-3.0-or-later
// The recommended split against a brute-force grid and a closed form, its interval, its limits and its warnings.
#include <QtTest>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "plan/law_bootstrap.h"
#include "plan/law_json.h"
#include "plan/split.h"
#include "sample_laws.h"

using namespace pantograph;
using sample::message_of;

namespace {

/// A fit that is the law itself.
plan::LawFit exact_fit(plan::LawFamily family, const std::string& domain = "law") {
  plan::LawFit fit;
  fit.family = family;
  fit.domain = domain;
  fit.values = sample::true_values(family);
  fit.converged = true;
  const sample::Sizes sizes = sample::sizes_for(family);
  fit.parameters = {sizes.n.front(), sizes.n.back()};
  fit.generic_tokens = {sizes.d.front(), sizes.d.back()};
  fit.domain_tokens = {sizes.p.front(), sizes.p.back()};
  return fit;
}

plan::SplitRequest request_of(double budget, int domains = 1, std::vector<double> parameters = {4e6}) {
  plan::SplitRequest request;
  request.budget = budget;
  request.domains = domains;
  request.parameters = std::move(parameters);
  return request;
}

/// The lowest mean loss over 200,000 splits, tokens counted by hand: 6 N tokens FLOPs.
struct Brute {
  double loss = std::numeric_limits<double>::infinity(), generic_tokens = 0;
};
Brute brute_force(const std::vector<plan::LawFit>& fits, const plan::SplitRequest& request, double n) {
  Brute best;
  const double tokens = request.budget / (6 * n);
  for (int i = 1; i < 200000; ++i) {
    const double d = tokens * i / 200000, cap = request.domain_set_tokens * request.max_epochs;
    double p = (tokens - d) / (request.domains * request.passes);
    if (cap > 0) p = std::min(p, cap);
    double loss = 0;
    for (const plan::LawFit& fit : fits)
      loss += plan::law_loss(fit.family, fit.values, n, d, p) / static_cast<double>(fits.size());
    if (loss < best.loss) best = {loss, d};
  }
  return best;
}

bool warned(const plan::SplitPlan& plan, const std::string& part) {
  return std::any_of(plan.warnings.begin(), plan.warnings.end(),
                     [&](const std::string& warning) { return warning.find(part) != std::string::npos; });
}

}  // namespace

class TestSplit : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void the_optimum_is_that_of_a_grid_data() {
    QTest::addColumn<int>("family");
    QTest::addColumn<int>("domains");
    QTest::addColumn<double>("set");
    for (const plan::LawFamily family : plan::kLawFamilies) {
      for (const int domains : {1, 7, 50}) {
        for (const double set : {0.0, 2e5}) {
          QTest::addRow("%s, %d domains, set %g", plan::to_string(family), domains, set)
              << static_cast<int>(family) << domains << set;
        }
      }
    }
  }
  void the_optimum_is_that_of_a_grid() {
    QFETCH(int, family);
    QFETCH(int, domains);
    QFETCH(double, set);
    std::vector<plan::LawFit> fits = {exact_fit(static_cast<plan::LawFamily>(family)),
                                      exact_fit(static_cast<plan::LawFamily>(family), "medicine")};
    fits[1].values[3] *= 0.9;
    plan::SplitRequest request = request_of(6 * 4e6 * 1e8, domains);
    request.domain_set_tokens = set;
    request.max_epochs = 3;
    request.passes = domains == 7 ? 8 : 1;
    const plan::SplitPlan plan = plan::plan_split(fits, request);
    const plan::SplitForSize& size = plan.best();
    const Brute brute = brute_force(fits, request, 4e6);
    QVERIFY2(size.best.loss <= brute.loss * (1 + 1e-12), qPrintable(QString::number(size.best.loss - brute.loss)));
    QVERIFY(size.best.loss >= brute.loss * (1 - 1e-5));
    const double step = 1e8 / 200000;
    QVERIFY2(std::abs(size.best.generic_tokens - brute.generic_tokens) < 0.02 * brute.generic_tokens + step,
             qPrintable(QString("%1, grid %2").arg(size.best.generic_tokens).arg(brute.generic_tokens)));
    QVERIFY(std::abs(size.best.spent / request.budget - 1) < 1e-6);
    QVERIFY(size.best.loss <= size.even.loss && size.best.loss <= size.all_generic.loss &&
            size.best.loss <= size.all_specialization.loss);
    QCOMPARE(size.all_generic.domain_tokens, 0.0);
    QCOMPARE(size.all_specialization.generic_tokens, 0.0);
    QCOMPARE(size.even.generic_tokens, 5e7);
    if (set > 0) QVERIFY(size.best.domain_tokens <= 3 * set * (1 + 1e-9));
    if (set > 0 && size.best.domain_tokens > 2.999 * set) QVERIFY(warned(plan, "is used up"));
  }

  /// Lagrange: with B/D^b + C/P^b and D + n P = T, D/P = (n B/C)^(1/(1+b)).
  void equal_exponents_have_a_closed_form() {
    plan::LawFit fit = exact_fit(plan::LawFamily::additive);
    fit.values[4] = fit.values[6] = 0.3;
    for (const int domains : {1, 10}) {
      const plan::SplitPlan plan = plan::plan_split({fit}, request_of(1e15, domains));
      const double ratio = std::pow(domains * fit.values[3] / fit.values[5], 1 / 1.3);
      QVERIFY(std::abs(plan.best().best.generic_tokens / plan.best().best.domain_tokens / ratio - 1) < 1e-4);
    }
  }

  void a_cost_of_ones_own() {
    const std::vector<plan::LawFit> fits = {exact_fit(plan::LawFamily::additive)};
    plan::SplitRequest request = request_of(1e15, 5);
    const plan::SplitPlan usual = plan::plan_split(fits, request);
    request.generic_cost = plan::usual_cost;
    request.specialization_cost = plan::usual_cost;
    const plan::SplitPlan same = plan::plan_split(fits, request);
    QVERIFY(std::abs(same.best().best.generic_tokens / usual.best().best.generic_tokens - 1) < 1e-6);
    // A generic phase of twice the price buys fewer tokens and a higher loss.
    request.generic_cost = [](double n, double tokens) { return 12 * n * tokens; };
    const plan::SplitPlan dear = plan::plan_split(fits, request);
    QVERIFY(dear.best().best.generic_tokens < usual.best().best.generic_tokens);
    QVERIFY(dear.best().best.loss > usual.best().best.loss);
    QVERIFY(std::abs(dear.best().best.spent / 1e15 - 1) < 1e-6);
    request.generic_cost = [](double, double) { return 1.0; };
    VERIFY_SAYS(message_of([&] { plan::plan_split(fits, request); }), "a cost that rises with the tokens");
    request.generic_cost = [](double, double) { return std::nan(""); };
    VERIFY_SAYS(message_of([&] { plan::plan_split(fits, request); }), "a finite cost");
  }

  void the_size_is_chosen_from_a_list() {
    const std::vector<plan::LawFit> fits = {exact_fit(plan::LawFamily::effective_data)};
    const std::vector<double> list = {1e6, 2e6, 4e6, 8e6, 16e6, 32e6, 64e6};
    const plan::SplitPlan plan = plan::plan_split(fits, request_of(1e15, 3, list));
    QCOMPARE(plan.sizes.size(), list.size());
    double lowest = std::numeric_limits<double>::infinity();
    for (const plan::SplitForSize& size : plan.sizes) {
      QCOMPARE(size.best.loss, plan::plan_split(fits, request_of(1e15, 3, {size.parameters})).best().best.loss);
      lowest = std::min(lowest, size.best.loss);
    }
    QCOMPARE(plan.best().best.loss, lowest);
    QVERIFY(plan.chosen > 0 && plan.chosen + 1 < list.size());
    QVERIFY(!warned(plan, "of the sizes to choose from"));
    QVERIFY(warned(plan::plan_split(fits, request_of(1e20, 3, list)), "N = 64M is the largest of the sizes"));
  }

  /// Five studies: the interval at 90 % of the recommended generic tokens holds the true optimum in four or more.
  void the_interval_covers_the_true_optimum() {
    const plan::SplitRequest request = request_of(6 * 4e6 * 1e8, 5, {4e6, 16e6});
    const double truth = plan::plan_split({exact_fit(plan::LawFamily::additive)}, request).best().best.generic_tokens;
    plan::BootstrapOptions bootstrap;
    bootstrap.draws = 60;
    int covered = 0;
    for (std::uint64_t seed = 51; seed < 56; ++seed) {
      const auto points = sample::runs(plan::LawFamily::additive, 0.005, seed);
      plan::LawFit fit = plan::fit_law(points, plan::LawFamily::additive);
      plan::add_bootstrap(fit, points, {}, bootstrap);
      const plan::SplitPlan plan = plan::plan_split({fit}, request);
      QCOMPARE(plan.level, 0.9);
      covered += plan.generic_tokens.low <= truth && truth <= plan.generic_tokens.high;
      QVERIFY(plan.generic_tokens.low <= plan.best().best.generic_tokens * 1.05);
      QVERIFY(plan.generic_tokens.high >= plan.best().best.generic_tokens * 0.95);
      QVERIFY(plan.loss.high - plan.loss.low < 0.05 * plan.best().best.loss);
      QVERIFY(std::abs(plan.sizes[0].chosen_share + plan.sizes[1].chosen_share - 1) < 1e-9);
      const nlohmann::json written = plan::to_json(plan);
      QCOMPARE(written["intervals"]["generic_tokens"][0].get<double>(), plan.generic_tokens.low);
      QVERIFY(written["sizes"][0]["all_generic"]["loss"].is_null());  // infinite for the additive law
    }
    QVERIFY2(covered >= 4, qPrintable(QString::number(covered)));
  }

  /// Resamples in which domain tokens are worth ever less: where the budget or the domain set ends the search, the
  /// interval says so.
  void an_interval_that_ends_at_a_bound_says_so() {
    plan::LawFit fit = exact_fit(plan::LawFamily::effective_data);
    fit.level = 0.9;
    const auto planned = [&](double least, double most, double set) {
      fit.draws.assign(20, fit.values);
      for (std::size_t i = 0; i < fit.draws.size(); ++i)
        fit.draws[i][5] = least * std::pow(most / least, static_cast<double>(i) / 19.0);
      plan::SplitRequest request = request_of(1e15, 660);  // a quarter of it generic, by the fit
      request.domain_set_tokens = set;
      return plan::plan_split({fit}, request);
    };
    const auto says = [](const plan::SplitPlan& plan, const char* generic, const char* domain) {
      const plan::Interval intervals[] = {plan.generic_tokens, plan.generic_share, plan.domain_tokens};
      for (const plan::Interval& interval : intervals)
        QCOMPARE(QString(plan::bound_words(interval)), &interval == &intervals[2] ? domain : generic);
      const nlohmann::json bounds = plan::to_json(plan)["intervals"]["bounds"];
      QCOMPARE(QString::fromStdString(bounds.value("generic_tokens", "")), generic);
      QCOMPARE(QString::fromStdString(bounds.value("domain_tokens", "")), domain);
      QVERIFY(!bounds.contains("loss"));
    };
    const double kappa = fit.values[5];
    says(planned(kappa, 1.1 * kappa, 0), "", "");
    says(planned(kappa, 1e6 * kappa, 0), "at least", "at most");   // all of the budget is generic
    says(planned(1e-6 * kappa, kappa, 0), "at most", "at least");  // none is
    says(planned(1e-6 * kappa, 1e6 * kappa, 0), "between the bounds of the search", "between the bounds of the search");
    says(planned(kappa, 1.1 * kappa, 1e3), "at the bound of the search", "at the bound of the search");
    const plan::SplitPlan plan = planned(kappa, 1e6 * kappa, 0);
    QCOMPARE(plan::in_words(plan.generic_tokens, "3M", "9M"), std::string("at least 3M"));
    QCOMPARE(plan::in_words(plan.domain_tokens, "0", "1M"), std::string("at most 1M"));
    QCOMPARE(plan::in_words({{1, 2}, {}}, "1", "2"), std::string("1 to 2"));
  }

  void what_is_to_be_known_of_the_intervals_is_warned_of() {
    plan::LawFit fit = exact_fit(plan::LawFamily::additive);
    fit.no_intervals = "2 networks";
    QVERIFY(warned(plan::plan_split({fit}, request_of(1e15)), "law: no intervals: 2 networks"));
    QCOMPARE(plan::plan_split({fit}, request_of(1e15)).level, 0.0);
    fit.no_intervals.clear();
    fit.level = 0.9, fit.draws.assign(20, fit.values), fit.draws_failed = 3;
    QVERIFY(warned(plan::plan_split({fit}, request_of(1e15)),
                   "3 of 23 resamples could not be fitted, so the intervals may be wider"));
  }

  void limits_are_warned_of() {
    // Domain tokens are worth little here and n is large: everything goes to the generic phase.
    plan::LawFit fit = exact_fit(plan::LawFamily::effective_data);
    fit.values[5] = 2, fit.values[6] = 1;
    QVERIFY(warned(plan::plan_split({fit}, request_of(1e15, 1000)), "all of the budget goes to the generic phase"));
    fit.values[5] = 1e-9;
    QVERIFY(warned(plan::plan_split({fit}, request_of(1e15)), "all of the budget goes to specialization"));
    plan::SplitRequest request = request_of(1e15);
    request.domain_set_tokens = 1e5;
    request.max_epochs = 4;
    const plan::SplitPlan plan = plan::plan_split({fit}, request);
    QVERIFY(warned(plan, "the domain set (100k tokens, at most 4 epochs) is used up"));
    QVERIFY(warned(plan, "4 epochs over the domain set"));
    QVERIFY(std::abs(plan.best().epochs - 4) < 1e-6);
    QVERIFY(plan.best().all_specialization.spent < 0.1 * request.budget);

    QVERIFY(warned(plan::plan_split({exact_fit(plan::LawFamily::additive)}, request_of(1e19)),
                   "times the largest of the fitted runs"));
    for (const std::string& warning :
         plan::plan_split({exact_fit(plan::LawFamily::additive)}, request_of(1e300)).warnings)
      QVERIFY2(warning.size() < 150, warning.c_str());
    plan::LawFit one_size = exact_fit(plan::LawFamily::additive);
    one_size.parameters = {4e6, 4e6};
    QVERIFY(warned(plan::plan_split({one_size}, request_of(1e15, 1, {8e6})), "fitted to N = 4M only"));
    VERIFY_SAYS(message_of([&] {
                  plan::plan_split({one_size}, request_of(1e15, 1, {4e6, 8e6}));
                }),
                "a law fitted to runs of one");
    plan::LawFit no_domain = exact_fit(plan::LawFamily::additive);
    no_domain.domain_tokens = {1e6, 1e6};
    QVERIFY(warned(plan::plan_split({no_domain}, request_of(1e15)), "says nothing about D'"));
  }

  void bad_requests_are_named() {
    const std::vector<plan::LawFit> fits = {exact_fit(plan::LawFamily::additive)};
    VERIFY_SAYS(message_of([&] { plan::plan_split({}, request_of(1e15)); }), "no fitted law");
    VERIFY_SAYS(message_of([&] { plan::plan_split(fits, request_of(-1)); }), "a budget of -1 FLOPs");
    VERIFY_SAYS(message_of([&] { plan::plan_split(fits, request_of(std::nan(""))); }), "a budget of nan");
    VERIFY_SAYS(message_of([&] { plan::plan_split(fits, request_of(1e15, 0)); }), "0 domains");
    VERIFY_SAYS(message_of([&] { plan::plan_split(fits, request_of(1e15, 1, {})); }), "no model size");
    VERIFY_SAYS(message_of([&] { plan::plan_split(fits, request_of(1e15, 1, {0})); }), "N = 0");
    plan::SplitRequest request = request_of(1e15);
    request.domain_set_tokens = -3;
    VERIFY_SAYS(message_of([&] { plan::plan_split(fits, request); }), "a domain set of -3 tokens");
    request = request_of(1e15);
    request.max_epochs = 0;
    VERIFY_SAYS(message_of([&] { plan::plan_split(fits, request); }), "at most 0 epochs");
    request = request_of(1e15);
    request.passes = 0;
    VERIFY_SAYS(message_of([&] { plan::plan_split(fits, request); }), "0 passes");
    VERIFY_SAYS(message_of([&] { plan::split_at(fits, request_of(1e15), 4e6, 1.5); }), "a generic share of 1.5");
  }
};

QTEST_GUILESS_MAIN(TestSplit)
#include "test_split.moc"
