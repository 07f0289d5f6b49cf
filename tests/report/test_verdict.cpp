// SPDX-License-Identifier: GPL-3.0-or-later
// The verdict in words.
#include <cmath>
#include <limits>

#include <QtTest>

#include "measure/sample_results.h"
#include "report/report.h"

using namespace pantograph;
using sample::pair_of;
using sample::record;

namespace {

QString said(const std::vector<measure::ResultRecord>& records) {
  return QString::fromStdString(report::verdict(records));
}

}  // namespace

class TestVerdict : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void verdict_of_a_win() {
    const QString text = said(pair_of(28.1, 26.9));
    QVERIFY2(text.contains("slm-pn wins"), qPrintable(text));
    QVERIFY2(text.contains("4.3 % lower than slm with 28.10"), qPrintable(text));
    QVERIFY2(text.contains("ahead in 1 of 1 domain."), qPrintable(text));
    QVERIFY2(text.contains("can be chance"), qPrintable(text));
    QVERIFY2(text.contains("saw the same 8M tokens; slm-pn took 1.64 times as long as slm"), qPrintable(text));
  }

  void times_are_means_over_the_seeds() {
    auto records = pair_of(28.1, 26.9, 1);
    for (const auto& r : pair_of(28.1, 26.9, 2)) records.push_back(r);
    // slm 18 and 22 s, slm-pn 15 and 15 s: the first seed alone would have slm 1.20 times as slow.
    for (measure::ResultRecord& r : records) {
      if (r.method == "slm") r.generic_seconds = r.seed == 1 ? 18 : 22;
      if (r.method == "slm-pn") r.generic_seconds = 15;
    }
    QVERIFY2(said(records).contains("slm took 1.33 times as long as slm-pn"), qPrintable(said(records)));
    // A size that only slm has stands at another budget, and its time is no part of this.
    measure::ResultRecord longer = records[0];
    longer.specialization_tokens *= 4;
    longer.generic_budget = 16'000'000;
    longer.generic_seconds = 1000;
    records.push_back(longer);
    QVERIFY2(said(records).contains("slm took 1.33 times as long as slm-pn"), qPrintable(said(records)));
  }

  void times_that_differ_as_repeated_runs_do_are_not_told() {
    auto records = pair_of(28.1, 26.9);
    records[0].generic_seconds = 7, records[1].generic_seconds = 8;  // one run each
    QVERIFY2(said(records).contains("saw the same 8M tokens."), qPrintable(said(records)));
    QVERIFY2(!said(records).contains("times as"), qPrintable(said(records)));
    records[1].generic_seconds = 9;
    QVERIFY2(said(records).contains("slm-pn took 1.29 times as long as slm"), qPrintable(said(records)));
    // Two runs each: 20 s on average against 15, but 10 and 30 say that this is chance; 19 and 21 say that it is not.
    for (const bool chance : {true, false}) {
      records = pair_of(28.1, 26.9, 1);
      for (const auto& r : pair_of(28.1, 26.9, 2)) records.push_back(r);
      for (measure::ResultRecord& r : records) {
        r.generic_seconds = 15;
        if (r.method == "slm") r.generic_seconds = r.seed == 1 ? (chance ? 10 : 19) : (chance ? 30 : 21);
      }
      QCOMPARE(said(records).contains("slm took 1.33 times as long as slm-pn"), !chance);
    }
  }

  void verdict_of_a_loss_says_so_too() {
    const QString text = said(pair_of(26.9, 28.1));
    QVERIFY2(text.contains("slm wins with a macro-averaged perplexity of 26.90, 4.3 % lower than slm-pn"),
             qPrintable(text));
  }

  void verdict_of_a_draw() {
    const QString text = said(pair_of(26.90, 26.95));
    QVERIFY2(text.contains("it is a draw between slm and slm-pn"), qPrintable(text));
    QVERIFY2(!text.contains("wins"), qPrintable(text));
  }

  void a_narrow_lead_with_one_seed_is_not_called_a_win() {
    const QString text = said(pair_of(353.7, 358.4));
    QVERIFY2(text.contains("slm is narrowly ahead with a macro-averaged perplexity of 353.7, 1.3 % lower"),
             qPrintable(text));
    QVERIFY2(!text.contains("wins"), qPrintable(text));
    auto records = pair_of(353.7, 358.4, 1);
    for (const auto& r : pair_of(353.8, 358.5, 2)) records.push_back(r);
    QVERIFY2(said(records).contains("slm wins with"), qPrintable(said(records)));
  }

  void a_difference_within_the_spread_of_the_seeds_is_a_draw() {
    // Means 27 and 28: 3.7 % apart, but each seed moves by 4.
    std::vector<measure::ResultRecord> records;
    for (auto [seed, slm, pn] : {std::tuple{1, 25.0, 30.0}, {2, 29.0, 26.0}}) {
      for (const auto& r : pair_of(slm, pn, static_cast<std::uint64_t>(seed))) records.push_back(r);
    }
    const QString text = said(records);
    QVERIFY2(text.contains("draw") && text.contains("their spread over the seeds"), qPrintable(text));
  }

  void verdict_compares_only_what_both_have() {
    auto records = pair_of(20, 25);
    records.push_back(record("slm", "hard", 900, 500));  // only slm has run it: must not turn the verdict
    const QString text = said(records);
    QVERIFY2(text.contains("slm wins with a macro-averaged perplexity of 20.00"), qPrintable(text));
    QVERIFY2(text.contains("left out of this comparison"), qPrintable(text));
  }

  void verdict_names_a_method_that_diverged() {
    const QString text = said(pair_of(20, std::numeric_limits<double>::quiet_NaN()));
    QVERIFY2(text.contains("slm-pn gave no finite perplexity"), qPrintable(text));
    QVERIFY2(!text.contains("slm-pn wins"), qPrintable(text));
  }

  void verdict_says_when_the_cost_is_not_equal() {
    auto records = pair_of(20, 25);
    records[1].generic_tokens = 16'000'000;
    QVERIFY2(said(records).contains("not of equal length (slm 8M and slm-pn 16M tokens)"), qPrintable(said(records)));
    records[1].parameters_inference *= 2;
    const QString text = said(records);
    QVERIFY2(text.contains("above the inference limit of 2.61M parameters: slm-pn 25.00"), qPrintable(text));
    QVERIFY2(text.contains("no other method to compare with within the inference limit"), qPrintable(text));
  }

  void verdict_ranks_the_rest() {
    auto records = pair_of(20, 25);
    records.push_back(record("slm-nopt", "law", 4000, 120));
    records.push_back(record("slm-is", "law", 90, 26));
    const QString text = said(records);
    QVERIFY2(text.contains("Then: slm-is 26.00 (30.0 % higher) and slm-nopt 120.0 (6.0 times as high)."),
             qPrintable(text));
  }

  void verdict_per_size_and_of_nothing() {
    auto records = pair_of(20, 25);
    for (auto r : pair_of(60, 50)) records.push_back((r.specialization_tokens = 20'000, r));
    const QString text = said(records);
    QVERIFY2(text.indexOf("on 20k tokens, slm-pn wins") >= 0 &&
                 text.indexOf("on 100k tokens, slm wins") > text.indexOf("on 20k"),
             qPrintable(text));
    QVERIFY(said({}).contains("no results yet"));
    QVERIFY(said({record("slm", "law", 40, 20)}).contains("no other method to compare"));
  }
};

QTEST_GUILESS_MAIN(TestVerdict)
#include "test_verdict.moc"
