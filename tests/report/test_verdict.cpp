// SPDX-License-Identifier: GPL-3.0-or-later
// The verdict in words.
#include <cmath>
#include <limits>

#include <QtTest>

#include "measure/comparison.h"
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
    QVERIFY2(text.contains("slm-pn has a macro-averaged perplexity of 26.90, 4.3 % lower than slm with 28.10 (over one "
                           "domain and one seed); one seed does not decide"),
             qPrintable(text));
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
    QVERIFY2(text.contains("slm has a macro-averaged perplexity of 26.90, 4.3 % lower than slm-pn"), qPrintable(text));
  }

  void verdict_of_a_draw() {
    const QString text = said(pair_of(26.90, 26.95));
    QVERIFY2(text.contains("nothing is decided between slm and slm-pn"), qPrintable(text));
    QVERIFY2(!text.contains("ahead"), qPrintable(text));
  }

  void a_narrow_lead_needs_seeds_to_be_decided() {
    const QString text = said(pair_of(353.7, 358.4));
    QVERIFY2(text.contains("nothing is decided between slm and slm-pn") && text.contains("less than 2.0 %") &&
                 text.contains("with one seed that can be chance"),
             qPrintable(text));
    // ln(358.4 / 353.7) = 0.01320, ln(358.5 / 353.8) = 0.01320: the same lead twice.
    auto records = pair_of(353.7, 358.4, 1);
    for (const auto& r : pair_of(353.8, 358.5, 2)) records.push_back(r);
    QVERIFY2(said(records).contains("slm is ahead with a macro-averaged perplexity of 353.8, 1.3 % lower than slm-pn "
                                    "with 358.4 ([1.3, 1.3], over one domain and two seeds)"),
             qPrintable(said(records)));
  }

  void a_lead_stands_with_its_interval() {
    // ln(27 / 25), ln(28 / 26), ln(26.1 / 24): mean 0.07866, deviation 0.00496, error 0.00286, t(0.975; 2) = 4.3027.
    std::vector<measure::ResultRecord> records;
    for (auto [seed, slm, pn] : {std::tuple{1, 27.0, 25.0}, {2, 28.0, 26.0}, {3, 26.1, 24.0}}) {
      for (const auto& r : pair_of(slm, pn, static_cast<std::uint64_t>(seed))) records.push_back(r);
    }
    QVERIFY2(said(records).contains("slm-pn is ahead with") && said(records).contains("([6.4, 8.7], over one domain"),
             qPrintable(said(records)));
    for (measure::ResultRecord& r : records) r.sample = 2;
    const std::vector<measure::ResultRecord> second = records;
    for (measure::ResultRecord& r : records) r.sample = 1;
    records.insert(records.end(), second.begin(), second.end());
    QVERIFY2(said(records).contains("over one domain, three seeds × 2 samples)"), qPrintable(said(records)));
  }

  void the_test_set_judges_what_was_chosen_without_it() {
    std::vector<measure::ResultRecord> records;
    for (const std::uint64_t seed : {1, 2, 3}) {
      for (auto r : pair_of(20, 19.9 + 0.1 * static_cast<double>(seed), seed)) {
        r.validation_loss = r.method == "slm" ? 3.0 : 3.1;  // the other way round than on the test sets
        records.push_back(r);
      }
    }
    const measure::Comparison c = measure::compare(records).at(0);
    QVERIFY(c.by_validation);
    QCOMPARE(c.level.at(0).method, std::string("slm"));
    QCOMPARE(c.differences.at(0).method, std::string("slm-pn"));
    QVERIFY(!said(records).contains("ranked on the test sets"));
    for (auto& r : records) r.perplexity_after = r.method == "slm" ? 20 : 18 + 0.1 * static_cast<double>(r.seed);
    QCOMPARE(measure::compare(records).at(0).differences.at(0).decision, measure::Decision::ahead);
    QVERIFY2(said(records).contains("slm-pn is ahead of it on the test sets all the same"), qPrintable(said(records)));
    records[0].validation_loss = 0;
    QVERIFY(said(records).contains("ranked on the test sets, since not every result has a validation loss"));
  }

  void a_difference_within_its_interval_is_open() {
    // Means 27 and 28: 3.7 % apart, but each seed moves by 4.
    std::vector<measure::ResultRecord> records;
    for (auto [seed, slm, pn] : {std::tuple{1, 25.0, 30.0}, {2, 29.0, 26.0}}) {
      for (const auto& r : pair_of(slm, pn, static_cast<std::uint64_t>(seed))) records.push_back(r);
    }
    const QString text = said(records);
    QVERIFY2(text.contains("nothing is decided between slm and slm-pn") && text.contains("the interval holds 0") &&
                 text.contains("two seeds would show a difference of"),
             qPrintable(text));
  }

  void verdict_compares_only_what_both_have() {
    auto records = pair_of(20, 25);
    records.push_back(record("slm", "hard", 900, 500));  // only slm has run it: must not turn the verdict
    const QString text = said(records);
    QVERIFY2(text.contains("slm has a macro-averaged perplexity of 20.00"), qPrintable(text));
    QVERIFY2(text.contains("left out of this comparison"), qPrintable(text));
  }

  void verdict_names_a_method_that_diverged() {
    const QString text = said(pair_of(20, std::numeric_limits<double>::quiet_NaN()));
    QVERIFY2(text.contains("slm-pn gave no finite perplexity"), qPrintable(text));
    QVERIFY2(!text.contains("slm-pn has"), qPrintable(text));
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
    QVERIFY2(text.indexOf("on 20k tokens, slm-pn has") >= 0 &&
                 text.indexOf("on 100k tokens, slm has") > text.indexOf("on 20k"),
             qPrintable(text));
    QVERIFY(said({}).contains("no results yet"));
    QVERIFY(said({record("slm", "law", 40, 20)}).contains("no other method to compare"));
  }
};

QTEST_GUILESS_MAIN(TestVerdict)
#include "test_verdict.moc"
