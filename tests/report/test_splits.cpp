// SPDX-License-Identifier: GPL-3.0-or-later
// Budgets split by the report's laws, held against the law that made the records and against the runs.
#include <QTest>
#include <algorithm>
#include <cmath>

#include "report/fitted_laws.h"
#include "report/law_records.h"
#include "report/splits.h"

using namespace pantograph;
using law_records::law;
using law_records::records;

namespace {

constexpr double kParameters = 100'000;

constexpr double kPasses = 50;  // so many that the domains' sets are not worth their cost in small budgets

/// Two domains, the second harder by 0.3 nats.
std::vector<measure::ResultRecord> two_domains() {
  auto runs = records(5);
  for (measure::ResultRecord r : records(5)) {
    r.domain = "recipes";
    r.perplexity_after *= std::exp(0.3);
    runs.push_back(r);
  }
  for (measure::ResultRecord& r : runs)
    r.specialization_tokens_seen = static_cast<std::uint64_t>(kPasses) * r.specialization_tokens;
  return runs;
}

double cost(double generic, double domain) {
  return 6 * kParameters * (generic + 2 * kPasses * domain);
}

/// The lowest true loss that `budget` buys, by a dense scan over the domain tokens.
double lowest_loss(double budget) {
  double lowest = 1e9;
  for (double domain = 1'000; domain <= 320'000; domain *= 1.001) {
    const double generic = budget / (6 * kParameters) - 2 * kPasses * domain;
    if (generic > 0) lowest = std::min(lowest, law(generic, domain) + 0.15);
  }
  return lowest;
}

}  // namespace

class TestSplits : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void theSplitIsNearlyTheBestThereIs() {
    const auto splits = report::budget_splits(report::fit_laws(two_domains(), {}));
    QCOMPARE(splits.size(), std::size_t(3));
    for (std::size_t i = 0; i < splits.size(); ++i) {
      const report::BudgetSplit& split = splits[i];
      QCOMPARE(split.laws, 2);
      QCOMPARE(split.request.budget, cost(256e6, 320e3) / std::pow(4, 2 - static_cast<double>(i)));
      const plan::SplitPoint& best = split.plan.best().best;
      QVERIFY(best.spent <= split.request.budget * (1 + 1e-9));
      const double truth = law(best.generic_tokens, best.domain_tokens) + 0.15,
                   lowest = lowest_loss(split.request.budget);
      QVERIFY2(truth < 1.005 * lowest, qPrintable(QString("%1 against %2").arg(truth).arg(lowest)));
      QVERIFY2(std::fabs(best.loss / truth - 1) < 0.01, qPrintable(QString("%1 against %2").arg(best.loss).arg(truth)));
    }
  }

  void theBestRunCostsNoMore() {
    const auto runs = two_domains();
    for (const report::BudgetSplit& split : report::budget_splits(report::fit_laws(runs, {}))) {
      // The records' losses, by hand: mean over both domains and seeds of each size.
      double lowest = 1e9;
      for (const measure::ResultRecord& r : runs) {
        const auto d = static_cast<double>(r.generic_tokens), p = static_cast<double>(r.specialization_tokens);
        if (cost(d, p) > 1.01 * split.request.budget) continue;
        double sum = 0;
        for (const measure::ResultRecord& same : runs) {
          if (same.generic_tokens == r.generic_tokens && same.specialization_tokens == r.specialization_tokens)
            sum += std::log(same.perplexity_after) / 4;
        }
        lowest = std::min(lowest, sum);
      }
      QVERIFY(split.best_run.has_value());
      QVERIFY(std::fabs(split.best_run->loss - lowest) < 1e-12);
      QVERIFY(std::fabs(split.best_run->predicted / split.best_run->loss - 1) < 0.01);
    }
  }

  void aSplitThatWasRunIsFound() {
    auto runs = two_domains();
    const report::BudgetSplit before = report::budget_splits(report::fit_laws(runs, {})).at(0);
    const plan::SplitPoint& best = before.plan.best().best;
    for (const char* domain : {"law", "recipes"}) {
      measure::ResultRecord r = runs[0];
      r.domain = domain;
      r.generic_tokens = static_cast<std::uint64_t>(best.generic_tokens);
      r.specialization_tokens = static_cast<std::uint64_t>(best.domain_tokens);
      r.perplexity_after = std::exp(law(best.generic_tokens, best.domain_tokens) + (r.domain == "law" ? 0 : 0.3));
      runs.push_back(r);
    }
    const auto after = report::budget_splits(report::fit_laws(runs, {})).at(0).best_run;
    QVERIFY(after.has_value());
    QCOMPARE(after->generic_tokens, std::floor(best.generic_tokens));
    QVERIFY(after->loss < before.best_run->loss);
    QVERIFY2(std::fabs(after->loss / best.loss - 1) < 0.01, "the prediction made before the run");
  }

  void aSizeThatOneDomainLacksIsNoRun() {
    auto runs = two_domains();
    std::erase_if(runs, [](const measure::ResultRecord& r) {
      return r.domain == "recipes" && r.generic_tokens == 64'000'000 && r.specialization_tokens == 320'000;
    });
    const auto run = report::budget_splits(report::fit_laws(runs, {})).at(1).best_run;
    QVERIFY(run.has_value());
    QVERIFY(run->generic_tokens != 64e6 || run->domain_tokens != 320e3);
  }

  void theTableShowsThem() {
    const report::Table table = report::splits_table(report::fit_laws(two_domains(), {}));
    QCOMPARE(table.rows.size(), std::size_t(3));
    for (const auto& row : table.rows) {
      QCOMPARE(row.size(), table.columns.size());
      QCOMPARE(row[0].text, std::string("slm"));
      QVERIFY2(row[4].exact <= row[5].exact, "the best split is no worse than the even one");
    }
    // The larger budgets use the domains' sets up in every resample: no interval, but where the search ended.
    const auto says = [&](std::size_t row, std::size_t column, const char* words) {
      const std::string& shown = table.rows[row][column].text;
      QVERIFY2(shown.find(words) != std::string::npos, shown.c_str());
    };
    for (const std::size_t column : {std::size_t(2), std::size_t(3)}) {
      says(0, column, " to ");
      says(1, column, " (at the bound of the search)");
      says(2, column, " (at the bound of the search)");
    }
    QVERIFY(report::splits_table(report::fit_laws(records(1), {})).rows.empty());
    QVERIFY(report::splits_table(report::Laws{}).rows.empty());
  }
};

QTEST_GUILESS_MAIN(TestSplits)
#include "test_splits.moc"
