// SPDX-License-Identifier: GPL-3.0-or-later
// The window as a program that is asked to stop from outside: it closes as by hand, after a checkpoint and without a
// question.
#include <QTemporaryDir>
#include <QTest>
#include <chrono>
#include <csignal>
#include <thread>

#include "project/project_file.h"
#include "support/program.h"
#include "support/tiny_project.h"

namespace fs = std::filesystem;

namespace {

bool has_file(const fs::path& folder, const std::string& beginning) {
  std::error_code code;
  for (fs::recursive_directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    if (it->path().filename().string().starts_with(beginning)) return true;
  }
  return false;
}

}  // namespace

class TestWindowSignals : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void init() {
    dir_ = std::make_unique<QTemporaryDir>();
    const fs::path folder = dir_->path().toStdString();
    file_ = tiny::make_project(folder);
    wrapper_ = "export QT_QPA_PLATFORM=offscreen HOME='" + folder.string() + "' XDG_CONFIG_HOME='" + folder.string() +
               "'; exec \"$@\"";
  }

  void whileItRuns_data() { signals_(); }
  void whileItRuns() {
    QFETCH(int, signal);
    pantograph::project::Project project = pantograph::project::load_project(file_);
    project.methods[0].generic.tokens = 40'000'000;
    pantograph::project::save_project(project, file_);
    tiny::Program program(PANTOGRAPH_PROGRAM, {"--run", file_.string()}, file_, wrapper_);
    const fs::path artifacts = fs::path(file_).replace_extension(".artifacts");
    while (program.running() && !has_file(artifacts, "metrics.jsonl"))
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    program.send(signal);
    const int code = program.wait(30);
    QVERIFY2(code == 130, qPrintable(QString::number(code) + QString::fromStdString(program.err())));
    QVERIFY(has_file(artifacts, "step-"));
  }

  void withNothingToDo_data() { signals_(); }
  void withNothingToDo() {
    QFETCH(int, signal);
    tiny::Program program(PANTOGRAPH_PROGRAM, {file_.string()}, file_, wrapper_);
    QCOMPARE(program.wait(2), tiny::Program::kLate);
    program.send(signal);
    const int code = program.wait(15);
    QVERIFY2(code == 130, qPrintable(QString::number(code) + QString::fromStdString(program.err())));
  }

 private:
  static void signals_() {
    QTest::addColumn<int>("signal");
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) QTest::newRow(::sigabbrev_np(signal)) << signal;
  }
  std::unique_ptr<QTemporaryDir> dir_;
  fs::path file_;
  std::string wrapper_;
};

QTEST_GUILESS_MAIN(TestWindowSignals)
#include "test_window_signals.moc"
