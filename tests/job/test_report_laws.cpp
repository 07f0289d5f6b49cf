// SPDX-License-Identifier: GPL-3.0-or-later
// The report's scaling laws: records made from a known law give its losses back at ten times the tokens.
#include <QTest>
#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "job/report_laws.h"

using namespace pantograph;

namespace {

double law(double d, double domain) {
  return 2.0 + 60.0 / std::pow(d, 0.3) + 20.0 / std::pow(domain, 0.3);
}

std::vector<ResultRecord> records(int budgets) {
  Random random(3);
  std::vector<ResultRecord> out;
  for (int b = 0; b < budgets; ++b) {
    for (const std::uint64_t size : {20'000U, 80'000U, 320'000U}) {
      for (const std::uint64_t seed : {1U, 2U}) {
        ResultRecord r;
        r.method = r.kind = "slm";
        r.domain = "law";
        r.specialization_tokens = size;
        r.generic_tokens = r.generic_budget = 1'000'000ULL << (2 * b);
        r.parameters_inference = 100'000;
        r.seed = seed;
        r.perplexity_after = std::exp(law(static_cast<double>(r.generic_tokens), static_cast<double>(size)) *
                                      (1 + 0.001 * random.normal()));
        out.push_back(r);
      }
    }
  }
  return out;
}

}  // namespace

class TestReportLaws : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void aKnownLawIsForetold() {
    const auto runs = records(5);
    const LawReport report = fit_laws(runs, {});
    QCOMPARE(report.table.rows.size(), std::size_t(1));
    const auto& row = report.table.rows[0];
    QCOMPARE(row.size(), report.table.columns.size());
    QCOMPARE(row[2].text, std::string("30"));
    QVERIFY2(row[4].exact < 0.02, qPrintable(QString::number(row[4].exact)));
    const double truth = law(10 * 256e6, 320'000);
    QVERIFY2(std::fabs(std::log(row[5].exact) / truth - 1) < 0.02, row[5].text.c_str());
    QVERIFY(row[6].exact > 0 && row[6].exact < 1);
    QCOMPARE(report.json.at("laws").size(), std::size_t(1));
  }

  void tooFewRunsAreSaid() {
    const LawReport report = fit_laws(records(1), {});
    QVERIFY(report.table.rows.empty());
    QVERIFY2(report.table.note.find("Not fitted, for example: slm on law") != std::string::npos,
             report.table.note.c_str());
    QVERIFY(fit_laws({}, {}).table.rows.empty());
  }

  void aStopIsHeard() {
    Control control;
    control.stop();
    TaskContext task;
    task.control = &control;
    QVERIFY_EXCEPTION_THROWN(fit_laws(records(5), task), Interrupted);
  }
};

QTEST_GUILESS_MAIN(TestReportLaws)
#include "test_report_laws.moc"
