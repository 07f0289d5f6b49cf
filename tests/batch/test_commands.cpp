// SPDX-License-Identifier: GPL-3.0-or-later
// pantograph runs and pantograph prune as a user calls them.
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "project/project_file.h"
#include "run_program.h"
#include "support/tiny_project.h"

using namespace pantograph;
namespace fs = std::filesystem;

class TestCommands : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    file_ = tiny::make_project(dir_.path().toStdString());
    project::Project project = project::load_project(file_);
    project.specialization.domains = {"law"};
    project.specialization.max_steps = 5;
    project::save_project(project, file_);
    name_ = QString::fromStdString(file_.string());
    QCOMPARE(pantograph_run({"--batch", name_, "-q"}).code, 0);
    QCOMPARE(pantograph_run({"--batch", name_, "-q", "--set", "method.slm.generic.tokens=20000"}).code, 0);
  }

  void runsAreListed() {
    QCOMPARE(listed().size(), std::size_t(6));
    QCOMPARE(listed({"--present"}).size(), std::size_t(4));
    QCOMPARE(listed({"--earlier"}).size(), std::size_t(2));
    QCOMPARE(listed({"--search", "specialize pn"}).size(), std::size_t(1));
    QCOMPARE(listed({"--state", "failed"}).size(), std::size_t(0));
    const Outcome table = pantograph_run({"runs", name_});
    QVERIFY2(table.out.contains("6 of 6 runs") && table.out.contains("Pretrain slm-pn (seed 7)") &&
                 table.out.contains("earlier"),
             qPrintable(table.out));
  }

  void oneIsShownAndAnnotated() {
    const auto run = listed({"--search", "specialize slm-pn"}).at(0);
    const QString id = id_of(run);
    QCOMPARE(
        pantograph_run({"runs", name_, "annotate", id, "--name", "best", "--tag", "a", "--tag", "b", "--star"}).code,
        0);
    QCOMPARE(pantograph_run({"runs", name_, "annotate", "best", "--untag", "a", "--note", "as in the paper"}).code, 0);
    const Outcome shown = pantograph_run({"runs", name_, "show", "best"});
    QVERIFY2(shown.out.contains(id) && shown.out.contains("as in the paper"), qPrintable(shown.out));
    const auto starred = listed({"--starred"});
    QCOMPARE(starred.size(), std::size_t(1));
    QCOMPARE(starred[0].at("notes").at("tags").dump(), std::string("[\"b\"]"));
  }

  void twoAreCompared() {
    const QString a = id_of(listed({"--search", "pretrain slm", "--earlier"}).at(0));
    const QString b = "pretrain/slm/7";
    const Outcome compared = pantograph_run({"runs", name_, "compare", a, b});
    QVERIFY2(compared.out.contains("generic.tokens") && compared.out.contains("20000"), qPrintable(compared.out));
    QVERIFY(!compared.out.contains("generic.rate"));
    QVERIFY(compared.out.contains("law"));
  }

  void settingsAreTakenBack() {
    const QString earlier = id_of(listed({"--search", "pretrain slm", "--earlier"}).at(0));
    const project::Project before = project::load_project(file_);
    QCOMPARE(pantograph_run({"runs", name_, "restore", earlier}).code, 0);
    QCOMPARE(project::load_project(file_).methods[0].generic.tokens, std::uint64_t(20'000));
    QVERIFY(pantograph_run({"--status", name_}).out.contains("specialize/slm/law/2000/7"));
    project::save_project(before, file_);
  }

  void deletingAsksFirst() {
    const QString earlier = id_of(listed({"--search", "specialize", "--earlier"}).at(0));
    const Outcome asked = pantograph_run({"runs", name_, "delete", earlier});
    QCOMPARE(asked.code, 0);
    QVERIFY2(asked.out.contains("--yes"), qPrintable(asked.out));
    QCOMPARE(listed().size(), std::size_t(6));
    QCOMPARE(pantograph_run({"runs", name_, "delete", earlier, "--yes"}).code, 0);
    QCOMPARE(listed().size(), std::size_t(5));
  }

  void pruningAsksFirst() {
    write_atomically(file_.parent_path() / "tiny.artifacts" / "report" / "x.part", std::string(5000, 'x'));
    const Outcome asked = pantograph_run({"prune", name_});
    QCOMPARE(asked.code, 0);
    QVERIFY2(asked.out.contains("report/x.part") && asked.out.contains("--yes"), qPrintable(asked.out));
    QVERIFY(pantograph_run({"prune", name_, "--yes"}).out.contains("freed"));
    QVERIFY(pantograph_run({"prune", name_}).out.contains("Nothing to prune"));
    QCOMPARE(listed().size(), std::size_t(5));
  }

  void wrongUseIsTold_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::newRow("no project") << QStringList{"runs"} << 2;
    QTest::newRow("no such project") << QStringList{"runs", "/nowhere.pantograph"} << 3;
    QTest::newRow("unknown run") << QStringList{"runs", name_, "show", "zzzz"} << 2;
    QTest::newRow("one run to compare") << QStringList{"runs", name_, "compare", "pretrain/slm/7"} << 2;
    QTest::newRow("unknown action") << QStringList{"runs", name_, "shout"} << 2;
    QTest::newRow("unknown state") << QStringList{"runs", name_, "--state", "happy"} << 2;
    QTest::newRow("present and earlier") << QStringList{"runs", name_, "--present", "--earlier"} << 2;
    QTest::newRow("prune without project") << QStringList{"prune"} << 2;
  }
  void wrongUseIsTold() {
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    const Outcome outcome = pantograph_run(arguments);
    QVERIFY2(outcome.code == code, qPrintable(outcome.out + outcome.err));
    QVERIFY(!outcome.err.isEmpty());
  }

 private:
  static QString id_of(const nlohmann::json& run) { return QString::fromStdString(run.at("run").get<std::string>()); }
  std::vector<nlohmann::json> listed(const QStringList& more = {}) {
    const Outcome outcome = pantograph_run(QStringList{"runs", name_, "--json"} + more);
    if (outcome.code != 0) qWarning("%s", qPrintable(outcome.err));
    std::vector<nlohmann::json> runs;
    for (const QString& line : outcome.out.split('\n', Qt::SkipEmptyParts))
      runs.push_back(nlohmann::json::parse(line.toStdString()));
    return runs;
  }

  QTemporaryDir dir_;
  fs::path file_;
  QString name_;
};

QTEST_GUILESS_MAIN(TestCommands)
#include "test_commands.moc"
