// SPDX-License-Identifier: GPL-3.0-or-later
// The program as a user runs it without a window: exit codes, messages, JSON events.
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "project/project_file.h"
#include "run_program.h"
#include "support/tiny_project.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

/// Names, sizes and times of all files below a folder: equal before and after means nothing was changed.
std::string listing(const fs::path& folder) {
  std::string out;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    out += path.string();
    if (fs::is_regular_file(path)) {
      out += ' ' + std::to_string(fs::file_size(path)) + ' ' +
             std::to_string(fs::last_write_time(path).time_since_epoch().count());
    }
    out += '\n';
  }
  return out;
}

}  // namespace

class TestBatch : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    QVERIFY(dir_.isValid());
    file_ = tiny::make_project(dir_.path().toStdString());
    name_ = QString::fromStdString(file_.string());
  }

  void statusAndDryRunDoNothing() {
    const std::string before = listing(dir_.path().toStdString());
    const Outcome status = pantograph_run({"--status", name_});
    QCOMPARE(status.code, 0);
    QVERIFY2(status.out.contains("pretrain/slm-pn/7") && status.out.contains("missing"), qPrintable(status.out));
    const Outcome dry = pantograph_run({"--dry-run", name_});
    QCOMPARE(dry.code, 0);
    QVERIFY2(dry.out.contains("16 steps, about"), qPrintable(dry.out));
    QCOMPARE(listing(dir_.path().toStdString()), before);
  }

  void dryRunSaysWhatWaitsForClusters() {
    const auto write = [&](const std::string& name, bool needed) {
      project::Project project = tiny::project(file_.parent_path() / name);
      project.methods[1].name = project.methods[1].kind = "slm-mix";
      project.methods[1].network = "small";
      project.methods[1].experts = needed ? "needed" : "all";
      project::save_project(project, project.file);
      return QString::fromStdString(project.file.string());
    };
    const QString needed = write("needed.pantograph", true);
    const Outcome dry = pantograph_run({"--dry-run", needed});
    QCOMPARE(dry.code, 0);
    QVERIFY2(dry.out.contains("13 steps, about"), qPrintable(dry.out));
    const QRegularExpression said("At most 4 more steps follow on the clustering, at most about \\S+.*depends on the");
    QVERIFY2(said.match(dry.out).hasMatch(), qPrintable(dry.out));
    const QStringList lines = pantograph_run({"--dry-run", needed, "--json"}).out.split('\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 14);
    const auto last = nlohmann::json::parse(lines.back().toStdString());
    QCOMPARE(last.at("steps_at_most").get<int>(), 4);
    QVERIFY(last.at("estimated_seconds_at_most").get<double>() > 0);
    QCOMPARE(last.at("depends_on").get<std::string>(), std::string("clusters"));
    QVERIFY(!pantograph_run({"--dry-run", write("all.pantograph", false)}).out.contains("more steps"));
  }

  void dryRunSaysWhatDoesNotFit() {
    project::Project project = tiny::project(file_.parent_path() / "wide.pantograph");
    project.small.front().width = 65536;
    project.small.front().layers = 100;
    project::save_project(project, project.file);
    const QString wide = QString::fromStdString(project.file.string());
    const Outcome dry = pantograph_run({"--dry-run", wide});
    QVERIFY2(dry.code == 0, qPrintable(dry.err));
    QVERIFY2(dry.out.contains("16 steps, about") && dry.out.contains("does not fit: training needs"),
             qPrintable(dry.out));
    int without = 0;
    for (const QString& text : pantograph_run({"--dry-run", wide, "--json"}).out.split('\n', Qt::SkipEmptyParts)) {
      const auto line = nlohmann::json::parse(text.toStdString());
      const std::string step = line.at("step").get<std::string>();
      const bool trains = step.starts_with("pretrain/") || step.starts_with("specialize/");
      QVERIFY2(line.contains("does_not_fit") == trains, step.c_str());
      without += trains ? 0 : 1;
    }
    QVERIFY(without > 0);
    QVERIFY(!pantograph_run({"--dry-run", name_}).out.contains("does not fit"));
  }

  void bringsEverythingUpToDate() {
    const Outcome first = pantograph_run({"--batch", name_});
    QVERIFY2(first.code == 0, qPrintable(first.out + first.err));
    QVERIFY2(first.out.contains("Test perplexity"), qPrintable(first.out));
    QVERIFY(!first.out.contains('\r'));  // plain lines where there is no terminal
    const fs::path report = file_.parent_path() / "tiny.artifacts" / "report";
    for (const char* made : {"results.json", "results.csv", "report.html"}) QVERIFY(fs::file_size(report / made) > 100);
    const nlohmann::json records = tiny::timeless_results(file_);
    QCOMPARE(records.size(), std::size_t(4));
    for (const char* field : {"method", "domain", "specialization_tokens", "generic_tokens", "generic_flops",
                              "specialization_flops", "expert", "selection", "perplexity_before", "perplexity_after",
                              "parameters_pretraining", "parameters_inference", "seed"}) {
      QVERIFY2(records[0].contains(field), field);
    }
    const Outcome second = pantograph_run({"--batch", name_});
    QCOMPARE(second.code, 0);
    QVERIFY2(second.out.contains("Everything is up to date"), qPrintable(second.out));
    // Texts from one grammar have much in common, and that is said again with results that were there.
    const QRegularExpression leaks(
        "\nlaw: \\d+ of \\d+ test documents share more than 20 % of their 13-grams with the generic");
    for (const QString& out : {first.out, second.out}) QVERIFY2(leaks.match(out).hasMatch(), qPrintable(out));
    QVERIFY2(first.err.contains("pantograph: warning: overlap: law: "), qPrintable(first.err));
    QVERIFY(pantograph_run({"--status", name_}).out.contains("Everything is up to date"));
  }

  void jsonIsOneEventALine() {
    const Outcome outcome = pantograph_run({"--batch", name_, "--json", "--set", "specialization.max_steps=4"});
    QCOMPARE(outcome.code, 0);
    std::map<std::string, int> seen;
    for (const auto& line : outcome.out.split('\n', Qt::SkipEmptyParts)) {
      const auto json = nlohmann::json::parse(line.toStdString(), nullptr, false);
      QVERIFY2(json.is_object(), qPrintable(line));
      ++seen[json.at("event").get<std::string>()];
    }
    QCOMPARE(seen["step-finished"], 5);
    QCOMPARE(seen["run-ended"], 1);
    QVERIFY(seen["metric"] > 0 && seen["progress"] > 0);
  }

  void wrongUseAndWrongProjects_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("content");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, const QStringList& arguments, const QString& content, int code,
                        const QString& message) { QTest::newRow(name) << arguments << content << code << message; };
    row("no project", {"--batch"}, "", 2, "");
    row("unknown option", {"--batch", "@", "--fast"}, "schema = 1", 2, "--fast");
    row("unknown step", {"--batch", "@", "--only", "pretrain/llm"}, "schema = 1", 2, "pretrain/llm");
    row("missing project", {"--batch", "/nonexistent/x.pantograph"}, "", 3, "x.pantograph");
    row("not TOML", {"--batch", "@"}, "schema = = 1", 3, "x.pantograph");
    row("unknown key", {"--batch", "@"}, "schema = 1\nseeed = 3", 3, "seed");
    row("wrong type", {"--batch", "@"}, "schema = 1\nseed = \"three\"", 3, "seed");
    row("newer schema", {"--batch", "@"}, "schema = 99", 3, "99");
    row("unknown setting", {"--batch", "@", "--set", "clustering.klusters=3"}, "schema = 1", 3, "klusters");
    row("nothing to train on", {"--batch", "@"}, "schema = 1", 3, "generic");
    row("device", {"--batch", "@", "--device", "abacus"}, "schema = 1", 2, "abacus");
  }
  void wrongUseAndWrongProjects() {
    QFETCH(QStringList, arguments);
    QFETCH(QString, content);
    QFETCH(int, code);
    QFETCH(QString, message);
    QTemporaryDir fresh;
    const QString file = fresh.filePath("x.pantograph");
    std::ofstream(file.toStdString()) << content.toStdString();
    arguments.replaceInStrings("@", file);
    const Outcome outcome = pantograph_run(arguments);
    QVERIFY2(outcome.code == code, qPrintable(QString::number(outcome.code) + outcome.out + outcome.err));
    QVERIFY2(outcome.err.contains(message), qPrintable(outcome.err));
    QCOMPARE(QString::fromStdString(read_file(file.toStdString())), content);
  }

  void badInputData_data() {
    QTest::addColumn<QString>("content");
    QTest::addColumn<QString>("message");
    QTest::newRow("nothing but broken JSON") << "\n\n{\"text\": \n"
                                             << "law.jsonl:3";
    QTest::newRow("empty corpus") << ""
                                  << "law";
    QTest::newRow("nothing but invalid UTF-8") << QString::fromLatin1("{\"text\": \"\xff\xfe\"}\n") << "law";
    QTest::newRow("no text field") << "{\"body\": \"one\"}\n"
                                   << "law.jsonl:1";
  }
  void badInputData() {
    QFETCH(QString, content);
    QFETCH(QString, message);
    QTemporaryDir fresh;
    const fs::path folder = fresh.path().toStdString();
    const fs::path file = tiny::make_project(folder);
    std::ofstream(folder / "law.jsonl", std::ios::binary) << content.toLatin1().toStdString();
    const Outcome outcome = pantograph_run({"--batch", QString::fromStdString(file.string()), "--only", "import"});
    QVERIFY2(outcome.code == 4, qPrintable(QString::number(outcome.code) + outcome.err));
    QVERIFY2(outcome.err.contains(message), qPrintable(outcome.err));
  }

  void saysWhatItLeavesOut() {
    QTemporaryDir fresh;
    const fs::path folder = fresh.path().toStdString();
    const fs::path file = tiny::make_project(folder);
    std::ofstream(folder / "law.jsonl", std::ios::binary | std::ios::app)
        << "{\"text\": \n{\"text\":\"caf\xE9\"}\n{\"text\":\"\"}\n";
    const QStringList run = {"--batch", QString::fromStdString(file.string()), "--only", "import/law"};
    const Outcome outcome = pantograph_run(run);
    QVERIFY2(outcome.code == 0, qPrintable(outcome.err));
    QVERIFY2(outcome.out.contains("documents of 1 file; left out 3: 1 broken JSON (law.jsonl:"),
             qPrintable(outcome.out));
    QVERIFY(outcome.out.contains("1 not UTF-8 (law.jsonl:") && outcome.out.contains("1 empty (law.jsonl:"));
  }

  void pluginsAndHelp() {
    const QString plugins = pantograph_run({"--plugins"}).out;
    for (const char* part : {"dictd", "tfidf-svd", "Sentence-BERT"}) QVERIFY2(plugins.contains(part), part);
    QCOMPARE(pantograph_run({"--help"}).code, 0);
    QVERIFY(pantograph_run({"--version"}).out.startsWith("pantograph 0."));
  }

 private:
  QTemporaryDir dir_;
  fs::path file_;
  QString name_;
};

QTEST_GUILESS_MAIN(TestBatch)
#include "test_batch.moc"
