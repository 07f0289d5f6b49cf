// SPDX-License-Identifier: GPL-3.0-or-later
// A run that is asked to stop, or killed, at any moment: it ends with 130 and a checkpoint, and the next run ends with
// the weights and curves of an undisturbed one. (tests/endurance does that a thousand times.)
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/files.h"
#include "base/random.h"
#include "support/outcome.h"
#include "support/program.h"
#include "support/tiny_project.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kLong = {"--set", "method.slm.generic.tokens=40M"};

/// Until the output holds `word` so many times; false when the program ended before.
bool wait_for(tiny::Program& program, const char* word, int times = 1) {
  while (program.running()) {
    if (QByteArray::fromStdString(program.out()).count(word) >= times) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

}  // namespace

class TestDisturbed : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    QVERIFY(dir_.isValid());
    const fs::path whole = folder("whole");
    QCOMPARE(batch(whole).wait(), 0);
    expected_ = tiny::outcome(whole);
  }

  void stopped_data() {
    QTest::addColumn<int>("signal");
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGUSR1, SIGUSR2})
      QTest::newRow(::sigabbrev_np(signal)) << signal;
  }
  void stopped() {
    QFETCH(int, signal);
    const fs::path file = folder(::sigabbrev_np(signal));
    tiny::Program program(PANTOGRAPH_PROGRAM, arguments(file, kLong), file);
    QVERIFY(wait_for(program, "\"metric\"", 20));
    program.send(signal);
    program.send(signal);  // as a terminal that is closed does
    QCOMPARE(program.wait(30), 130);
    QVERIFY(program.out().find("\"cancelled\"") != std::string::npos);
    bool checkpoint = false;
    for (const auto& entry : fs::recursive_directory_iterator(file.parent_path()))
      checkpoint = checkpoint || entry.path().filename().string().starts_with("step-");
    QVERIFY(checkpoint);
    if (signal != SIGHUP) return;
    QCOMPARE(batch(file).wait(), 0);  // of another budget, so from the start
    QCOMPARE(tiny::timeless_results(file).dump(), expected_.at("results"));
  }

  /// Asked before anything is begun, between the two starts of the program, while it loads its plugins …
  void stoppedEarly() {
    const fs::path file = folder("early");
    Random random(4);
    std::uint64_t starting = 0;  // microseconds, as busy as the machine is
    {
      QElapsedTimer timer;
      timer.start();
      tiny::Program program(PANTOGRAPH_PROGRAM, arguments(file, kLong), file);
      while (program.running() && program.out().empty() && program.err().empty())
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      starting = static_cast<std::uint64_t>(timer.elapsed()) * 1000;
      program.send(SIGTERM);
      program.wait(20);
    }
    const std::uint64_t late = std::max<std::uint64_t>(900'000, 2 * starting);
    int begun = 0;
    for (int i = 0; i < 40; ++i) {
      tiny::Program program(PANTOGRAPH_PROGRAM, arguments(file, kLong), file);
      std::this_thread::sleep_for(std::chrono::microseconds(random.below(i % 2 == 0 ? 15'000 : late)));
      program.send(SIGTERM);
      const int code = program.wait(20);
      // Until the system has loaded its libraries, no code of the program runs.
      const bool loading = code == -SIGTERM && program.out().empty() && program.err().empty();
      QVERIFY2(code == 130 || loading, qPrintable(QString::number(code) + QString::fromStdString(program.err())));
      begun += code == 130 ? 1 : 0;
    }
    QVERIFY2(begun > 5, qPrintable(QString::number(begun)));
  }

  void ignoredHangUp() {
    const fs::path file = folder("nohup");
    tiny::Program program(PANTOGRAPH_PROGRAM, arguments(file, kLong), file, "trap '' HUP; exec \"$@\"");
    QVERIFY(wait_for(program, "\"metric\""));
    program.send(SIGHUP);
    QCOMPARE(program.wait(1), tiny::Program::kLate);
    program.send(SIGTERM);
    QCOMPARE(program.wait(30), 130);
  }

  void nothingToStop_data() {
    QTest::addColumn<QString>("option");
    for (const char* option : {"--info", "--dry-run"}) QTest::newRow(option) << option;
  }
  void nothingToStop() {
    QFETCH(QString, option);
    const fs::path file = folder("nothing");
    tiny::Program program(PANTOGRAPH_PROGRAM, {option.toStdString(), file.string()}, file);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    program.send(SIGINT);
    const int code = program.wait(5);
    QVERIFY2(code == 130 || code == 0 || code == -SIGINT, qPrintable(QString::number(code)));
  }

  void killedAtRandomMoments() {
    const fs::path file = folder("killed");
    const std::vector<std::string> often = {"--set", "method.slm.generic.checkpoint_seconds=0.1", "--set",
                                            "method.slm-pn.generic.checkpoint_seconds=0.1"};
    Random random(20);
    for (int round = 0; round < 4; ++round) {
      tiny::Program program(PANTOGRAPH_PROGRAM, arguments(file, often), file);
      // Counted in points of the curves, not in seconds: however fast the machine is, something is left to be done.
      QVERIFY(wait_for(program, "\"metric\"", 5 + static_cast<int>(random.below(60))));
      program.send(SIGKILL);
      QCOMPARE(program.wait(), -SIGKILL);
    }
    tiny::Program last(PANTOGRAPH_PROGRAM, arguments(file), file);
    QVERIFY2(last.wait() == 0, last.err().c_str());
    QCOMPARE(tiny::differences(expected_, tiny::outcome(file)), std::vector<std::string>{});
  }

  void twoProgramsOnOneProject() {
    const fs::path file = folder("two");
    tiny::Program first(PANTOGRAPH_PROGRAM, arguments(file, kLong), file);
    QVERIFY(wait_for(first, "\"metric\""));
    const auto second = tiny::run_program(PANTOGRAPH_PROGRAM, {"--batch", file.string()}, file.string() + ".second");
    QVERIFY2(second.code == 5 && second.err.find("in use by process") != std::string::npos, second.err.c_str());
    first.send(SIGTERM);
    QCOMPARE(first.wait(30), 130);
  }

 private:
  fs::path folder(const std::string& name) {
    const fs::path path = fs::path(dir_.path().toStdString()) / name;
    fs::create_directories(path);
    return tiny::make_project(path);
  }
  static std::vector<std::string> arguments(const fs::path& file, const std::vector<std::string>& more = {}) {
    std::vector<std::string> out = {"--batch", file.string(), "--json"};
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }
  static tiny::Program batch(const fs::path& file) { return {PANTOGRAPH_PROGRAM, arguments(file), file}; }

  QTemporaryDir dir_;
  std::map<std::string, std::string> expected_;  // of the undisturbed run
};

QTEST_GUILESS_MAIN(TestDisturbed)
#include "test_disturbed.moc"
