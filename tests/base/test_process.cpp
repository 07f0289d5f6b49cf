// SPDX-License-Identifier: GPL-3.0-or-later
// What the process has from its system: stop signals, threads, libraries' files.
#include <elf.h>
#include <sys/stat.h>

#include <QTemporaryDir>
#include <QTest>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "base/shared_library.h"
#include "base/threads.h"

using namespace pantograph;
namespace fs = std::filesystem;

class TestProcess : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void stopRequests() {
    QVERIFY(heard_stop_signal(SIGHUP) == StopRequest::first);
    QVERIFY(heard_stop_signal(SIGHUP) == StopRequest::again);
    QVERIFY(heard_stop_signal(SIGTERM) == StopRequest::again);  // within the same second
    QTest::qSleep(1100);
    QVERIFY(heard_stop_signal(SIGHUP) == StopRequest::again);
    QVERIFY(heard_stop_signal(SIGXCPU) == StopRequest::again);
    for (const int signal : {SIGINT, SIGTERM, SIGQUIT}) QVERIFY(heard_stop_signal(signal) == StopRequest::insistent);
  }

  void programPath() {
    QCOMPARE(QString::fromStdString(program_path().string()), QCoreApplication::applicationFilePath());
  }

  void threads() {
    const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    QCOMPARE(usable_threads(0), cores);
    QCOMPARE(usable_threads(3), 3);
    const int many = usable_threads(100'000);
    QVERIFY(many >= 1 && many <= std::max(16, 2 * cores));
  }

  void wholeLibraries() {
    const fs::path plugin = fs::path(PANTOGRAPH_BINARY_DIR) / "plugins/pantograph-debian-texts.so";
    QCOMPARE(library_fault(plugin), std::string());
    fs::create_symlink(plugin, path("link.so"));
    QCOMPARE(library_fault(path("link.so")), std::string());
  }

  void damagedLibraries() {
    const std::string whole = read_file(fs::path(PANTOGRAPH_BINARY_DIR) / "plugins/pantograph-debian-texts.so");
    const auto fault = [&](const std::string& bytes) {
      write_atomically(path("damaged.so"), bytes);
      return library_fault(path("damaged.so"));
    };
    for (std::size_t size = 0; size < whole.size(); size += size < 1000 ? 37 : 10007) {
      QVERIFY2(!fault(whole.substr(0, size)).empty(), std::to_string(size).c_str());
    }
    QVERIFY(!fault(whole.substr(0, whole.size() - 1)).empty());
    // Every byte of both headers, changed: a fault, or what a loader may take; never a crash.
    for (std::size_t at = 0; at < 64 + 10 * sizeof(Elf64_Phdr); ++at) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ 0xFF);
      fault(changed);
    }
    QVERIFY(fault("\x7f"
                  "ELF" +
                  std::string(300, '\xff'))
                .find("another sort of processor") != std::string::npos);
  }

  void noLibraries() {
    QCOMPARE(library_fault(path("absent.so")), std::string("No such file or directory"));
    QCOMPARE(library_fault(dir_.path().toStdString()), std::string("not a regular file"));
    QCOMPARE(::mkfifo(path("fifo.so").c_str(), 0600), 0);
    QCOMPARE(library_fault(path("fifo.so")), std::string("not a regular file"));
    QCOMPARE(library_fault("/dev/zero"), std::string("not a regular file"));
    QVERIFY(library_fault(path_of_text()).find("no ELF header") != std::string::npos);
  }

 private:
  fs::path path(const std::string& name) const { return fs::path(dir_.path().toStdString()) / name; }
  fs::path path_of_text() const {
    write_atomically(path("text.so"), std::string(500, 'a'));
    return path("text.so");
  }
  QTemporaryDir dir_;
};

QTEST_GUILESS_MAIN(TestProcess)
#include "test_process.moc"
