// SPDX-License-Identifier: GPL-3.0-or-later
// The document: undo, merging, dirty flag, files; and the models that show a project.
#include <QAbstractItemModelTester>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include "base/error.h"
#include "format.h"
#include "pages/cluster_model.h"
#include "pages/corpus_model.h"
#include "pages/cost_estimate.h"
#include "project_document.h"
#include "project_template.h"

using namespace pantograph;

namespace {

project::CorpusSpec corpus(const std::string& name, project::Role role, std::vector<std::string> paths) {
  project::CorpusSpec spec;
  spec.name = name;
  spec.role = role;
  spec.paths = std::move(paths);
  return spec;
}

project::Project example() {
  project::Project project = newProject();
  project.corpora = {corpus("all", project::Role::generic, {"all.txt"}),
                     corpus("law", project::Role::domain, {"law.txt"}),
                     corpus("food", project::Role::domain, {"food.txt"})};
  project.specialization.domains = {"law"};
  return project;
}

std::shared_ptr<job::ProjectView> example_view() {
  auto view = std::make_shared<job::ProjectView>();
  corpus::ImportSummary summary;
  summary.files = 3;
  summary.documents[0] = 1200;
  summary.documents[1] = 30;
  summary.documents[2] = 20;
  summary.dropped = {{"duplicate", {5, {}}}, {"empty", {2, {"b.txt"}}}};
  token::TokenSummary tokens;
  tokens.tokens[0] = 90'000;
  tokens.tokens[2] = 1'000;
  view->corpora = {{"law", summary, tokens}};
  job::StepInfo import, tokenize;
  import.key = job::StepKey::import("law");
  import.id = import.key.id();
  import.state = job::StepState::up_to_date;
  tokenize.key = job::StepKey::tokenize("law");
  tokenize.id = tokenize.key.id();
  tokenize.state = job::StepState::stale;
  view->steps = {import, tokenize};
  cluster::ClusteringSummary clusters;
  clusters.clusters = 2;
  clusters.generic = cluster::make_histogram({6, 2}, {60, 20});
  clusters.domains["law"] = cluster::make_histogram({1, 3}, {10, 30});
  view->clustering = clusters;
  return view;
}

}  // namespace

class TestDocument : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }

  void edits_can_be_undone() {
    ProjectDocument document;
    document.reset(newProject());
    QSignalSpy changed(&document, &ProjectDocument::changed);
    QVERIFY(!document.isModified());
    document.change("seed", [](project::Project& p) { p.seed = 11; });
    QCOMPARE(document.project().seed, 11U);
    QVERIFY(document.isModified());
    document.change("name", [](project::Project& p) { p.name = "other"; });
    document.undoStack()->undo();
    QCOMPARE(document.project().name, std::string("untitled"));
    QCOMPARE(document.project().seed, 11U);
    document.undoStack()->undo();
    QVERIFY(document.project() == newProject());
    QVERIFY(!document.isModified());
    document.undoStack()->redo();
    QCOMPARE(document.project().seed, 11U);
    QCOMPARE(changed.count(), 5);
  }

  void an_edit_without_effect_is_no_step() {
    ProjectDocument document;
    document.reset(newProject());
    document.change("nothing", [](project::Project& p) { p.seed = p.seed + 0; });
    QCOMPARE(document.undoStack()->count(), 0);
    QVERIFY(!document.isModified());
  }

  void one_drag_is_one_step() {
    ProjectDocument document;
    document.reset(newProject());
    const auto width = [&](int value, const QString& key) {
      document.change(
          "width", [value](project::Project& p) { p.small.front().width = value; }, key);
    };
    for (const int value : {72, 80, 96, 128}) width(value, "width/1");
    QCOMPARE(document.undoStack()->count(), 1);
    width(256, "width/2");
    QCOMPARE(document.undoStack()->count(), 2);
    document.undoStack()->undo();
    QCOMPARE(document.project().small.front().width, 128);
    document.undoStack()->undo();
    QCOMPARE(document.project().small.front().width, 64);
  }

  void a_drag_back_to_the_start_leaves_no_step() {
    ProjectDocument document;
    document.reset(newProject());
    for (const int value : {72, 80, 64})
      document.change(
          "width", [value](project::Project& p) { p.small.front().width = value; }, "width/1");
    QCOMPARE(document.undoStack()->count(), 0);
    QCOMPARE(document.project().small.front().width, 64);
  }

  void saving_and_loading_keep_the_value() {
    QTemporaryDir folder;
    const QString file = folder.filePath("a.pantograph");
    ProjectDocument document;
    document.reset(example());
    document.change("seed", [](project::Project& p) { p.seed = 3; });
    QSignalSpy renamed(&document, &ProjectDocument::fileNameChanged),
        modified(&document, &ProjectDocument::modifiedChanged);
    document.save(file);
    QCOMPARE(renamed.count(), 1);
    QCOMPARE(modified.count(), 1);
    QVERIFY(!document.isModified());
    ProjectDocument other;
    other.load(file);
    QVERIFY(other.project() == document.project());
    QCOMPARE(other.fileName(), file);
    QVERIFY(!other.isModified());
  }

  void the_new_project_can_be_saved_and_read() {
    QTemporaryDir folder;
    ProjectDocument document;
    document.reset(newProject());
    document.save(folder.filePath("new.pantograph"));
    ProjectDocument other;
    other.load(folder.filePath("new.pantograph"));
    QVERIFY(other.project() == document.project());
  }

  void saving_elsewhere_keeps_paths_meaning_the_same_files() {
    QTemporaryDir folder;
    QDir(folder.path()).mkpath("here/text");
    QDir(folder.path()).mkpath("there/deep");
    ProjectDocument document;
    project::Project project = example();
    document.reset(project);
    document.change("paths", [&](project::Project& p) {
      p.corpora[0].paths = {folder.filePath("here/text/a.txt").toStdString()};  // untitled: absolute
      p.corpora[1].paths = {"/elsewhere/far/law.txt"};
    });
    document.save(folder.filePath("here/p.pantograph"));
    QCOMPARE(document.project().corpora[0].paths.front(), std::string("text/a.txt"));
    QCOMPARE(document.project().corpora[1].paths.front(), std::string("/elsewhere/far/law.txt"));
    document.change("seed", [](project::Project& p) { p.seed = 5; });
    document.save(folder.filePath("there/p.pantograph"));
    QCOMPARE(document.project().corpora[0].paths.front(), std::string("../here/text/a.txt"));
    document.undoStack()->undo();  // a step taken while the file lay in the other folder
    QCOMPARE(document.project().corpora[0].paths.front(), std::string("../here/text/a.txt"));
    QCOMPARE(document.project().seed, 7U);
    document.save(folder.filePath("there/deep/p.pantograph"));
    QCOMPARE(document.project().corpora[0].paths.front(), folder.filePath("here/text/a.txt").toStdString());
  }

  void a_bad_file_changes_nothing_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("named");
    QTest::newRow("not TOML") << QByteArray("schema = = 1\n") << "bad.pantograph";
    QTest::newRow("unknown key") << QByteArray("schema = 1\nclusterz = 3\n") << "clusterz";
    QTest::newRow("newer schema") << QByteArray("schema = 99\n") << "99";
  }
  void a_bad_file_changes_nothing() {
    QFETCH(QByteArray, text);
    QFETCH(QString, named);
    QTemporaryDir folder;
    QFile file(folder.filePath("bad.pantograph"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
    file.close();
    ProjectDocument document;
    document.reset(example());
    document.change("seed", [](project::Project& p) { p.seed = 3; });
    QSignalSpy changed(&document, &ProjectDocument::changed);
    try {
      document.load(file.fileName());
      QFAIL("a bad project was loaded");
    } catch (const Error& error) {
      QCOMPARE(error.kind(), ErrorKind::project);
      QVERIFY2(QString::fromUtf8(error.what()).contains(named), error.what());
    }
    QCOMPARE(changed.count(), 0);
    QCOMPARE(document.project().seed, 3U);
    QVERIFY(document.isModified());
    QCOMPARE(document.undoStack()->count(), 1);
  }

  void a_failed_save_leaves_the_document_modified() {
    QTemporaryDir folder;
    ProjectDocument document;
    document.reset(example());
    document.change("seed", [](project::Project& p) { p.seed = 3; });
    QVERIFY_EXCEPTION_THROWN(document.save(folder.filePath("no/such/folder/p.pantograph")), Error);
    QVERIFY(document.isModified());
    QVERIFY(document.fileName().isEmpty());
  }

  void names_for_new_corpora_are_free_and_allowed() {
    const project::Project project = example();
    QCOMPARE(freeCorpusName(project, "law"), std::string("law-2"));
    QCOMPARE(freeCorpusName(project, "my texts (2020)"), std::string("my-texts--2020"));
    QCOMPARE(freeCorpusName(project, "???"), std::string("corpus"));
  }

  void new_methods_take_the_budget_of_the_others() {
    project::Project project = newProject();
    project.methods.front().generic.tokens = 123;
    project.methods.front().generic.rate = 0.5;
    QCOMPARE(newMethod(project, "slm-pn").generic.rate, 0.5);
    QCOMPARE(newMethod(project, "slm-pn").name, std::string("slm-pn-2"));
    QCOMPARE(newMethod(project, "slm-nopt").generic.tokens, 0U);
  }

  void corpus_model_shows_declaration_and_findings() {
    CorpusModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const project::Project project = example();
    model.setProject(project.corpora);
    const auto text = [&](int row, CorpusModel::Column column) { return model.index(row, column).data().toString(); };
    QCOMPARE(model.rowCount(), 3);
    QCOMPARE(text(1, CorpusModel::documents), QStringLiteral("–"));
    model.setView(example_view());
    QCOMPARE(text(1, CorpusModel::name), QStringLiteral("law"));
    QCOMPARE(text(1, CorpusModel::files), QStringLiteral("3"));
    QCOMPARE(text(1, CorpusModel::documents), QStringLiteral("1,250"));
    QCOMPARE(text(1, CorpusModel::tokens), QStringLiteral("91,000"));
    QCOMPARE(text(1, CorpusModel::split), QStringLiteral("1,200 / 30 / 20"));
    QCOMPARE(text(1, CorpusModel::dropped), QStringLiteral("7"));
    QCOMPARE(text(1, CorpusModel::state), QStringLiteral("out of date"));
    auto gone = std::make_shared<job::ProjectView>(*example_view());
    for (job::StepInfo& step : gone->steps) step.state = job::StepState::up_to_date;
    gone->steps[0].note = "The sources of law cannot be read.";
    model.setView(gone);
    QCOMPARE(text(1, CorpusModel::state), QStringLiteral("up to date, sources gone"));
    QCOMPARE(model.index(1, CorpusModel::state).data(Qt::ToolTipRole).toString(),
             QStringLiteral("The sources of law cannot be read."));
    model.setView(example_view());
    QVERIFY(model.index(1, CorpusModel::dropped).data(Qt::ToolTipRole).toString().contains("duplicate: 5"));
    QCOMPARE(text(0, CorpusModel::documents), QStringLiteral("–"));
    model.setProject({project.corpora[1]});
    QCOMPARE(text(0, CorpusModel::documents), QStringLiteral("1,250"));
    model.setProject({});
    model.setView(nullptr);
    QCOMPARE(model.rowCount(), 0);
  }

  void cluster_model_shows_histograms_and_picks() {
    ClusterModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const project::Project project = example();
    model.set(project, nullptr);
    QCOMPARE(model.rowCount(), 3);
    model.set(project, example_view());
    const auto text = [&](int row, ClusterModel::Column column) { return model.index(row, column).data().toString(); };
    QCOMPARE(text(0, ClusterModel::windows), QStringLiteral("8"));
    QCOMPARE(text(0, ClusterModel::top_fraction), QStringLiteral("75.0 %"));
    QCOMPARE(text(1, ClusterModel::top_cluster), QStringLiteral("1"));
    QCOMPARE(text(1, ClusterModel::entropy), QStringLiteral("0.56"));  // -(0.25 ln 0.25 + 0.75 ln 0.75)
    QCOMPARE(text(2, ClusterModel::entropy), QStringLiteral("–"));
    const auto check = [&](int row) { return model.index(row, ClusterModel::corpus).data(Qt::CheckStateRole).toInt(); };
    QCOMPARE(check(1), int(Qt::Checked));
    QCOMPARE(check(2), int(Qt::Unchecked));
    QVERIFY(!model.index(0, ClusterModel::corpus).data(Qt::CheckStateRole).isValid());
    QSignalSpy toggled(&model, &ClusterModel::domainToggled);
    QVERIFY(model.setData(model.index(2, ClusterModel::corpus), Qt::Checked, Qt::CheckStateRole));
    QCOMPARE(toggled.takeFirst(), QVariantList({QStringLiteral("food"), true}));
    QVERIFY(!model.setData(model.index(0, ClusterModel::corpus), Qt::Checked, Qt::CheckStateRole));
  }

  void costs_follow_the_shape() {
    project::Project project = newProject();
    const FlopRates rates = {{{64, "fp32"}, 1e9}};
    const auto row = [&](const QString& label) {
      for (const CostRow& cost : costRows(project, &project.small[0], &project.projected[0], 1000, rates)) {
        if (cost.label.contains(label)) return std::make_pair(cost.small, cost.projected);
      }
      return std::make_pair(QString(), QString());
    };
    const auto inference = row("inference"), pretraining = row("Parameters, pretraining"), time = row("Time");
    QCOMPARE(inference.first, inference.second);
    QVERIFY(pretraining.first != pretraining.second);
    QVERIFY(time.first.startsWith("about"));
    project.projected[0].h = 32;
    QCOMPARE(row("inference"), inference);
    QVERIFY(row("Parameters, pretraining").second != pretraining.second);
    QCOMPARE(row("Parameters, pretraining").first, pretraining.first);
    QVERIFY(genericSeconds(project, 1000, rates) > 0);
    QVERIFY(genericSeconds(project, 1000, {}) < 0);
    QCOMPARE(nearestRate({{{64, "fp32"}, 1.0}, {{512, "fp32"}, 2.0}}, 400, "fp32"), 2.0);
    QCOMPARE(nearestRate({{{64, "fp32"}, 1.0}}, 64, "bf16"), 0.0);
  }

  void numbers_read_well_data() {
    QTest::addColumn<QString>("found");
    QTest::addColumn<QString>("wanted");
    QTest::newRow("small") << formatShort(950) << "950";
    QTest::newRow("k") << formatShort(12'345) << "12.3k";
    QTest::newRow("rounds up into the next unit") << formatShort(999'700) << "1M";
    QTest::newRow("M") << formatShort(126'000'000) << "126M";
    QTest::newRow("beyond the units") << formatShort(1e294) << "1e+294";
    QTest::newRow("bytes") << formatBytes(1536) << "1.5 KiB";
    QTest::newRow("seconds") << formatDuration(8.2) << "8 s";
    QTest::newRow("minutes") << formatDuration(200) << "3 min 20 s";
    QTest::newRow("hours") << formatDuration(7'500) << "2 h 05 min";
    QTest::newRow("days") << formatDuration(273'600) << "3 d 4 h";
    QTest::newRow("unknown") << formatDuration(-1) << "unknown";
    QTest::newRow("error") << formatError({"broken JSON", "law.jsonl:12", "an object", "Repair the line."})
                           << "broken JSON\nWhere: law.jsonl:12\nExpected: an object\nWhat to do: Repair the line.";
  }
  void numbers_read_well() {
    QFETCH(QString, found);
    QFETCH(QString, wanted);
    QCOMPARE(found, wanted);
  }
};

QTEST_GUILESS_MAIN(TestDocument)
#include "test_document.moc"
