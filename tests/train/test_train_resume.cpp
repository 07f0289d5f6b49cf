// SPDX-License-Identifier: GPL-3.0-or-later
// A run that is killed, stopped, paused, or meets a damaged checkpoint or a full disk goes on with the numbers of an
// uninterrupted one. The killed runs are this executable, started again with --child.
#include <sys/mount.h>

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "support/outcome.h"
#include "train_fixtures.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kSteps = 120;

train::TrainSettings run_settings(double checkpoint_seconds) {
  train::TrainSettings settings = fixtures::settings(kSteps);
  settings.checkpoint_seconds = checkpoint_seconds;
  settings.evaluate_every = 7;
  settings.rows_at_once = 8;
  settings.weight_decay = 0.01;
  settings.rate_t = 0.5;
  settings.patience = 1000;  // best weights are part of the state, and end in the network
  return settings;
}

struct Run {
  fs::path data, folder;
  double checkpoint_seconds = 1e9;
  network::Network network = network::Network::create(fixtures::slm_pn(), 3);

  train::TrainResult go(const TaskContext& task = {}, const std::function<void(std::uint64_t)>& at_step = {}) {
    token::ClusterSampler sampler = fixtures::sampler(data);
    const token::EvaluationSet validation = fixtures::validation(data);
    train::TrainHooks hooks = fixtures::probe_hooks(validation);
    if (at_step) hooks.at_step = [&](const network::Network&, std::uint64_t step) { at_step(step); };
    return train::train(network, sampler, run_settings(checkpoint_seconds), hooks, folder, task);
  }
};

int child(const fs::path& data, const fs::path& folder, int threads, double checkpoint_seconds) {
  network::set_compute_threads(threads);
  Run run{data, folder, checkpoint_seconds};
  const train::TrainResult result = run.go();
  store::write_checkpoint(folder / "final.h5", {run.network.weights(), "{}"});
  std::printf("resumed from %llu\n", static_cast<unsigned long long>(result.resumed_from));
  return 0;
}

std::uint64_t last_step(const fs::path& folder) {
  const auto points = store::read_metrics(folder / "metrics.jsonl");
  return points.empty() ? 0 : points.back().step;
}

}  // namespace

class TestTrainResume : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase();
  void killed_data();
  void killed();
  void stopped_data();
  void stopped();
  void stoppedInEvaluation();
  void pausedAndResumed();
  void damagedCheckpoint();
  void refusedCheckpoint_data();
  void refusedCheckpoint();
  void allCheckpointsDamaged();
  void anotherNetwork();
  void fullDisk();

 private:
  fs::path path(const std::string& name) const { return fs::path(folder_.path().toStdString()) / name; }
  void compare(const Run& run) {
    QCOMPARE(tiny::curve_numbers(run.folder), numbers_);
    QVERIFY(tiny::same_weights(run.network.weights(), weights_));
  }
  QTemporaryDir folder_;
  std::vector<std::string> numbers_;  // of the uninterrupted run
  store::TensorMap weights_;
  train::TrainResult result_;
};

void TestTrainResume::initTestCase() {
  network::set_compute_threads(1);
  fixtures::write_experiment(path("data"), 200, 6);
  Run run{path("data"), path("whole")};
  result_ = run.go();
  numbers_ = tiny::curve_numbers(run.folder);
  weights_ = run.network.weights();
  QCOMPARE(result_.steps, kSteps);
  QVERIFY(numbers_.size() > 3 * kSteps);
}

void TestTrainResume::killed_data() {
  QTest::addColumn<int>("threads");
  QTest::newRow("one thread") << 1;
  QTest::newRow("two threads") << 2;
}

void TestTrainResume::killed() {
  QFETCH(int, threads);
  const fs::path folder = path("killed " + std::to_string(threads));
  Random random(static_cast<std::uint64_t>(threads));
  const auto arguments = [&](const fs::path& run, const QString& checkpoint_seconds) {
    return QStringList{"--child", QString::fromStdString(path("data").string()), QString::fromStdString(run.string()),
                       QString::number(threads), checkpoint_seconds};
  };
  const QString program = QCoreApplication::applicationFilePath();
  const fs::path whole = path("child " + std::to_string(threads));
  QCOMPARE(QProcess::execute(program, arguments(whole, "1e9")), 0);
  int kills = 0;
  for (std::uint64_t target = 10 + random.below(25); target < kSteps - 10; target += 15 + random.below(40)) {
    QProcess process;
    process.start(program, arguments(folder, "0.02"));
    QVERIFY(process.waitForStarted());
    while (process.state() == QProcess::Running && last_step(folder) < target) process.waitForFinished(2);
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(20000)));
    if (process.state() != QProcess::Running) break;
    process.kill();
    process.waitForFinished();
    QCOMPARE(process.exitStatus(), QProcess::CrashExit);
    ++kills;
  }
  QProcess process;
  process.start(program, arguments(folder, "0.02"));
  QVERIFY(process.waitForFinished(60000));
  QCOMPARE(process.exitCode(), 0);
  const QByteArray output = process.readAllStandardOutput();
  QVERIFY2(kills >= 2, qPrintable(QString::number(kills)));
  QVERIFY2(output.contains("resumed from ") && !output.contains("resumed from 0\n"), output.constData());
  QCOMPARE(tiny::curve_numbers(folder), tiny::curve_numbers(whole));
  QVERIFY(tiny::same_weights(store::read_checkpoint(folder / "final.h5").tensors,
                             store::read_checkpoint(whole / "final.h5").tensors));
  if (threads == 1) QCOMPARE(tiny::curve_numbers(folder), numbers_);  // and another process than this one's
}

void TestTrainResume::stopped_data() {
  QTest::addColumn<quint64>("at");
  for (const quint64 at : {1, 7, 33, 119}) QTest::addRow("step %llu", at) << at;
}

void TestTrainResume::stopped() {
  QFETCH(quint64, at);
  const fs::path folder = path("stopped " + std::to_string(at));
  {
    Control control;
    TaskContext task;
    task.control = &control;
    Run run{path("data"), folder};
    QVERIFY_EXCEPTION_THROWN(run.go(task,
                                    [&](std::uint64_t step) {
                                      if (step == at) control.stop();
                                    }),
                             Interrupted);
    QVERIFY(fs::exists(store::checkpoint_path(folder / "checkpoints", at)));
  }
  Run run{path("data"), folder};
  const train::TrainResult result = run.go();
  QCOMPARE(result.resumed_from, std::uint64_t{at});
  QCOMPARE(result.tokens, result_.tokens);
  QCOMPARE(result.final_loss, result_.final_loss);
  QCOMPARE(result.best_validation, result_.best_validation);
  QCOMPARE(result.best_step, result_.best_step);
  compare(run);
}

void TestTrainResume::stoppedInEvaluation() {
  // The stop falls between two probes: the first one's point must not be there twice after the resume.
  const fs::path folder = path("stopped in evaluation");
  Control control;
  TaskContext task;
  task.control = &control;
  network::Network network = network::Network::create(fixtures::slm_pn(), 3);
  {
    token::ClusterSampler sampler = fixtures::sampler(path("data"));
    const token::EvaluationSet validation = fixtures::validation(path("data"));
    train::TrainHooks hooks = fixtures::probe_hooks(validation);
    hooks.at_step = [&](const network::Network&, std::uint64_t step) {
      if (step == 21) control.stop();
    };
    QVERIFY_EXCEPTION_THROWN(train::train(network, sampler, run_settings(1e9), hooks, folder, task), Interrupted);
  }
  // As a session leaves it that was killed right after an evaluation made up for.
  {
    store::MetricsWriter metrics(folder / "metrics.jsonl", 21);
    metrics.append({"validation", 21, 1, 1.0, 2.0, -1});
  }
  Run run{path("data"), folder};
  QCOMPARE(run.go().resumed_from, std::uint64_t{21});
  compare(run);
}

void TestTrainResume::pausedAndResumed() {
  Control control;
  TaskContext task;
  task.control = &control;
  Run run{path("data"), path("paused")};
  std::thread other;
  const auto start = std::chrono::steady_clock::now();
  const train::TrainResult result = run.go(task, [&](std::uint64_t step) {
    if (step != 30) return;
    control.pause();
    other = std::thread([&control] {
      std::this_thread::sleep_for(std::chrono::milliseconds(400));
      control.resume();
    });
  });
  other.join();
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  QVERIFY(wall > 0.4);
  QVERIFY(result.seconds + result.evaluation_seconds < wall - 0.39);
  compare(run);
}

void TestTrainResume::damagedCheckpoint() {
  const fs::path folder = path("damaged");
  for (const std::uint64_t stop : {40, 80}) {
    Control control;
    TaskContext task;
    task.control = &control;
    Run run{path("data"), folder};
    QVERIFY_EXCEPTION_THROWN(run.go(task,
                                    [&](std::uint64_t step) {
                                      if (step == stop) control.stop();
                                    }),
                             Interrupted);
  }
  const fs::path newest = store::checkpoint_path(folder / "checkpoints", 80);
  {
    std::fstream file(newest, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(fs::file_size(newest) / 2));
    file.write("damage", 6);
  }
  QStringList warnings;
  TaskContext task;
  task.on_warning = [&](const std::string& text) { warnings << QString::fromStdString(text); };
  Run run{path("data"), folder};
  QCOMPARE(run.go(task).resumed_from, std::uint64_t{40});
  QVERIFY2(warnings.join("\n").contains(QString::fromStdString(newest.filename().string())),
           qPrintable(warnings.join("\n")));
  compare(run);
}

/// A checkpoint whose checksum fits and that is not of this run, beside an older one that is.
void TestTrainResume::refusedCheckpoint_data() {
  QTest::addColumn<QString>("sort");
  for (const char* sort : {"meta data", "another network", "a tensor is missing", "cursor"})
    QTest::newRow(sort) << sort;
}

void TestTrainResume::refusedCheckpoint() {
  QFETCH(QString, sort);
  const fs::path folder = path("refused " + sort.toStdString());
  Control control;
  TaskContext stop;
  stop.control = &control;
  {
    Run run{path("data"), folder};
    QVERIFY_EXCEPTION_THROWN(run.go(stop,
                                    [&](std::uint64_t step) {
                                      if (step == 40) control.stop();
                                    }),
                             Interrupted);
  }
  store::Checkpoint crafted = store::read_checkpoint(store::checkpoint_path(folder / "checkpoints", 40));
  auto meta = nlohmann::json::parse(crafted.meta);
  if (sort == "meta data") meta.erase("state");
  if (sort == "another network") meta["network"]["width"] = 64;
  if (sort == "cursor") meta["sampler"] = "nowhere";
  if (sort == "a tensor is missing") crafted.tensors.erase(crafted.tensors.begin());
  crafted.meta = meta.dump();
  const fs::path newest = store::checkpoint_path(folder / "checkpoints", 90);
  store::write_checkpoint(newest, crafted);
  QStringList warnings;
  TaskContext task;
  task.on_warning = [&](const std::string& text) { warnings << QString::fromStdString(text); };
  Run run{path("data"), folder};
  QCOMPARE(run.go(task).resumed_from, std::uint64_t{40});
  QVERIFY2(warnings.join("\n").contains("step-000000090.h5"), qPrintable(warnings.join("\n")));
  QVERIFY(fs::exists(newest.string() + ".damaged") && !fs::exists(newest));
  compare(run);
}

void TestTrainResume::allCheckpointsDamaged() {
  const fs::path folder = path("all damaged");
  fs::create_directories(folder / "checkpoints");
  std::ofstream(store::checkpoint_path(folder / "checkpoints", 50)) << "not a checkpoint";
  std::ofstream(folder / "metrics.jsonl")
      << "{\"series\":\"train\",\"step\":50,\"tokens\":1,\"seconds\":1,\"value\":1}\n";
  int warnings = 0;
  TaskContext task;
  task.on_warning = [&](const std::string&) { ++warnings; };
  Run run{path("data"), folder};
  QCOMPARE(run.go(task).resumed_from, std::uint64_t{0});
  QVERIFY(warnings > 0);
  compare(run);
}

void TestTrainResume::anotherNetwork() {
  const fs::path folder = path("another");
  Control control;
  control.stop();
  TaskContext task;
  task.control = &control;
  Run run{path("data"), folder};
  QVERIFY_EXCEPTION_THROWN(run.go(task), Interrupted);
  network::Network small = network::Network::create(fixtures::slm(), 3);
  const store::TensorMap before = small.weights();
  token::ClusterSampler sampler = fixtures::sampler(path("data"));
  try {
    train::train(small, sampler, run_settings(1e9), {}, folder, {});
    QFAIL("accepted");
  } catch (const Error& e) {
    QCOMPARE(e.kind(), ErrorKind::run);
    QVERIFY2(QString(e.what()).contains("another network"), e.what());
  }
  QVERIFY(tiny::same_weights(before, small.weights()));
}

void TestTrainResume::fullDisk() {
  const fs::path disk = path("disk");
  fs::create_directories(disk);
  // Room for one checkpoint and the curve, not for two.
  std::uintmax_t size = 0;
  {
    Control control;
    TaskContext task;
    task.control = &control;
    Run run{path("data"), path("size")};
    QVERIFY_EXCEPTION_THROWN(run.go(task,
                                    [&](std::uint64_t step) {
                                      if (step == 20) control.stop();
                                    }),
                             Interrupted);
    size = fs::file_size(store::checkpoint_path(path("size") / "checkpoints", 20));
  }
  const std::string options = "size=" + std::to_string(size * 8 / 5 / 4096 * 4096);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, options.c_str()) != 0) QSKIP("mounting a tmpfs is not permitted here");
  const struct Unmount {
    fs::path path;
    ~Unmount() { ::umount(path.c_str()); }
  } unmount{disk};
  Run run{path("data"), disk / "run", 0.02};
  try {
    run.go();
    QFAIL("the disk was not full");
  } catch (const Error& e) {
    QCOMPARE(e.kind(), ErrorKind::run);
    QVERIFY2(QString(e.what()).contains("space", Qt::CaseInsensitive), e.what());
  }
  fs::path found;
  const auto good = store::newest_good_checkpoint(disk / "run" / "checkpoints", {}, &found);
  QVERIFY(good.has_value());
}

int main(int argc, char** argv) {
  if (argc == 6 && std::string(argv[1]) == "--child")
    return child(argv[2], argv[3], std::stoi(argv[4]), std::stod(argv[5]));
  QCoreApplication app(argc, argv);
  TestTrainResume test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_train_resume.moc"
