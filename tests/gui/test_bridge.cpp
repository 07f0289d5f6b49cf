// SPDX-License-Identifier: GPL-3.0-or-later
// The bridge between engine and window, with a real engine and a tiny experiment.
#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QThread>
#include <QtTest>

#include "engine_bridge.h"
#include "project/project_file.h"
#include "support/tiny_project.h"

using namespace pantograph;

class TestBridge : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { job::initialize_engine(); }

  void a_project_without_a_file_has_no_engine() {
    EngineBridge bridge;
    bridge.setProject(project::Project{});
    QVERIFY(!bridge.hasEngine());
    bridge.start();
    bridge.pause();
    bridge.stop();
    QVERIFY(!bridge.isRunning());
  }

  void opening_gives_a_view() {
    QTemporaryDir folder;
    const project::Project project = project::load_project(tiny::make_project(folder.path().toStdString()));
    EngineBridge bridge;
    QSignalSpy views(&bridge, &EngineBridge::viewChanged);
    bridge.setProject(project);
    QVERIFY(views.wait(10'000));
    QVERIFY(bridge.view());
    QVERIFY(bridge.view()->steps.size() > 5);
    for (const job::StepInfo& step : bridge.view()->steps) QCOMPARE(int(step.state), int(job::StepState::missing));
    bridge.setProject(project::Project{});
    QVERIFY(!bridge.view());
  }

  void a_listener_can_refuse_a_run() {
    QTemporaryDir folder;
    EngineBridge bridge;
    bridge.setProject(project::load_project(tiny::make_project(folder.path().toStdString())));
    connect(&bridge, &EngineBridge::aboutToStart, this, [](bool* refuse) { *refuse = true; });
    QSignalSpy started(&bridge, &EngineBridge::runStarted);
    bridge.start();
    QCOMPARE(started.count(), 0);
    QVERIFY(!bridge.isRunning());
  }

  void a_run_reports_in_order_on_this_thread() {
    QTemporaryDir folder;
    const project::Project project = project::load_project(tiny::make_project(folder.path().toStdString()));
    EngineBridge bridge;
    bridge.setProject(project);
    QStringList open;
    int finished = 0, deliveries = 0;
    std::map<std::string, std::uint64_t> last_step;
    QThread* here = QThread::currentThread();
    connect(&bridge, &EngineBridge::stepStarted, this, [&](const job::StepStarted& step) {
      QCOMPARE(QThread::currentThread(), here);
      open << QString::fromStdString(step.id);
      QVERIFY(step.index >= 1 && step.index <= step.count);
      QCOMPARE(step.index, finished + 1);
    });
    connect(&bridge, &EngineBridge::stepFinished, this, [&](const job::StepFinished& step) {
      QVERIFY(open.removeOne(QString::fromStdString(step.id)));
      ++finished;
    });
    connect(&bridge, &EngineBridge::stepProgress, this, [&](const job::StepProgress& progress) {
      QVERIFY2(open.contains(QString::fromStdString(progress.id)), progress.id.c_str());
    });
    connect(&bridge, &EngineBridge::metricsAdded, this, [&](const std::vector<job::MetricAdded>& metrics) {
      ++deliveries;
      for (const job::MetricAdded& metric : metrics) {
        const std::string id = metric.step.id();
        QVERIFY2(open.contains(QString::fromStdString(id)), id.c_str());
        std::uint64_t& last = last_step[id + metric.point.series];
        QVERIFY(metric.point.step >= last);
        last = metric.point.step;
      }
    });
    connect(&bridge, &EngineBridge::stepFailed, this,
            [&](const job::StepFailed& step) { QFAIL(step.message.c_str()); });
    QSignalSpy ended(&bridge, &EngineBridge::runEnded);
    QElapsedTimer clock;
    clock.start();
    bridge.start();
    QVERIFY(bridge.isRunning());
    QVERIFY(ended.wait(240'000));
    QCOMPARE(int(qvariant_cast<job::RunEnded>(ended.first().first()).kind), int(job::RunEnded::finished));
    QVERIFY(!bridge.isRunning());
    QVERIFY(open.isEmpty());
    QVERIFY(finished >= 10);
    QVERIFY(last_step.size() >= 4);
    QVERIFY2(deliveries <= clock.elapsed() / 50 + finished + 1, "more than 20 deliveries a second");
    QCOMPARE(bridge.view()->results.size(), 4U);  // the view is there when the end is told

    bridge.start();
    QVERIFY(ended.wait(30'000));
    QCOMPARE(qvariant_cast<job::RunEnded>(ended.at(1).first()).steps_run, 0);
  }

  void pause_resume_stop() {
    QTemporaryDir folder;
    project::Project project = project::load_project(tiny::make_project(folder.path().toStdString()));
    for (project::MethodSpec& method : project.methods) method.generic.tokens = 20'000'000;  // no end in sight
    EngineBridge bridge;
    bridge.setProject(project);
    QSignalSpy metrics(&bridge, &EngineBridge::metricsAdded), paused(&bridge, &EngineBridge::pausedChanged),
        ended(&bridge, &EngineBridge::runEnded);
    bridge.start({QStringLiteral("pretrain/slm")});
    QVERIFY(metrics.wait(60'000));
    bridge.pause();
    QVERIFY(paused.wait(20'000));
    QVERIFY(bridge.isPaused());
    QTest::qWait(200);
    metrics.clear();
    QTest::qWait(400);
    QCOMPARE(metrics.count(), 0);
    bridge.resume();
    QVERIFY(paused.wait(20'000));
    QVERIFY(!bridge.isPaused());
    QVERIFY(metrics.wait(20'000));
    bridge.stop();
    QVERIFY(ended.wait(30'000));
    QCOMPARE(int(qvariant_cast<job::RunEnded>(ended.first().first()).kind), int(job::RunEnded::cancelled));
    QVERIFY(!bridge.isRunning());
  }

  void a_pause_before_the_run_begins_is_kept() {
    QTemporaryDir folder;
    EngineBridge bridge;
    bridge.setProject(project::load_project(tiny::make_project(folder.path().toStdString())));
    QSignalSpy started(&bridge, &EngineBridge::stepStarted), finished(&bridge, &EngineBridge::stepFinished),
        paused(&bridge, &EngineBridge::pausedChanged), ended(&bridge, &EngineBridge::runEnded);
    bridge.start({QStringLiteral("tokenize")});
    bridge.pause();  // at once: the engine's thread has not looked at it yet
    QVERIFY(paused.wait(20'000));
    QVERIFY(bridge.isPaused());
    QTest::qWait(1500);
    QVERIFY2(finished.isEmpty(), "the run did not heed the pause");
    QVERIFY(bridge.isPaused() && bridge.isRunning());
    bridge.resume();
    QVERIFY(ended.wait(60'000));
    QCOMPARE(int(qvariant_cast<job::RunEnded>(ended.first().first()).kind), int(job::RunEnded::finished));
    QVERIFY(!bridge.isPaused());
    QVERIFY(finished.count() > 3);
    // A pause of a run that is stopped does not outlive it.
    bridge.start();
    bridge.pause();
    bridge.stop();
    QTRY_VERIFY_WITH_TIMEOUT(!bridge.isRunning(), 20'000);
    ended.clear();
    bridge.start({QStringLiteral("tokenize")});
    QVERIFY2(ended.wait(30'000), "the pause was kept for another run");
  }

  void another_project_leaves_the_old_engine_behind() {
    QTemporaryDir first, second;
    project::Project busy = project::load_project(tiny::make_project(first.path().toStdString()));
    for (project::MethodSpec& method : busy.methods) method.generic.tokens = 20'000'000;
    EngineBridge bridge;
    bridge.setProject(busy);
    QSignalSpy metrics(&bridge, &EngineBridge::metricsAdded), ended(&bridge, &EngineBridge::runEnded),
        views(&bridge, &EngineBridge::viewChanged);
    bridge.start({QStringLiteral("pretrain/slm")});
    QVERIFY(metrics.wait(60'000));
    QElapsedTimer clock;
    clock.start();
    bridge.setProject(project::load_project(tiny::make_project(second.path().toStdString(), "other")));
    QVERIFY2(clock.elapsed() < 1000, "the window waited for the old engine's checkpoint");
    QCOMPARE(ended.count(), 1);
    QVERIFY(!bridge.isRunning());
    metrics.clear();
    views.clear();
    QVERIFY(views.wait(10'000));
    QTest::qWait(300);
    QCOMPARE(metrics.count(), 0);
    QCOMPARE(int(bridge.view()->steps.front().state), int(job::StepState::missing));
  }
};

QTEST_GUILESS_MAIN(TestBridge)
#include "test_bridge.moc"
