// SPDX-License-Identifier: GPL-3.0-or-later
// The facade, with the real rooms behind it: a whole tiny experiment, what is re-run after a change, stop, failure.
#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "engine_run.h"
#include "job/engine.h"
#include "project/project_file.h"
#include "support/tiny_project.h"

using namespace pantograph;
using tiny::Recorder;
using tiny::run;
using tiny::RunOutcome;

namespace {

nlohmann::json results(const project::Project& project) {
  return tiny::timeless_results(project.file);
}

}  // namespace

class TestEngine : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    job::initialize_engine();
    QVERIFY(dir_.isValid());
    project_ = project::load_project(tiny::make_project(dir_.path().toStdString()));
  }

  void wholeExperiment() {
    Recorder recorder;
    const RunOutcome outcome = run(project_, {}, &recorder);
    for (const auto& failure : recorder.all<job::StepFailed>()) qWarning("%s", failure.message.c_str());
    QCOMPARE(outcome.ended.kind, job::RunEnded::finished);
    QCOMPARE(outcome.ended.exit_code, 0);
    // 3 imports, their overlap, tokenizer, 3 tokenizations, clustering, 2 pretrainings, 2 methods x 2 domains, report
    QCOMPARE(outcome.finished.size(), std::size_t(16));

    const auto view = recorder.all<job::ViewChanged>().back().view;
    QCOMPARE(view->results.size(), std::size_t(4));
    for (const auto& r : view->results) {
      QVERIFY2(r.perplexity_after < r.perplexity_before, r.method.c_str());
      QVERIFY2(r.perplexity_after < 20,
               std::to_string(r.perplexity_after).c_str());  // of 320 pieces
      QVERIFY(r.parameters_inference < r.parameters_pretraining || r.kind == "slm");
      QCOMPARE(r.generic_tokens, std::uint64_t(40'448));  // 79 whole steps of 512
    }
    // The projected network costs nothing at inference.
    QCOMPARE(view->results[0].parameters_inference, view->results[2].parameters_inference);
    QVERIFY(!recorder.all<job::MetricAdded>().empty());
    QVERIFY(view->clustering.has_value());
    QVERIFY(view->clustering->domains.at("law").top_fraction > 0.9);
    QVERIFY(view->clustering->domains.at("law").most_frequent != view->clustering->domains.at("cooking").most_frequent);
    for (const auto& step : view->steps) QCOMPARE(step.state, job::StepState::up_to_date);
  }

  void secondRunDoesNothing() {
    const RunOutcome outcome = run(project_);
    QCOMPARE(outcome.ended.kind, job::RunEnded::finished);
    QCOMPARE(outcome.ended.steps_run, 0);
  }

  void aSettingReRunsWhatDependsOnIt_data() {
    QTest::addColumn<int>("what");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("rate of slm-pn") << 0
                                    << QStringList{"pretrain/slm-pn/7", "specialize/slm-pn/cooking/2000/7",
                                                   "specialize/slm-pn/law/2000/7", "report"};
    QTest::newRow("selection concerns slm-pn only")
        << 1 << QStringList{"specialize/slm-pn/cooking/2000/7", "specialize/slm-pn/law/2000/7", "report"};
    QTest::newRow("another size") << 2
                                  << QStringList{"specialize/slm/cooking/1000/7", "specialize/slm/law/1000/7",
                                                 "specialize/slm-pn/cooking/1000/7", "specialize/slm-pn/law/1000/7",
                                                 "report"};
    QTest::newRow("how often to evaluate changes nothing") << 3 << QStringList{"report"};
    QTest::newRow("one domain's corpus") << 4 << QStringList{"import/law",
                                                             "overlap",
                                                             "tokenize/law",
                                                             "cluster",
                                                             "specialize/slm/law/2000/7",
                                                             "specialize/slm-pn/law/2000/7",
                                                             "report"};
  }
  void aSettingReRunsWhatDependsOnIt() {
    QFETCH(int, what);
    QFETCH(QStringList, expected);
    project::Project changed = project_;
    if (what == 0) changed.methods[1].generic.rate *= 2;
    if (what == 1) changed.specialization.selection = "best-before";
    if (what == 2) changed.specialization.tokens = {1000};
    if (what == 3) changed.methods[0].generic.evaluate_every = 0.5;
    if (what == 4) changed.corpora[2].max_documents = 70;
    const RunOutcome outcome = run(changed);
    QStringList done;
    for (const auto& id : outcome.finished) done << QString::fromStdString(id);
    QCOMPARE(done, expected);
    // Going back finds the earlier artifacts; only the report is written again.
    QCOMPARE(run(project_).finished, std::vector<std::string>{"report"});
  }

  void onlyAPart() {
    project::Project changed = project_;
    changed.methods[0].generic.tokens = 8192;
    const RunOutcome outcome = run(changed, {{"specialize/slm/law"}});
    const std::vector<std::string> expected = {"pretrain/slm/7", "specialize/slm/law/2000/7"};
    QCOMPARE(outcome.finished, expected);
    const RunOutcome unknown = run(changed, {{"specialize/llm"}});
    QCOMPARE(unknown.ended.exit_code, 2);
  }

  void whatIsDamagedIsMadeAnew_data() {
    QTest::addColumn<QString>("step");
    QTest::addColumn<QString>("file");
    QTest::addColumn<bool>("cut");
    QTest::newRow("report gone") << "report"
                                 << "results.json" << false;
    QTest::newRow("network cut off") << "pretrain/slm/7"
                                     << "network.h5" << true;
    QTest::newRow("tokens gone") << "tokenize/generic"
                                 << "tokens.h5" << false;
    QTest::newRow("clustering cut off") << "cluster"
                                        << "clustering.h5" << true;
    QTest::newRow("broken result") << "specialize/slm/law/2000/7"
                                   << "result.json" << true;
  }
  void whatIsDamagedIsMadeAnew() {
    QFETCH(QString, step);
    QFETCH(QString, file);
    QFETCH(bool, cut);
    run(project_);
    const nlohmann::json before = results(project_);
    std::filesystem::path folder;
    for (const auto& info : run_view().steps) {
      if (info.id == step.toStdString()) folder = info.folder;
    }
    if (cut) {
      std::filesystem::resize_file(folder / file.toStdString(), 1);
    } else {
      QVERIFY(std::filesystem::remove(folder / file.toStdString()));
    }
    const RunOutcome outcome = run(project_);
    QCOMPARE(outcome.ended.kind, job::RunEnded::finished);
    QCOMPARE(outcome.finished.front(), step.toStdString());
    QCOMPARE(outcome.finished.back(), std::string("report"));
    QCOMPARE(results(project_).dump(), before.dump());
  }

  void clustersDoNotDependOnTheThreads() {
    QTemporaryDir fresh;
    project::Project project = project::load_project(tiny::make_project(fresh.path().toStdString()));
    project.clustering.clusters = 12;
    project.clustering.dimensions = 40;
    std::string first;
    for (const int threads : {1, 2}) {
      std::filesystem::remove_all(project.artifacts() / "cluster");
      Recorder recorder;
      job::Engine engine(project, {"cpu", threads}, [&](const job::Event& e) { recorder(e); });
      engine.start({{"cluster"}});
      engine.wait();
      QCOMPARE(recorder.all<job::RunEnded>().at(0).kind, job::RunEnded::finished);
      std::string bytes;
      for (const auto& step : recorder.all<job::ViewChanged>().back().view->steps) {
        if (step.id == "cluster") bytes = read_file(std::filesystem::path(step.folder) / "clustering.h5");
      }
      if (threads == 1) first = bytes;
      QVERIFY(!bytes.empty() && bytes == first);
    }
  }

  void stoppedAndStartedAgainGivesTheSame() {
    QTemporaryDir fresh;
    const project::Project project = project::load_project(tiny::make_project(fresh.path().toStdString()));
    int stops = 0;
    for (int round = 0; round < 4; ++round) {
      Recorder recorder;
      job::Engine* running = nullptr;
      std::atomic<int> metrics{0};
      recorder.on_event = [&](const job::Event& e) {
        // Stop in the middle of a training: from the engine's own thread, where a listener may.
        if (std::holds_alternative<job::MetricAdded>(e) && ++metrics == 20 + 15 * round) running->stop();
      };
      job::Engine engine(project, {}, [&](const job::Event& e) { recorder(e); });
      running = &engine;
      engine.start({});
      engine.wait();
      const auto ends = recorder.all<job::RunEnded>();
      QCOMPARE(ends.size(), std::size_t(1));
      if (ends[0].kind == job::RunEnded::finished) break;
      QCOMPARE(ends[0].kind, job::RunEnded::cancelled);
      QCOMPARE(ends[0].exit_code, 130);
      ++stops;
    }
    QVERIFY(stops >= 2);
    QCOMPARE(run(project).ended.kind, job::RunEnded::finished);
    run(project_);
    QCOMPARE(results(project).dump(), results(project_).dump());
  }

  void destroyedInTheMiddle() {
    QTemporaryDir fresh;
    const project::Project project = project::load_project(tiny::make_project(fresh.path().toStdString()));
    Recorder recorder;
    {
      job::Engine engine(project, {}, [&](const job::Event& e) { recorder(e); });
      engine.start({});
      engine.start({});  // queued
      QTRY_VERIFY_WITH_TIMEOUT(!recorder.all<job::MetricAdded>().empty(), 60'000);
    }
    QVERIFY(recorder.all<job::RunEnded>().size() <= 1);
    QCOMPARE(run(project).ended.kind, job::RunEnded::finished);
  }

  void pauseHoldsTheRun() {
    project::Project changed = project_;
    changed.methods[0].generic.tokens = 200'000;
    Recorder recorder;
    job::Engine engine(changed, {}, [&](const job::Event& e) { recorder(e); });
    engine.start({{"pretrain/slm"}});
    QTRY_VERIFY_WITH_TIMEOUT(recorder.all<job::MetricAdded>().size() > 5, 60'000);
    engine.pause();
    QTest::qWait(300);
    const auto before = recorder.all<job::MetricAdded>().size();
    QTest::qWait(700);
    QCOMPARE(recorder.all<job::MetricAdded>().size(), before);
    QVERIFY(engine.running());
    engine.resume();
    engine.wait();
    QCOMPARE(recorder.all<job::RunEnded>().at(0).kind, job::RunEnded::finished);
  }

  void pauseBeforeTheRunIsTaken() {
    project::Project changed = project_;
    changed.methods[0].generic.tokens = 30'000;
    Recorder recorder;
    job::Engine engine(changed, {}, [&](const job::Event& e) { recorder(e); });
    engine.start({{"pretrain/slm"}});
    engine.pause();  // at once: the engine's thread may not have looked yet
    QTest::qWait(600);
    QVERIFY(recorder.all<job::MetricAdded>().empty());
    QVERIFY(engine.running());
    engine.resume();
    engine.wait();
    QCOMPARE(recorder.all<job::RunEnded>().at(0).kind, job::RunEnded::finished);
  }

  void oneFailureDoesNotStopTheOthers() {
    project::Project changed = project_;
    changed.methods[0].generic.rate = 1e6;
    Recorder recorder;
    const RunOutcome outcome = run(changed, {}, &recorder);
    QCOMPARE(outcome.ended.kind, job::RunEnded::failed);
    QCOMPARE(outcome.ended.exit_code, 5);
    QCOMPARE(outcome.ended.failed_steps.size(), std::size_t(1));
    QCOMPARE(outcome.ended.failed_steps[0].id, std::string("pretrain/slm/7"));
    const std::vector<std::string> waits = {"specialize/slm/cooking/2000/7", "specialize/slm/law/2000/7"};
    QCOMPARE(outcome.ended.skipped, waits);
    QCOMPARE(outcome.finished, std::vector<std::string>{"report"});  // slm-pn was there already, and is reported
    QCOMPARE(outcome.view->results.size(), std::size_t(2));
    for (const job::StepInfo& step : outcome.view->steps) {
      if (step.id == "pretrain/slm/7") QCOMPARE(step.state, job::StepState::failed);
      if (step.id == waits[0]) QVERIFY(step.note.find("pretrain/slm/7") != std::string::npos);
    }
    QCOMPARE(run(project_).ended.kind, job::RunEnded::finished);
  }

  void projectNow() {
    QTemporaryDir out;
    const std::string file = out.filePath("now.h5").toStdString();
    Recorder recorder;
    job::Engine engine(project_, {}, [&](const job::Event& e) { recorder(e); });
    engine.project_now("slm-pn", 7, "law", {train::ExpertChoice::by_cluster, 0}, file);
    QTRY_COMPARE_WITH_TIMEOUT(recorder.all<job::Projected>().size(), std::size_t(1), 30'000);
    QCOMPARE(recorder.all<job::Projected>()[0].file, file);
    const store::Checkpoint checkpoint = store::read_checkpoint(file);
    const auto config = network::network_config_from_json(nlohmann::json::parse(checkpoint.meta)["config"]);
    QVERIFY(!config.projected);
    QCOMPARE(network::Network::load(config, checkpoint.tensors).parameters(), small_network_parameters());
    engine.project_now("slm-pn", 99, "law", {}, file);
    QTRY_COMPARE_WITH_TIMEOUT(recorder.all<job::Projected>().size(), std::size_t(2), 30'000);
    QVERIFY(recorder.all<job::Projected>()[1].file.empty());
  }

  void badInputEndsWithTheRightKind_data() {
    QTest::addColumn<int>("what");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("message");
    QTest::newRow("missing file") << 0 << 4 << "nowhere.jsonl";
    QTest::newRow("k larger than the number of windows") << 1 << 4 << "window";
    QTest::newRow("domain smaller than one window") << 2 << 4 << "law";
    QTest::newRow("no generic corpus") << 3 << 3 << "generic";
    QTest::newRow("no method") << 4 << 3 << "method";
    QTest::newRow("device that is not there") << 5 << 2 << "cuda:7";
    QTest::newRow("exploding loss") << 6 << 5 << "step";
  }
  void badInputEndsWithTheRightKind() {
    QFETCH(int, what);
    QFETCH(int, code);
    QFETCH(QString, message);
    QTemporaryDir fresh;
    const std::filesystem::path folder = fresh.path().toStdString();
    project::Project project = project::load_project(tiny::make_project(folder));
    job::EngineOptions options;
    if (what == 0) project.corpora[1].paths = {"nowhere.jsonl"};
    if (what == 1) project.clustering.clusters = 60'000;
    if (what == 2)
      std::ofstream(folder / "law.jsonl")
          << "{\"text\": \"the judge\"}\n{\"text\": \"a witness\"}\n{\"text\": \"counsel\"}\n";
    if (what == 3) project.corpora.erase(project.corpora.begin());
    if (what == 4) project.methods.clear();
    if (what == 5) options.device = "cuda:7";
    if (what == 6) project.methods[0].generic.rate = 1e6;
    Recorder recorder;
    job::Engine engine(project, options, [&](const job::Event& e) { recorder(e); });
    engine.start({});
    engine.wait();
    QCOMPARE(recorder.all<job::RunEnded>().size(), std::size_t(1));
    QCOMPARE(recorder.all<job::RunEnded>()[0].kind, job::RunEnded::failed);
    QCOMPARE(recorder.all<job::StepFailed>().size(), std::size_t(1));
    const std::string text = recorder.all<job::StepFailed>()[0].message;
    QVERIFY2(QString::fromStdString(text).contains(message), text.c_str());
    QVERIFY2(recorder.all<job::RunEnded>()[0].exit_code == code, text.c_str());
  }

 private:
  std::uint64_t small_network_parameters() const { return run_view().results.at(0).parameters_inference; }
  job::ProjectView run_view() const { return *tiny::look(project_); }

  QTemporaryDir dir_;
  project::Project project_;
};

QTEST_GUILESS_MAIN(TestEngine)
#include "test_engine.moc"
