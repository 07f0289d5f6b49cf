// SPDX-License-Identifier: GPL-3.0-or-later
// What was made is named by its content: moved, copied, linked or touched, nothing is made again; a changed byte redoes
// what depends on it alone.
#include <QTemporaryDir>
#include <QTest>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "engine_run.h"
#include "measure/comparison.h"
#include "project/project_file.h"
#include "support/tiny_project.h"

using namespace pantograph;
namespace fs = std::filesystem;
using Ids = std::vector<std::string>;

class TestIdentity : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    job::initialize_engine();
    home_ = fs::path(dir_.path().toStdString()) / "home";
    fs::create_directories(home_);
    file_ = tiny::make_project(home_);
    project::Project project = project::load_project(file_);
    project.methods[0].generic.schedule = project.methods[1].generic.schedule = "constant";
    project::save_project(project, file_);
    QCOMPARE(tiny::run(project::load_project(file_)).ended.kind, job::RunEnded::finished);
  }

  void nothingIsStaleElsewhere_data() {
    QTest::addColumn<int>("how");
    QTest::newRow("as it is") << 0;
    QTest::newRow("moved") << 1;
    QTest::newRow("copied with times") << 2;
    QTest::newRow("copied without times, as a checkout is") << 3;
    QTest::newRow("through a link to the folder") << 4;
    QTest::newRow("through a link to the file") << 5;
    QTest::newRow("every source touched") << 6;
    QTest::newRow("what was learnt of the sources is gone") << 7;
  }
  void nothingIsStaleElsewhere() {
    QFETCH(int, how);
    const fs::path other = home_.parent_path() / ("other" + std::to_string(how));
    fs::path file = file_;
    if (how == 1) {
      fs::rename(home_, other);
      file = other / file_.filename();
    }
    if (how == 2 || how == 3) {
      fs::copy(home_, other, fs::copy_options::recursive);
      file = other / file_.filename();
      if (how == 2) {
        for (const auto& entry : fs::recursive_directory_iterator(home_)) {
          if (entry.is_regular_file())
            fs::last_write_time(other / entry.path().lexically_relative(home_), entry.last_write_time());
        }
      }
    }
    if (how == 4) {
      fs::create_directory_symlink(home_, other);
      file = other / file_.filename();
    }
    if (how == 5) {
      fs::create_directory(other);
      file = other / "linked.pantograph";
      fs::create_symlink(file_, file);
    }
    if (how == 6) {
      for (const auto& entry : fs::directory_iterator(home_)) {
        if (entry.path().extension() == ".jsonl") fs::last_write_time(entry.path(), fs::file_time_type::clock::now());
      }
    }
    if (how == 7) fs::remove(project::load_project(file_).artifacts() / "sources.json");
    const project::Project project = project::load_project(file);
    QCOMPARE(tiny::open_steps(project), Ids());
    QCOMPARE(tiny::look(project)->results.size(), std::size_t(4));
    QCOMPARE(tiny::run(project).ended.steps_run, 0);
    if (how == 1) fs::rename(other, home_);
  }

  void aChangedByteRedoesWhatDependsOnItAlone() {
    const fs::path source = home_ / "law.jsonl";
    const std::string before = read_file(source);
    std::string text = before;
    const std::size_t at = text.find("judge");
    QVERIFY(at != std::string::npos);
    text[at] = 'J';
    write_atomically(source, text);
    const auto outcome = tiny::run(project::load_project(file_));
    const Ids expected = {
        "import/law", "overlap", "tokenize/law", "cluster", "specialize/slm/law/2000/7", "specialize/slm-pn/law/2000/7",
        "report"};
    QCOMPARE(outcome.finished, expected);
    write_atomically(source, before);
    QCOMPARE(tiny::run(project::load_project(file_)).finished, Ids{"report"});
  }

  void anImportThatYieldsTheSameStopsThere() {
    const fs::path source = home_ / "law.jsonl";
    const std::string before = read_file(source);
    write_atomically(source, before + "\n\n");  // another file, the same documents
    const auto outcome = tiny::run(project::load_project(file_));
    const Ids expected = {"import/law", "report"};
    QCOMPARE(outcome.finished, expected);
    write_atomically(source, before);
    QCOMPARE(tiny::open_steps(project::load_project(file_)), Ids());
  }

  void aSourceThatIsGoneLeavesEverythingUsable() {
    const fs::path source = home_ / "law.jsonl", away = home_ / "away";
    fs::rename(source, away);
    const project::Project project = project::load_project(file_);
    const auto view = tiny::look(project);
    QCOMPARE(view->results.size(), std::size_t(4));
    std::string note;
    for (const job::StepInfo& step : view->steps) {
      QCOMPARE(step.state, job::StepState::up_to_date);
      if (step.id == "import/law") note = step.note;
    }
    QVERIFY2(note.find("law.jsonl") != std::string::npos, note.c_str());
    QCOMPARE(tiny::run(project).ended.steps_run, 0);
    // Another setting of that corpus needs the text itself.
    project::Project changed = project;
    changed.corpora[2].max_documents = 60;
    const auto outcome = tiny::run(changed);
    QCOMPARE(outcome.ended.exit_code, 4);
    QCOMPARE(outcome.ended.failed_steps.at(0).id, std::string("import/law"));
    fs::rename(away, source);
    QCOMPARE(tiny::open_steps(project), Ids());
  }

  void ofSeveralTextsTheLastOneCountsWhenItIsGone_data() {
    QTest::addColumn<int>("texts");  // imported in turn; then the first one is back, and goes
    QTest::newRow("the text before it was imported later") << 1;
    QTest::newRow("two were") << 2;
  }
  void ofSeveralTextsTheLastOneCountsWhenItIsGone() {
    QFETCH(int, texts);
    const fs::path source = home_ / "law.jsonl", away = home_ / "away";
    const project::Project project = project::load_project(file_);
    const std::string before = read_file(source);
    for (int i = 1; i <= texts; ++i) {
      write_atomically(source, before + std::string(static_cast<std::size_t>(2 + i + 10 * texts), '\n'));
      QVERIFY(!tiny::run(project).finished.empty());
    }
    write_atomically(source, before);  // so shortly before it goes that its times prove nothing
    QCOMPARE(tiny::open_steps(project), Ids());
    fs::rename(source, away);
    QCOMPARE(tiny::open_steps(project), Ids());
    fs::rename(away, source);
    QCOMPARE(tiny::open_steps(project), Ids());
  }

  void aDamagedFileIsMadeAgain_data() {
    QTest::addColumn<QString>("step");
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("change");  // of another run, which uses that file
    QTest::newRow("tokens") << "tokenize/generic"
                            << "tokens.h5"
                            << "method.slm.generic.rate=0.011";
    QTest::newRow("documents") << "import/law"
                               << "documents.h5"
                               << "tokenizer.vocabulary=310";
    QTest::newRow("tokenizer") << "tokenizer"
                               << "tokenizer.model"
                               << "method.slm.generic.rate=0.012";
    QTest::newRow("clustering") << "cluster"
                                << "clustering.h5"
                                << "method.slm.generic.rate=0.013";
    QTest::newRow("network") << "pretrain/slm/7"
                             << "network.h5"
                             << "specialization.max_steps=1";
    QTest::newRow("curve") << "pretrain/slm-pn/7"
                           << "metrics.jsonl"
                           << "specialization.max_steps=2";
    QTest::newRow("result") << "specialize/slm/law/2000/7"
                            << "result.json"
                            << "method.slm-pn.generic.rate=0.011";
  }
  /// One bit of a file that a run is about to use, its size as it was.
  void aDamagedFileIsMadeAgain() {
    QFETCH(QString, step);
    QFETCH(QString, file);
    QFETCH(QString, change);
    const project::Project project = project::load_project(file_);
    const nlohmann::json before = tiny::timeless_results(project.file);
    const auto view = tiny::look(project);
    for (const job::StepInfo& info : view->steps) {
      if (info.id != step.toStdString()) continue;
      const fs::path path = fs::path(info.folder) / file.toStdString();
      std::string bytes = read_file(path);
      bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
      std::ofstream(path, std::ios::binary) << bytes;
    }
    tiny::Recorder recorder;
    const auto outcome = tiny::run(project::load_project(file_, {change.toStdString()}), {}, &recorder);
    QCOMPARE(outcome.ended.kind, job::RunEnded::finished);
    bool warned = false;
    for (const job::Warning& warning : recorder.all<job::Warning>())
      warned = warned || warning.message.find(file.toStdString()) != std::string::npos;
    QVERIFY(warned);
    QCOMPARE(tiny::run(project).ended.kind, job::RunEnded::finished);
    QCOMPARE(tiny::timeless_results(project.file).dump(), before.dump());
  }

  /// A sample is one more set on the same networks: nothing is pretrained, and the first ones stay as they are.
  void anotherSampleAddsOnlyItself() {
    project::Project project = project::load_project(file_);
    const auto first = tiny::look(project)->results;
    project.specialization.samples = 2;
    const auto outcome = tiny::run(project);
    const Ids expected = {"specialize/slm/cooking/2000/7.2", "specialize/slm/law/2000/7.2",
                          "specialize/slm-pn/cooking/2000/7.2", "specialize/slm-pn/law/2000/7.2", "report"};
    QCOMPARE(outcome.finished, expected);
    QCOMPARE(outcome.view->results.size(), std::size_t(8));
    std::map<std::uint64_t, std::map<std::pair<std::string, std::string>, double>> samples;
    for (const measure::ResultRecord& r : outcome.view->results)
      samples[r.sample][{r.method, r.domain}] = r.perplexity_after;
    for (const measure::ResultRecord& r : first) {
      QCOMPARE(samples.at(1).at({r.method, r.domain}), r.perplexity_after);
      QVERIFY(samples.at(2).at({r.method, r.domain}) != r.perplexity_after);
    }
    QCOMPARE(measure::compare(outcome.view->results).at(0).differences.at(0).samples, 2);
  }

  void anotherBudgetAddsOnlyWhatIsMissing() {
    project::Project project = project::load_project(file_);
    project.methods[0].generic.budgets = {16'384};
    tiny::Recorder recorder;
    const auto outcome = tiny::run(project, {}, &recorder);
    const Ids expected = {"pretrain/slm/7", "specialize/slm/cooking/2000/7/16384", "specialize/slm/law/2000/7/16384",
                          "report"};
    QCOMPARE(outcome.finished, expected);
    std::uint64_t last = 0;
    double farthest = 0, all = 0;
    for (const job::StepProgress& progress : recorder.all<job::StepProgress>()) {
      if (progress.id == "pretrain/slm/7") farthest = std::max(farthest, progress.done), all = progress.total;
    }
    QVERIFY(farthest < all);  // it stopped at the budget
    for (const measure::ResultRecord& record : outcome.view->results) last = std::max(last, record.generic_tokens);
    QCOMPARE(last, std::uint64_t(40'448));
    // The same as if the budget had been there from the start.
    QTemporaryDir fresh;
    project::Project whole = project::load_project(tiny::make_project(fresh.path().toStdString()));
    whole.methods = project.methods;
    QCOMPARE(tiny::run(whole).ended.kind, job::RunEnded::finished);
    QCOMPARE(tiny::timeless_results(project.file).dump(), tiny::timeless_results(whole.file).dump());
  }

 private:
  QTemporaryDir dir_;
  fs::path home_, file_;
};

QTEST_GUILESS_MAIN(TestIdentity)
#include "test_identity.moc"
