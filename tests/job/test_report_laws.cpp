// SPDX-License-Identifier: GPL-3.0-or-later
// The report's scaling laws: records made from a known law give its losses back at ten times the tokens.
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "job/engine.h"
#include "project/project_file.h"
#include "report/fitted_laws.h"
#include "report/law_figure.h"
#include "report/law_records.h"
#include "support/tiny_project.h"

using namespace pantograph;
using law_records::law;
using law_records::records;

class TestReportLaws : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void aKnownLawIsForetold() {
    const auto runs = records(5);
    const report::Laws laws = report::fit_laws(runs, {});
    const report::Table table = report::laws_table(laws);
    QCOMPARE(table.rows.size(), std::size_t(1));
    const auto& row = table.rows[0];
    QCOMPARE(row.size(), table.columns.size());
    QCOMPARE(row[2].text, std::string("30"));
    QVERIFY2(row[4].exact < 0.02, qPrintable(QString::number(row[4].exact)));
    const double truth = law(10 * 256e6, 320'000);
    QVERIFY2(std::fabs(std::log(row[5].exact) / truth - 1) < 0.02, row[5].text.c_str());
    QVERIFY(row[6].exact > 0 && row[6].exact < 1);
    QCOMPARE(laws.fitted.size(), std::size_t(1));
    QCOMPARE(laws.fitted[0].points.size(), runs.size());
    QCOMPARE(report::held_out_error(laws.fitted[0].choice), row[4].exact);
    QVERIFY(laws.missing.empty());
  }

  void theFileReadsBack() {
    auto runs = records(5);
    for (measure::ResultRecord r : records(1)) {
      r.method = "slm-pn";
      runs.push_back(r);
    }
    const nlohmann::json written = report::to_json(report::fit_laws(runs, {}));
    const report::Laws read = report::laws_from_json(written);
    QCOMPARE(nlohmann::json(report::to_json(read)).dump(), written.dump());
    QCOMPARE(read.fitted[0].split.domains, 1);
    QCOMPARE(read.missing[0].method, std::string("slm-pn"));
    for (const auto& [key, value] : written.items()) {
      nlohmann::json broken = written;
      broken.erase(key);
      QVERIFY_EXCEPTION_THROWN(report::laws_from_json(broken), Error);
    }
    for (const auto& [at, value] : std::initializer_list<std::pair<const char*, nlohmann::json>>{
             {"/laws/0/split_of/parameters", nlohmann::json::array()},
             {"/laws/0/split_of/parameters/0", -1},
             {"/laws/0/split_of/domains", 1e300},
             {"/laws/0/split_of/domain_set_tokens", -3},
             {"/laws/0/choice/fit/generic_tokens/0", 0},
             {"/laws/0/runs/0/domain_tokens", 1e300},
             {"/missing/0/needs/generic_tokens/0", 1e300},
             {"/missing/0/runs", -1}}) {
      nlohmann::json broken = written;
      broken[nlohmann::json::json_pointer(at)] = value;
      QVERIFY_EXCEPTION_THROWN(report::laws_from_json(broken), Error);
    }
    nlohmann::json newer = written;
    newer["schema"] = 99;
    QVERIFY_EXCEPTION_THROWN(report::laws_from_json(newer), Error);
  }

  void whatIsMissingIsSaidAndEnough() {
    const report::MissingLaw missing = report::fit_laws(records(1), {}).missing.at(0);
    QCOMPARE(missing.runs, 6);
    QCOMPARE(missing.budgets, 1);
    QCOMPARE(missing.sizes, 3);
    // Two budgets more: 4 and 16 times the one there is. One budget more leaves too few smaller runs.
    QCOMPARE(missing.needs.generic_tokens, (std::vector<double>{4e6, 16e6}));
    QVERIFY(missing.needs.domain_tokens.empty());
    // Then there is a law, but two seeds of three budgets carry no interval.
    const report::Laws enough = report::fit_laws(records(3), {});
    QCOMPARE(enough.fitted.size(), std::size_t(1));
    const report::Table table = report::laws_table(enough);
    QVERIFY2(table.rows.at(0)[5].text.find('(') == std::string::npos, table.rows[0][5].text.c_str());
    QVERIFY2(table.rows.at(0)[6].text.find('(') == std::string::npos, table.rows[0][6].text.c_str());
    QVERIFY2(table.note.find("slm on law: no intervals: none of the 3 budgets can be left out") != std::string::npos,
             table.note.c_str());
    QVERIFY(report::law_figures(enough).at(0).series.at(0).low.empty());
    QCOMPARE(report::laws_from_json(report::to_json(enough)).fitted[0].choice.fit.no_intervals,
             enough.fitted[0].choice.fit.no_intervals);
    QCOMPARE(report::fit_laws(records(2), {}).fitted.size(), std::size_t(0));
  }

  void samplesOfASeedAreOfOneNetwork() {
    auto runs = records(5);
    QCOMPARE(report::fit_laws(runs, {}).fitted.at(0).choice.fit.networks, 5 * 2);
    for (measure::ResultRecord r : records(5)) {
      r.sample = 2;
      r.perplexity_after *= 1.01;
      runs.push_back(r);
    }
    QCOMPARE(report::fit_laws(runs, {}).fitted.at(0).choice.fit.networks, 5 * 2);
  }

  void theBudgetIsOfTheDomainsThatShareAGenericPhase() {
    auto runs = records(5);
    for (measure::ResultRecord r : records(5)) {
      r.domain = "recipes";
      runs.push_back(r);
    }
    report::Laws laws = report::fit_laws(runs, {});
    QCOMPARE(laws.fitted.size(), std::size_t(2));
    QCOMPARE(laws.fitted[0].split.domains, 2);
    QCOMPARE(laws.fitted[0].split.budget, 6 * 1e5 * (256e6 + 2 * 320e3));
    const double share = plan::plan_split({laws.fitted[0].choice.fit}, laws.fitted[0].split).best().best.generic_share;
    for (measure::ResultRecord& r : runs) r.specialization_tokens_seen = 8 * r.specialization_tokens;
    laws = report::fit_laws(runs, {});
    QCOMPARE(laws.fitted[0].split.passes, 8.0);
    QCOMPARE(laws.fitted[0].split.budget, 6 * 1e5 * (256e6 + 2 * 8 * 320e3));
    const plan::SplitPlan plan = plan::plan_split({laws.fitted[0].choice.fit}, laws.fitted[0].split);
    QVERIFY(plan.best().best.generic_share < share);  // what is read again costs
    QCOMPARE(report::laws_from_json(report::to_json(laws)).fitted[0].split.passes, 8.0);
    for (measure::ResultRecord& r : runs) {
      r.specialization_tokens_seen = 0;
      r.kind = "slm-is";  // pretrained for each domain
    }
    laws = report::fit_laws(runs, {});
    QCOMPARE(laws.fitted[0].split.domains, 1);
    QCOMPARE(laws.fitted[0].split.budget, 6 * 1e5 * (256e6 + 320e3));
  }

  void tooFewRunsAreSaid() {
    const report::Table table = report::laws_table(report::fit_laws(records(1), {}));
    QVERIFY(table.rows.empty());
    QVERIFY2(table.note.find("Not fitted, for example: slm on law") != std::string::npos, table.note.c_str());
    QVERIFY(report::laws_table(report::fit_laws({}, {})).rows.empty());
  }

  void aProjectsViewHasItsLaws() {
    job::initialize_engine();
    QTemporaryDir dir;
    QVERIFY(dir.isValid());
    project::Project project = project::load_project(tiny::make_project(dir.path().toStdString()));
    std::erase_if(project.methods, [](const project::MethodSpec& method) { return method.kind != "slm"; });
    project::GenericSpec& generic = project.methods.at(0).generic;
    generic.schedule = "constant";
    generic.tokens = 160'000;
    generic.budgets = {10'000, 20'000, 40'000, 60'000};
    project.specialization.tokens = {500, 2000};
    project::save_project(project, project.file);
    std::shared_ptr<const job::ProjectView> view;
    job::Engine engine(project, {}, [&](const job::Event& event) {
      if (const auto* changed = std::get_if<job::ViewChanged>(&event)) view = changed->view;
      if (const auto* failed = std::get_if<job::StepFailed>(&event)) qWarning("%s", failed->message.c_str());
    });
    engine.start({});
    engine.wait();
    QVERIFY(view && view->laws);
    for (const report::MissingLaw& missing : view->laws->missing) qWarning("%s", missing.reason.c_str());
    QCOMPARE(view->laws->fitted.size(), std::size_t(2));  // one method, two domains
    const report::MethodLaw& law = view->laws->fitted[0];
    QCOMPARE(law.points.size(), std::size_t(10));
    QCOMPARE(law.split.domains, 2);
    QVERIFY(law.choice.fit.draws.size() > 50);
    for (const plan::ScalingPoint& point : law.points) {
      const auto of = [&](const measure::ResultRecord& r) {
        return r.domain == law.domain && static_cast<double>(r.generic_tokens) == point.generic_tokens &&
               static_cast<double>(r.specialization_tokens) == point.domain_tokens;
      };
      const auto found = std::find_if(view->results.begin(), view->results.end(), of);
      QVERIFY(found != view->results.end());
      QCOMPARE(point.loss, std::log(found->perplexity_after));
    }
  }

  void aStopIsHeard() {
    Control control;
    control.stop();
    TaskContext task;
    task.control = &control;
    QVERIFY_EXCEPTION_THROWN(report::fit_laws(records(5), task), Interrupted);
  }
};

QTEST_GUILESS_MAIN(TestReportLaws)
#include "test_report_laws.moc"
