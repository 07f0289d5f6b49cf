// SPDX-License-Identifier: GPL-3.0-or-later
// The program where its surroundings are narrow or odd: output that goes nowhere, closed standard files, limits of
// files, memory and threads, plugins that are no plugins.
#include <sys/stat.h>

#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "support/program.h"
#include "support/tiny_project.h"

using namespace pantograph;
namespace fs = std::filesystem;

class TestSurroundings : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void outputGoesNowhere_data() {
    QTest::addColumn<QString>("option");
    QTest::addColumn<QString>("wrapper");
    QTest::addColumn<QString>("message");
    const QString full = "exec \"$@\" >/dev/full", pipe = "{ \"$@\"; echo \"code $?\" >&2; } | true";
    for (const char* option : {"--batch", "--status", "--dry-run", "--help", "--version", "--plugins"}) {
      QTest::addRow("%s, full", option) << option << full << "No space left";
      QTest::addRow("%s, closed pipe", option) << option << "sleep 0.1; " + pipe << "";
    }
  }
  void outputGoesNowhere() {
    QFETCH(QString, option);
    QFETCH(QString, wrapper);
    QFETCH(QString, message);
    const fs::path file = project();
    // The reader must be gone before the program writes.
    if (message.isEmpty()) wrapper.replace("{ \"$@\"", "{ sleep 0.2; \"$@\"");
    std::vector<std::string> arguments = {option.toStdString()};
    if (!option.contains("plugins")) arguments.push_back(file.string());
    if (option == "--batch") arguments.push_back("--json");
    const auto ended = tiny::run_program(PANTOGRAPH_PROGRAM, arguments, file, wrapper.toStdString());
    const bool five = message.isEmpty() ? ended.err.find("code 5") != std::string::npos : ended.code == 5;
    QVERIFY2(five, qPrintable(QString::number(ended.code) + QString::fromStdString(ended.err)));
    QVERIFY2(ended.err.find("standard output cannot be written") != std::string::npos, ended.err.c_str());
    QVERIFY2(ended.err.find(message.toStdString()) != std::string::npos, ended.err.c_str());
  }

  void errorsGoNowhere() {
    const fs::path file = project();
    fs::remove(file.parent_path() / "law.jsonl");
    const auto ended = tiny::run_program(PANTOGRAPH_PROGRAM, {"--batch", file.string(), "--only", "import"}, file,
                                         "exec \"$@\" 2>/dev/full");
    QCOMPARE(ended.code, 4);
  }

  void closedStandardFiles() {
    const fs::path file = project();
    const auto ended =
        tiny::run_program(PANTOGRAPH_PROGRAM, {"--batch", file.string(), "--json"}, file, "exec \"$@\" <&- >&- 2>&-");
    QCOMPARE(ended.code, 0);
    const std::string lock = read_file(fs::path(file).replace_extension(".artifacts") / "lock");
    QVERIFY2(lock.starts_with("process ") && std::count(lock.begin(), lock.end(), '\n') == 1, lock.c_str());
    const auto status = tiny::run_program(PANTOGRAPH_PROGRAM, {"--status", file.string()}, file);
    QVERIFY2(status.out.find("Everything is up to date") != std::string::npos, status.out.c_str());
    QCOMPARE(tiny::timeless_results(file).size(), std::size_t(4));
  }

  void limitOfFileSize() {
    const fs::path file = project();
    const auto ended =
        tiny::run_program(PANTOGRAPH_PROGRAM, {"--batch", file.string()}, file, "ulimit -f 20; exec \"$@\"");
    QVERIFY2(ended.code == 5, qPrintable(QString::number(ended.code) + QString::fromStdString(ended.err)));
    QVERIFY2(ended.err.find("File too large") != std::string::npos, ended.err.c_str());
  }

  void manyThreads_data() {
    QTest::addColumn<QString>("wrapper");
    QTest::newRow("as they are") << "exec \"$@\"";
    // Less than 4,096 stacks; so little that only some threads fit, or none.
    for (const char* const kilobytes : {"4000000", "3000000", "2500000", "2000000", "1500000", "1000000"})
      QTest::newRow(kilobytes) << QString("ulimit -v %1; exec \"$@\"").arg(kilobytes);
  }
  void manyThreads() {
    QFETCH(QString, wrapper);
    const fs::path file = project();
    const auto ended =
        tiny::run_program(PANTOGRAPH_PROGRAM, {"--batch", file.string(), "--threads", "4096", "--only", "pretrain/slm"},
                          file, wrapper.toStdString());
    QVERIFY2(ended.code == 0 || ended.code == 5,
             qPrintable(QString::number(ended.code) + QString::fromStdString(ended.err)));
    QVERIFY2(!ended.err.empty(), "the cap or the error was not told");
  }

  void noProc() {
    const fs::path file = project();
    const std::string hidden =
        "exec unshare -m sh -c 'mount --make-rprivate / && mount -t tmpfs none /proc && exec \"$@\"' sh ";
    if (tiny::run_program("/bin/true", {}, file, hidden + "\"$@\"").code != 0) QSKIP("needs the right to mount");
    const auto ended = tiny::run_program(PANTOGRAPH_PROGRAM, {"--batch", file.string()}, file, hidden + "\"$@\"");
    QVERIFY2(ended.code == 5 && ended.err.find("/proc") != std::string::npos, ended.err.c_str());
  }

  void oddPlugins() {
    const fs::path file = project(), folder = file.parent_path() / "plugins";
    fs::create_directories(folder);
    const fs::path real = fs::path(PANTOGRAPH_BINARY_DIR) / "plugins/pantograph-debian-texts.so";
    const auto whole = fs::file_size(real);
    int number = 0;
    for (const auto size : {std::uintmax_t{0}, std::uintmax_t{40}, std::uintmax_t{700}, whole / 2, whole - 1}) {
      const fs::path cut = folder / ("cut" + std::to_string(number++) + ".so");
      fs::copy_file(real, cut);
      fs::resize_file(cut, size);
    }
    fs::create_directory(folder / "folder.so");
    QCOMPARE(::mkfifo((folder / "fifo.so").c_str(), 0600), 0);
    QCOMPARE(::mkfifo((folder / "fifo2.so").c_str(), 0600), 0);
    const auto ended = tiny::run_program(PANTOGRAPH_PROGRAM, {"--plugins", "--json"}, file,
                                         "export PANTOGRAPH_PLUGINS='" + folder.string() + "'; exec \"$@\"");
    QVERIFY2(ended.code == 0, qPrintable(QString::number(ended.code) + QString::fromStdString(ended.err)));
    int refused = 0;
    const auto listed = nlohmann::json::parse(ended.out);
    for (const auto& plugin : listed.at("plugins")) {
      const std::string error = plugin.at("error");
      if (!plugin.at("path").get<std::string>().starts_with(folder.string())) continue;
      QVERIFY2(error.starts_with("cannot be loaded: "), error.c_str());
      ++refused;
    }
    QCOMPARE(refused, number + 3);
  }

 private:
  fs::path project() {
    const fs::path path = fs::path(dir_.path().toStdString()) / std::to_string(++number_);
    fs::create_directories(path);
    return tiny::make_project(path);
  }
  QTemporaryDir dir_;
  int number_ = 0;
};

QTEST_GUILESS_MAIN(TestSurroundings)
#include "test_surroundings.moc"
