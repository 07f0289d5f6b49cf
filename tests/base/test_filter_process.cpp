// SPDX-License-Identifier: GPL-3.0-or-later
// Programs run as filters: what goes through them, how they end, what they inherit, and that none of them can hold this
// one up.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QElapsedTimer>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <fstream>

#include "base/error.h"
#include "base/filter_process.h"

using namespace pantograph;
using namespace std::chrono_literals;

namespace {

FilterResult shell(const std::string& script, std::string_view input = {}, const FilterLimits& limits = {}) {
  return run_filter({"sh", "-c", script}, input, limits);
}

FilterLimits time_limit(std::chrono::milliseconds time) {
  FilterLimits limits;
  limits.time = time;
  return limits;
}

}  // namespace

class TestFilterProcess : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void passesBytesThrough() {
    QVERIFY(run_filter({"cat"}, {}).output.empty());
    std::string input;
    for (unsigned i = 0; input.size() < 8'000'000; ++i) input.append(std::to_string(i)).append(1, '\0');
    const FilterResult result = run_filter({"cat"}, input);
    QVERIFY(result.end == FilterEnd::exited && result.code == 0 && result.errors.empty());
    QVERIFY(result.output == input);
  }

  void ends_data() {
    QTest::addColumn<QString>("script");
    QTest::addColumn<int>("end");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("output");
    QTest::addColumn<QString>("errors");
    const auto row = [](const char* name, const char* script, FilterEnd end, int code, const char* output,
                        const char* errors) {
      QTest::newRow(name) << script << static_cast<int>(end) << code << output << errors;
    };
    row("status", "printf a; printf b >&2; exit 3", FilterEnd::exited, 3, "a", "b");
    row("signal", "printf a; kill -SEGV $$", FilterEnd::signalled, SIGSEGV, "a", "");
    row("reads nothing", "printf a", FilterEnd::exited, 0, "a", "");
    row("closes its input", "exec <&-; printf a; sleep 0.2; printf b", FilterEnd::exited, 0, "ab", "");
    row("hangs", "sleep 60", FilterEnd::too_long, 0, "", "");
    row("hangs with a child", "sleep 60 & sleep 60", FilterEnd::too_long, 0, "", "");
    row("computes", "while :; do :; done", FilterEnd::too_long, 0, "", "");
    row("closes all and hangs", "exec >&- 2>&-; sleep 60", FilterEnd::too_long, 0, "", "");
    row("is slow", "while printf a >/dev/null; do sleep 0.1; done", FilterEnd::too_long, 0, "", "");
  }
  void ends() {
    QFETCH(QString, script);
    QFETCH(int, end);
    QFETCH(int, code);
    QFETCH(QString, output);
    QFETCH(QString, errors);
    QElapsedTimer timer;
    timer.start();
    // More than a pipe holds, so that writing it would block.
    const std::string input(1'000'000, 'x');
    const bool hangs = end == static_cast<int>(FilterEnd::too_long);
    const FilterResult result = shell(script.toStdString(), input, time_limit(hangs ? 400ms : 30'000ms));
    QCOMPARE(static_cast<int>(result.end), end);
    QCOMPARE(result.code, code);
    QCOMPARE(QString::fromStdString(result.output), output);
    QCOMPARE(QString::fromStdString(result.errors), errors);
    QVERIFY2(timer.elapsed() < 20'000, qPrintable(QString::number(timer.elapsed())));
  }

  void boundsWhatComes() {
    FilterLimits limits;
    limits.output = 1'000'000;
    const FilterResult much = run_filter({"yes"}, {}, limits);
    QVERIFY(much.end == FilterEnd::too_much);
    QVERIFY(much.output.size() < 1'200'000);
    const FilterResult errors = shell("yes >&2", {}, time_limit(400ms));
    QVERIFY(errors.end == FilterEnd::too_long);
    QCOMPARE(errors.errors.size(), std::size_t{64} << 10);
    limits.memory = std::size_t{64} << 20;
    const FilterResult memory = shell("sleep 0.2; head -c 200000000 /dev/zero | sort >/dev/null || exit 9", {}, limits);
    QVERIFY(memory.end == FilterEnd::exited && memory.code == 9);
  }

  void programsThatAreNotThere() {
    QVERIFY(run_filter({"no-such-program"}, "x").end == FilterEnd::not_found);
    try {
      run_filter({"/etc/passwd"}, "x");
      QFAIL("no error");
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::run);
      QVERIFY2(QString(e.what()).contains("cannot be started"), e.what());
    }
  }

  void inheritsNothing() {
    sigset_t held, before;
    ::sigemptyset(&held);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) ::sigaddset(&held, signal);
    ::pthread_sigmask(SIG_BLOCK, &held, &before);
    const auto handler = ::signal(SIGPIPE, SIG_IGN);
    const int file = ::open("/dev/null", O_RDONLY);  // without close-on-exec
    const std::string status = shell("grep -E 'SigBlk|SigIgn' /proc/self/status").output;
    const std::string files = shell("exec ls /proc/self/fd").output;
    const std::string group = shell("echo $$; cut -d' ' -f5 /proc/$$/stat").output;
    ::close(file);
    ::signal(SIGPIPE, handler);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    const QStringList masks = QString::fromStdString(status).split(QRegularExpression("\\s+"));
    QVERIFY2(masks.size() == 5 && masks[1].toULongLong(nullptr, 16) == 0, status.c_str());
    QVERIFY2((masks[3].toULongLong(nullptr, 16) & 0x7FFF'FFFF) == 0, status.c_str());  // above are the C library's own
    QCOMPARE(QString::fromStdString(files), QString("0\n1\n2\n3\n"));                  // 3 is the folder that is listed
    QCOMPARE(group.substr(0, group.size() / 2), group.substr(group.size() / 2));
  }

  /// Where SIGPIPE is not ignored it would end this program; it must stay as it was.
  void signalOfAPipe() {
    const auto handler = ::signal(SIGPIPE, SIG_DFL);
    const std::string input(1'000'000, 'x');
    for (int i = 0; i < 20; ++i) QVERIFY(run_filter({"true"}, input).end == FilterEnd::exited);
    sigset_t now;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &now);
    QCOMPARE(::sigismember(&now, SIGPIPE), 0);
    ::sigpending(&now);
    QCOMPARE(::sigismember(&now, SIGPIPE), 0);
    ::signal(SIGPIPE, handler);
  }

  void endsWithTheProgramThatStartedIt() {
    QTemporaryDir folder;
    const std::string name = folder.path().toStdString() + "/pid";
    const pid_t starter = ::fork();
    if (starter == 0) {
      shell("echo $$ >" + name + ".part; mv " + name + ".part " + name + "; while echo x; do sleep 0.05; done");
      ::_exit(0);
    }
    QTRY_VERIFY(QFile::exists(QString::fromStdString(name)));
    pid_t filter = 0;
    std::ifstream(name) >> filter;
    QVERIFY(filter > 0 && ::kill(filter, 0) == 0);
    ::kill(starter, SIGKILL);
    ::waitpid(starter, nullptr, 0);
    const QString process = QString("/proc/%1/stat").arg(filter);
    QTRY_VERIFY(!QFile::exists(process) || [&] {
      QFile stat(process);
      return stat.open(QIODevice::ReadOnly) && stat.readAll().contains(") Z ");  // nobody takes its status
    }());
  }
};

QTEST_GUILESS_MAIN(TestFilterProcess)
#include "test_filter_process.moc"
