// SPDX-License-Identifier: GPL-3.0-or-later
// The paper's tables, against hand-computed numbers.
#include <algorithm>
#include <cmath>

#include <QtTest>

#include <nlohmann/json.hpp>

#include "measure/comparison.h"
#include "measure/concentration.h"
#include "measure/sample_comparison.h"
#include "report/tables.h"

using namespace pantograph;

namespace {

bool close(double a, double b) {
  return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b));
}

/// The row whose first text columns are these.
const std::vector<report::TableCell>* row_of(const report::Table& table, const std::vector<std::string>& start) {
  for (const auto& row : table.rows) {
    bool same = true;
    for (std::size_t i = 0; i < start.size(); ++i) same = same && row[i].text == start[i];
    if (same) return &row;
  }
  return nullptr;
}

measure::ResultRecord at(const std::string& method, std::uint64_t budget, double seconds, double after) {
  measure::ResultRecord r = sample::record(method, "law", 2 * after, after);
  r.generic_budget = r.generic_tokens = budget;
  r.generic_seconds = seconds;
  r.specialization_seconds = 10;
  return r;
}

}  // namespace

class TestTables : public QObject {
  Q_OBJECT
  const std::vector<measure::ResultRecord> records_ = sample::comparison_records();

 private Q_SLOTS:
  void every_row_has_every_column() {
    for (const report::Table& table : report::paper_tables(records_)) {
      QVERIFY(!table.rows.empty());
      for (const auto& row : table.rows) QVERIFY2(row.size() == table.columns.size(), table.id.c_str());
    }
    QCOMPARE(report::paper_tables(records_).size(), std::size_t(13));  // four of equal cost, two of total cost
    QVERIFY(report::paper_tables({}).empty());
  }

  void differences_are_those_of_the_comparison() {
    const report::Table table = report::differences_table(records_);
    const measure::Comparison c = measure::compare(records_).at(1);
    QVERIFY(c.by_validation && c.size == 100'000);
    QCOMPARE(table.rows.size(), 2 * c.differences.size());  // of both sizes
    const auto& row = *row_of(table, {"100k", c.level[0].method, c.differences[0].method});
    QVERIFY(close(row[4].exact, std::exp(c.differences[0].loss) - 1) && close(row[7].exact, c.differences[0].p));
    QCOMPARE(row[8].text, std::string(to_string(c.differences[0].decision)));
    QCOMPARE(row[10].text, std::string("2"));
    // One seed has no interval, and nothing is decided.
    auto one = records_;
    std::erase_if(one, [](const auto& r) { return r.seed != 7; });
    for (const auto& single : report::differences_table(one).rows) {
      QCOMPARE(single[5].text, std::string("–"));
      QCOMPARE(single[8].text, std::string("not decided by seeds"));
    }
  }

  void test_sets_say_what_they_are() {
    QVERIFY(report::test_sets_table(records_).rows.empty());  // of records that do not know their test set
    auto records = records_;
    for (auto& r : records) {
      r.context = r.network == "large" ? 256 : 128;
      r.test_documents = 40, r.test_tokens = 20'000, r.test_bytes = 70'000, r.validation_tokens = 5000;
      measure::TestLosses test;
      for (std::uint32_t i = 0; i < 40; ++i) {
        test.documents.push_back(i), test.tokens.push_back(500);
        test.losses.push_back(500 * (std::log(r.perplexity_after) + (i % 2 == 0 ? 0.3 : -0.3)));
      }
      r.test = std::make_shared<const measure::TestLosses>(test);
      measure::leave_out(r, r.domain == "law" ? std::vector<std::uint64_t>{0, 2, 4} : std::vector<std::uint64_t>{});
    }
    const report::Table table = report::test_sets_table(records);
    QVERIFY2(table.note.find("The contexts differ") != std::string::npos, table.note.c_str());
    const auto& row = *row_of(table, {"100k", "slm"});
    const auto averages = measure::averages(measure::at_largest_budget(records));
    const auto& slm = *std::find_if(averages.begin(), averages.end(), [](const auto& a) {
      return a.method == "slm" && a.specialization_tokens == 100'000;
    });
    QVERIFY(close(row[2].exact, slm.after) && close(row[4].exact, slm.bits_per_byte));
    QVERIFY(slm.after_interval.low < slm.after && slm.after < slm.after_interval.high);
    QVERIFY(row[3].text.find(" to ") != std::string::npos);
    QVERIFY(close(row[5].exact, slm.without_leaks) && slm.without_leaks < slm.after);  // the hard ones were left out
    QVERIFY(row[6].exact == 120 && row[7].exact == 3 && row[8].exact == 128 && row[9].exact == 5000);
  }

  void parameters() {
    const report::Table table = report::parameters_table(records_);
    QCOMPARE(table.rows.size(), sample::comparison_methods().size());
    const auto* row = row_of(table, {"slm-pn", "pn16", "16", "16", "16"});
    QVERIFY(row && (*row)[5].exact == 20'300'000 && (*row)[6].exact == 2'613'248 && (*row)[7].exact == 5.2e6);
    QCOMPARE((*row_of(table, {"slm-is"}))[2].text, std::string("–"));  // clusters of it are no experts
  }

  void throughput_is_cost_per_billion_tokens() {
    const report::Table table = report::throughput_table(records_);
    const auto& pn = *row_of(table, {"slm-pn"});
    QVERIFY(close(pn[1].exact, 2.05e-5 * 1e9) && close(pn[2].exact, 1.78e7 * 1e9));
    QVERIFY(close(pn[3].exact, 1.25e-5 * 1e9) && close(pn[5].exact, 5.2e6 * 1e9));
    const auto& mix = *row_of(table, {"slm-mix"});  // the choice of its expert is not in it
    QVERIFY(close(mix[4].exact, 1.56e7 * 1e9));
    QCOMPARE((*row_of(table, {"slm-nopt"}))[1].text, std::string("–"));
  }

  void limits_are_the_dearest_run() {
    const report::Table table = report::limits_table(records_);
    const double tuned = 340 * 2048;
    const auto& slm = *row_of(table, {"slm"});
    QVERIFY(close(slm[1].exact, 1.25e-5 * 16e6) && close(slm[3].exact, 1.25e-5 * tuned));
    const auto& distilled = *row_of(table, {"slm-d"});
    QVERIFY(close(distilled[2].exact, 1.56e7 * 16e6 + 9.4e7 * 16e6) &&
            close(distilled[6].exact, (1.56e7 + 9.4e7) * tuned));
    const auto& sampled = *row_of(table, {"slm-is"});
    QVERIFY(close((*row_of(report::throughput_table(records_), {"slm-is"}))[3].exact, 1.25e-5 * 1e9));
    QVERIFY(sampled[1].text == "–" && close(sampled[3].exact, 1.25e-5 * (16e6 + tuned)));
  }

  void total_costs() {
    const auto tables = report::costs_tables({at("slm", 4'000'000, 100, 20), at("slm", 8'000'000, 200, 18)});
    QCOMPARE(tables.size(), std::size_t(2));
    QCOMPARE(tables[1].rows.size(), std::size_t(1));
    const auto& row = tables[1].rows[0];
    QVERIFY(close(row[3].exact, 200) && close(row[4].exact, 10) && close(row[5].exact, 210) &&
            close(row[6].exact, 270) && close(row[7].exact, 700));
    QVERIFY(close(tables[0].rows[0][7].exact, 1.25e14 + 50 * 4.5e12));  // operations come first
  }

  void perplexities_by_budget() {
    const report::Table table =
        report::perplexity_table({at("slm", 4'000'000, 100, 20), at("slm", 8'000'000, 200, 18),
                                  at("slm-pn", 8'000'000, 300, 16), sample::record("slm-nopt", "law", 99, 60)});
    QCOMPARE(table.rows.size(), std::size_t(4));
    QCOMPARE(table.columns.back().title, std::string("100k"));
    const auto& pn = *row_of(table, {"8M", "slm-pn"});
    QVERIFY(close(pn[4].exact, 101.3) && close(pn[5].exact, 32) && close(pn[6].exact, 16) && pn[6].best);
    QVERIFY(!(*row_of(table, {"8M", "slm"}))[6].best && !(*row_of(table, {"4M", "slm"}))[6].best);
    QCOMPARE((*row_of(table, {"–", "slm-nopt"}))[4].text, std::string("–"));
    QVERIFY((*row_of(report::perplexity_table(records_), {"16M", "slm"}))[7].text.find(" ±") != std::string::npos);
  }

  void equal_cost_is_read_off_between_budgets() {
    // slm at 100 and 400 seconds; slm-pn at 50, 200 and 800: at slm's 100 half way (in the logarithm) between the first
    // two, √(24·18); at 400 √(18·12).
    std::vector<measure::ResultRecord> records = {at("slm", 4'000'000, 100, 20),     at("slm", 16'000'000, 400, 17),
                                                  at("slm-pn", 2'000'000, 50, 24),   at("slm-pn", 8'000'000, 200, 18),
                                                  at("slm-pn", 32'000'000, 800, 12), at("llm", 4'000'000, 600, 9)};
    const auto tables = report::equal_cost_tables(records);
    QCOMPARE(tables.size(), std::size_t(2));
    QCOMPARE(tables[0].id, std::string("equal-cost-100k"));
    const report::Table& table = tables[1];
    QVERIFY2(table.note.find("not known") != std::string::npos, table.note.c_str());  // how noisy times are
    QCOMPARE(table.rows.size(), std::size_t(8));  // generic phase, 1, 7, 50 tasks × two budgets
    const auto& low = *row_of(table, {"generic phase", "4M"});
    const auto& high = *row_of(table, {"generic phase", "16M"});
    QCOMPARE(table.columns[3].title + table.columns[4].title + table.columns[5].title, std::string("llmslmslm-pn"));
    QVERIFY(low[3].text == "–" && close(low[4].exact, 20) && close(low[5].exact, std::sqrt(24.0 * 18)));
    QVERIFY(close(high[4].exact, 17) && close(high[5].exact, std::sqrt(18.0 * 12)) && high[5].best);
    QVERIFY(low[4].best && !low[5].best);
    // One task adds ten seconds to all of them: 110 between 60 and 210.
    const double part = std::log(110.0 / 60) / std::log(210.0 / 60);
    const auto& one = *row_of(table, {"1 task", "4M"});
    QVERIFY(close(one[5].exact, std::exp((1 - part) * std::log(24) + part * std::log(18))));
    QVERIFY(report::equal_cost_tables({at("slm", 4'000'000, 100, 20)}).empty());
    auto apart = std::vector{at("slm", 4'000'000, 100, 20), at("slm-pn", 4'000'000, 164, 18)};
    apart[1].generic_flops *= 1.14;
    QVERIFY(report::equal_cost_tables(apart).empty());
  }

  void choice_of_the_expert() {
    auto records = records_;
    for (const measure::ResultRecord& r : records_) {
      if (r.method != "slm-mix") continue;
      records.push_back(r);
      records.back().method = "slm-mix-frequent", records.back().selection = "frequent";
      records.back().specialization_flops /= 16;
    }
    const report::Table table = report::selection_table(records);
    const auto* mix = row_of(table, {"slm-mix", "best-after", "16", "100k"});
    QVERIFY(mix && close((*mix)[7].exact, 16 * 1.56e7 * 340 * 2048) && close((*mix)[8].exact, 16));
    QVERIFY(close((*row_of(table, {"slm-mix-frequent", "frequent", "16", "20k"}))[8].exact, 1));
    const auto* pn = row_of(table, {"slm-pn", "frequent"});
    QVERIFY(pn && (*pn)[8].text == "–");  // nothing to hold it against
    QVERIFY(!row_of(table, {"slm"}));
  }

  void importance_sampling() {
    const report::Table table = report::sampling_table(records_);
    QCOMPARE(table.rows.size(), std::size_t(6));
    const auto& row = *row_of(table, {"slm-is", "recipes", "16M", "64"});
    QVERIFY(close(row[4].exact, 62'500) && close(row[6].exact, 1 / 16.15) && close(row[7].exact, 7.4));
    QVERIFY(report::sampling_table({sample::record("slm", "law", 2, 1)}).rows.empty());
  }

  void concentration_of_a_histogram() {
    const measure::Concentration c = measure::concentration({{"windows", {1, 2, 1, 0}}});
    QVERIFY(c.top_cluster == 1 && close(c.top, 0.5) && close(c.entropy, 1.5 * std::log(2)));
    QVERIFY(close(measure::concentration({{"windows", std::vector<int>(16, 3)}}).entropy, std::log(16)));
    QVERIFY(measure::concentration({{"windows", {0, 0}}}).top == 0 && measure::concentration("text").fractions.empty());
    const report::Table table =
        report::concentration_table({{"generic", {{"windows", {5, 5}}}},
                                     {"domains", {{"law", {{"windows", {9, 1}}}}, {"bad", {{"windows", "x"}}}}}});
    QCOMPARE(table.rows.size(), std::size_t(2));
    QVERIFY(table.rows[1][0].text == "law" && close(table.rows[1][2].exact, 0.9) &&
            close(table.rows[1][4].exact, std::log(2)));
    QVERIFY(report::concentration_table(nlohmann::json()).rows.empty());
  }
};

QTEST_GUILESS_MAIN(TestTables)
#include "test_tables.moc"
