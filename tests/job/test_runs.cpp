// SPDX-License-Identifier: GPL-3.0-or-later
// Runs stay until they are deleted: their records, what their user says of them, comparing two, taking settings back.
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "engine_run.h"
#include "job/project_runs.h"
#include "job/run_compare.h"
#include "project/project_file.h"
#include "store/artifact.h"
#include "support/tiny_project.h"

using namespace pantograph;
namespace fs = std::filesystem;

class TestRuns : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    job::initialize_engine();
    project_ = project::load_project(tiny::make_project(dir_.path().toStdString()));
    project_.specialization.domains = {"law"};
    project_.specialization.max_steps = 6;
    project::save_project(project_, project_.file);
    QCOMPARE(tiny::run(project_).ended.kind, job::RunEnded::finished);
    changed_ = project_;
    changed_.methods[0].generic.tokens = 20'000;
    QCOMPARE(tiny::run(changed_).ended.kind, job::RunEnded::finished);
  }

  void earlierRunsStay() {
    const auto view = tiny::look(changed_);
    QCOMPARE(view->results.size(), std::size_t(2));
    QCOMPARE(view->history.size(), std::size_t(6));
    const auto present =
        std::count_if(view->history.begin(), view->history.end(), [](const auto& r) { return r->present; });
    QCOMPARE(present, 4);
    for (const auto& run : view->history) {
      QCOMPARE(run->record.state, job::RunState::finished);
      QVERIFY(run->record.step.kind == job::StepKind::pretrain ? run->generic_loss.has_value()
                                                               : run->result.has_value());
      QVERIFY(run->bytes > 0);
      QCOMPARE(run->checkpoint_bytes, std::uint64_t(0));
      QVERIFY(!run->record.machine.empty() && !run->record.program.empty() && !run->record.started.empty());
      QVERIFY(run->record.seconds > 0);
      QVERIFY(!run->record.inputs.empty());
    }
    // With the settings of before, the others are the earlier ones.
    const auto before = tiny::look(project_);
    QCOMPARE(before->history.size(), std::size_t(6));
    QCOMPARE(before->results.size(), std::size_t(2));
  }

  /// A loss that was not measured is none, and not a perplexity of one.
  void noValidationSetNoLoss() {
    QTemporaryDir dir;
    project::Project bare = project::load_project(tiny::make_project(dir.path().toStdString()));
    bare.specialization.domains.clear();
    bare.methods.resize(1);
    for (auto& corpus : bare.corpora) corpus.validation_fraction = 0;
    project::save_project(bare, bare.file);
    QCOMPARE(tiny::run(bare).ended.kind, job::RunEnded::finished);
    const auto runs = job::runs_of(bare);
    QCOMPARE(runs.size(), std::size_t(1));
    QVERIFY(!runs[0]->generic_loss.has_value());
  }

  void settingsAreFrozen() {
    const auto run = job::find_run(job::runs_of(changed_), "pretrain/slm/7");
    QCOMPARE(run->record.settings.at("generic").at("tokens").get<int>(), 20'000);
    QCOMPARE(job::declaration_of(changed_, *run), changed_);
    const auto earlier = find_earlier("pretrain/slm/7");
    QCOMPARE(earlier->record.settings.at("generic").at("tokens").get<int>(), 40'000);
    QCOMPARE(job::declaration_of(changed_, *earlier), project_);
  }

  void whatItsUserSaysIsKept() {
    const auto run = job::find_run(job::runs_of(changed_), "specialize/slm/law/2000/7");
    job::RunNotes notes{"half the text", "as good as before?", {"budget", "law"}, true, true};
    job::Engine engine(changed_, {}, [](const job::Event&) {});
    engine.annotate(run->record.key, notes);
    engine.wait();
    const auto again = job::find_run(job::runs_of(changed_), "half the text");
    QCOMPARE(again->record.key, run->record.key);
    QVERIFY(again->notes == notes);
    QVERIFY(job::matches(*again, "BUDGET half"));
    QVERIFY(job::matches(*again, "specialize law finished"));
    QVERIFY(!job::matches(*again, "budget pretrain"));
    QCOMPARE(tiny::open_steps(changed_), std::vector<std::string>());  // notes are no part of what was made
  }

  void runsAreFoundByWhatNamesThem() {
    const job::RunList runs = job::runs_of(changed_);
    const std::string key = runs.front()->record.key;
    QCOMPARE(job::find_run(runs, key)->record.key, key);
    QCOMPARE(job::find_run(runs, key.substr(0, 10))->record.key, key);
    for (const char* unknown : {"", "abc", "pretrain/slm/8", "nothing"}) {
      QVERIFY_EXCEPTION_THROWN(job::find_run(runs, unknown), Error);
    }
  }

  void twoRunsAreCompared() {
    const job::RunList runs = job::runs_of(changed_);
    const auto now = job::find_run(runs, "pretrain/slm/7");
    const auto before = find_earlier("pretrain/slm/7");
    const job::RunComparison generic = job::compare_runs(runs, *before, *now);
    QCOMPARE(generic.differences.size(), std::size_t(1));
    QCOMPARE(generic.differences[0].setting, std::string("generic.tokens"));
    QCOMPARE(generic.differences[0].a, std::string("40000"));
    QCOMPARE(generic.differences[0].b, std::string("20000"));
    QCOMPARE(generic.results.size(), std::size_t(1));
    QCOMPARE(generic.results[0].domain, std::string("law"));
    const auto specialized = job::find_run(runs, "specialize/slm/law/2000/7");
    QCOMPARE(generic.results[0].b, specialized->result->perplexity_after);
    const job::RunComparison pair = job::compare_runs(runs, *find_earlier("specialize/slm/law/2000/7"), *specialized);
    QCOMPARE(pair.differences.size(), std::size_t(1));  // the network that they start from
    QVERIFY(pair.differences[0].setting.find("pretrain/slm/7 network.h5") != std::string::npos);
    QCOMPARE(pair.results.size(), std::size_t(1));
    QVERIFY(job::compare_runs(runs, *now, *now).differences.empty());
  }

  void curvesOfAnyRun() {
    tiny::Recorder recorder;
    job::Engine engine(changed_, {}, [&](const job::Event& e) { recorder(e); });
    engine.read_curves({find_earlier("pretrain/slm/7")->record.key, "nothing"});
    engine.wait();
    const auto read = recorder.all<job::CurvesRead>();
    QCOMPARE(read.size(), std::size_t(1));
    QVERIFY(!read[0].curves.at(0).empty());
    QVERIFY(read[0].curves.at(1).empty());
    QVERIFY(!recorder.all<job::Warning>().empty());
  }

  void aStoppedRunSaysSo() {
    project::Project longer = project_;
    longer.methods[0].generic.tokens = 400'000;
    tiny::Recorder recorder;
    job::Engine* running = nullptr;
    recorder.on_event = [&](const job::Event& e) {
      if (std::holds_alternative<job::MetricAdded>(e)) running->stop();
    };
    job::Engine engine(longer, {}, [&](const job::Event& e) { recorder(e); });
    running = &engine;
    engine.start({{"pretrain/slm"}});
    engine.wait();
    QCOMPARE(recorder.all<job::RunEnded>().at(0).kind, job::RunEnded::cancelled);
    const auto run = job::find_run(job::runs_of(longer), "pretrain/slm/7");
    QCOMPARE(run->record.state, job::RunState::stopped);
    QVERIFY(run->checkpoint_bytes > 0);
    // A process that died wrote nothing more: nobody holds the project's lock, so it was stopped.
    nlohmann::json record = nlohmann::json::parse(read_file(run->folder / "run.json"));
    record["state"] = "running";
    write_atomically(run->folder / "run.json", record.dump());
    QCOMPARE(job::find_run(job::runs_of(longer), "pretrain/slm/7")->record.state, job::RunState::stopped);
    {
      const store::ProjectLock lock(longer.artifacts());
      QCOMPARE(job::find_run(job::runs_of(longer), "pretrain/slm/7")->record.state, job::RunState::running);
    }
    job::delete_runs(longer, {job::find_run(job::runs_of(longer), "pretrain/slm/7")});
  }

  void aFailedRunSaysWhy() {
    project::Project bad = project_;
    bad.methods[0].generic.rate = 1e6;
    QCOMPARE(tiny::run(bad).ended.exit_code, 5);
    const auto run = job::find_run(job::runs_of(bad), "pretrain/slm/7");
    QCOMPARE(run->record.state, job::RunState::failed);
    QVERIFY(run->record.error.find("loss") != std::string::npos);
  }

  void aDeletedRunIsMadeAgainWhenItIsWanted() {
    const auto run = job::find_run(job::runs_of(changed_), "specialize/slm-pn/law/2000/7");
    job::Engine engine(changed_, {}, [](const job::Event&) {});
    engine.delete_runs({run->record.key});
    engine.wait();
    QVERIFY(!fs::exists(run->folder));
    const std::vector<std::string> open = {"specialize/slm-pn/law/2000/7", "report"};
    QCOMPARE(tiny::open_steps(changed_), open);
    QCOMPARE(tiny::run(changed_).finished, open);
  }

  void aBrokenRecordHidesNothingElse() {
    const auto run = find_earlier("pretrain/slm/7");
    const std::string before = read_file(run->folder / "run.json");
    const std::size_t all = job::runs_of(changed_).size();
    for (const char* text : {"", "{", "[]", R"({"run": 3})"}) {
      write_atomically(run->folder / "run.json", text);
      QCOMPARE(job::runs_of(changed_).size(), all - 1);
    }
    write_atomically(run->folder / "run.json", before);
    QCOMPARE(job::runs_of(changed_).size(), all);
  }

 private:
  std::shared_ptr<const job::RunInfo> find_earlier(const std::string& id) const {
    for (const auto& run : job::runs_of(changed_)) {
      if (!run->present && run->record.step.id() == id && run->record.state == job::RunState::finished) return run;
    }
    return nullptr;
  }

  QTemporaryDir dir_;
  project::Project project_, changed_;
};

QTEST_GUILESS_MAIN(TestRuns)
#include "test_runs.moc"
