// SPDX-License-Identifier: GPL-3.0-or-later
// Clusterings compared: tables and CSV of known values, and a tiny project whose methods have two numbers of clusters.
#include <QTemporaryDir>
#include <QTest>
#include <memory>
#include <mutex>

#include "base/files.h"
#include "job/engine.h"
#include "project/project_file.h"
#include "support/tiny_project.h"

using namespace pantograph;

namespace {

report::Clusterings two() {
  report::ClusteringEntry a, b;
  a.step = "cluster";
  a.clusters = 4;
  a.generic = {2, 0.5, 1.25};
  a.domains["law"] = {1, 0.75, 0.5};
  b.step = "cluster/2";
  b.clusters = 2;
  b.generic = {0, 0.625, 0.25};
  report::Clusterings out;
  out.all = {a, b};
  out.pairs = {{4, 2, 1200, 0.5, 0.25, 0.125}};
  return out;
}

}  // namespace

class TestClusterings : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void csvHasEveryNumber() {
    QCOMPARE(report::clusterings_csv(two()),
             std::string("clustering,clusters,corpus,most_frequent,top_fraction,entropy\n"
                         "cluster,4,,2,0.5,1.25\n"
                         "cluster,4,law,1,0.75,0.5\n"
                         "cluster/2,2,,0,0.625,0.25\n"));
    QCOMPARE(report::agreement_csv(two()),
             std::string("clusters_a,clusters_b,windows,adjusted_rand,normalised_mutual_information,"
                         "mutual_information\n"
                         "4,2,1200,0.5,0.25,0.125\n"));
  }

  void tablesPutThemSideBySide() {
    const auto tables = report::clusterings_tables(two());
    QCOMPARE(tables.size(), std::size_t(2));
    for (const report::Table& table : tables) {
      for (const auto& row : table.rows) QCOMPARE(row.size(), table.columns.size());
    }
    QCOMPARE(tables[0].rows.size(), std::size_t(2));  // generic set, law
    QCOMPARE(tables[0].rows[0][1].exact, 0.5);
    QCOMPARE(tables[0].rows[0][4].exact, 0.25);
    QCOMPARE(tables[0].rows[1][2].text, std::string("0.50"));
    QCOMPARE(tables[0].rows[1][3].text, std::string("–"));  // the second has no such domain
    QCOMPARE(tables[1].rows[0][1].text, std::string("1,200"));
    QCOMPARE(tables[1].rows[0][2].exact, 0.5);
    report::Clusterings one = two();
    one.all.pop_back();
    one.pairs.clear();
    QVERIFY(report::clusterings_tables(one).empty());
  }

  void aProjectOfTwoClusterings() {
    job::initialize_engine();
    QTemporaryDir dir;
    QVERIFY(dir.isValid());
    project::Project project = project::load_project(tiny::make_project(dir.path().toStdString()));
    for (project::MethodSpec& method : project.methods) {
      if (method.kind == "slm-pn") method.clusters = 3;
    }
    project::save_project(project, project.file);
    std::mutex mutex;
    std::shared_ptr<const job::ProjectView> view;
    job::RunEnded ended;
    job::Engine engine(project, {}, [&](const job::Event& event) {
      const std::lock_guard lock(mutex);
      if (const auto* changed = std::get_if<job::ViewChanged>(&event)) view = changed->view;
      if (const auto* end = std::get_if<job::RunEnded>(&event)) ended = *end;
      if (const auto* failed = std::get_if<job::StepFailed>(&event)) qWarning("%s", failed->message.c_str());
    });
    engine.start({});
    engine.wait();
    const std::lock_guard lock(mutex);
    QCOMPARE(ended.kind, job::RunEnded::finished);

    QCOMPARE(view->clusterings.all.size(), std::size_t(2));
    QCOMPARE(view->clusterings.all[0].clusters, project.clustering.clusters);
    QCOMPARE(view->clusterings.all[1].clusters, 3);
    QCOMPARE(view->clusterings.all[1].step, std::string("cluster/3"));
    std::string a, b;
    for (const job::StepInfo& step : view->steps) {
      if (step.id == "cluster") a = step.folder;
      if (step.id == "cluster/3") b = step.folder;
    }
    const cluster::ClusteringComparison direct = cluster::compare_clusterings(a, b);
    QCOMPARE(view->clusterings.pairs.size(), std::size_t(1));
    const report::ClusteringPair& pair = view->clusterings.pairs[0];
    QCOMPARE(pair.windows, direct.agreement.items);
    QVERIFY(pair.windows > 0);
    QCOMPARE(pair.windows, view->clusterings.all[0].windows);
    QCOMPARE(pair.adjusted_rand, direct.agreement.adjusted_rand);
    QCOMPARE(pair.normalised_mutual_information, direct.agreement.normalised_mutual_information);
    QCOMPARE(pair.mutual_information, direct.agreement.mutual_information);
    for (const auto& [name, domain] : direct.domains) {
      QCOMPARE(view->clusterings.all[0].domains.at(name).top_fraction, domain.a.top_fraction);
      QCOMPARE(view->clusterings.all[1].domains.at(name).entropy, domain.b.entropy);
    }

    const auto report = project.artifacts() / "report";
    QCOMPARE(read_file(report / "clusterings.csv"), report::clusterings_csv(view->clusterings));
    QCOMPARE(read_file(report / "clustering-agreement.csv"), report::agreement_csv(view->clusterings));
    const std::string html = read_file(report / "report.html");
    QVERIFY(html.find("Clusterings compared") != std::string::npos);
    QVERIFY(html.find("Agreement of the clusterings") != std::string::npos);
    // One budget and one size carry no law: the view says what is missing.
    QVERIFY(view->laws.has_value());
    QVERIFY(view->laws->fitted.empty());
    QCOMPARE(view->laws->missing.size(), std::size_t(4));
    QVERIFY(!view->laws->missing[0].needs.generic_tokens.empty());
  }
};

QTEST_GUILESS_MAIN(TestClusterings)
#include "test_clusterings.moc"
