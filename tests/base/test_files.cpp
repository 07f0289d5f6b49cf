// SPDX-License-Identifier: GPL-3.0-or-later
// Atomic writes, reading, patterns of paths.
#include <sys/stat.h>

#include <QTemporaryDir>
#include <QtTest>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/small_disk.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

void put(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

class TestFiles : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  fs::path root() const { return dir_.path().toStdString(); }

 private Q_SLOTS:
  void writesAndReads();
  void replacesWhole();
  void failedWriteLeavesTheOld();
  void fullDiskLeavesTheOld();
  void whereItCannotWrite_data();
  void whereItCannotWrite();
  void readFailures();
  void makesDirectories();
};

void TestFiles::writesAndReads() {
  std::string bytes(300'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  write_atomically(root() / "a", bytes);
  QCOMPARE(read_file(root() / "a"), bytes);
  QVERIFY(!fs::exists(root() / "a.part"));
  write_atomically(root() / "a", "");
  QCOMPARE(read_file(root() / "a"), std::string());
  QVERIFY(!read_file("/proc/self/status").empty());  // a file that says it has 0 bytes
}

void TestFiles::replacesWhole() {
  put(root() / "r", "old");
  const fs::path link = root() / "second name";
  fs::create_hard_link(root() / "r", link);
  put(root() / "r.part", "left by a crash, and longer than what follows");
  write_atomically(root() / "r", "new");
  QCOMPARE(read_file(root() / "r"), std::string("new"));
  QCOMPARE(read_file(link), std::string("old"));  // renamed over, not written into
}

void TestFiles::failedWriteLeavesTheOld() {
  put(root() / "kept", "old");
  const auto half = [](const fs::path& part) {
    put(part, "half");
    throw Error(ErrorKind::run, {"broken", "", "", ""});
  };
  QVERIFY_EXCEPTION_THROWN(replace_atomically(root() / "kept", half), Error);
  QCOMPARE(read_file(root() / "kept"), std::string("old"));
  QVERIFY(!fs::exists(root() / "kept.part"));
}

void TestFiles::fullDiskLeavesTheOld() {
  const SmallDisk disk(64);
  if (!disk.mounted()) QSKIP("needs the right to mount a tmpfs");
  write_atomically(disk.path("x"), "old");
  try {
    write_atomically(disk.path("x"), std::string(100'000, 'y'));
    QFAIL("nothing was thrown");
  } catch (const Error& e) {
    QCOMPARE(e.kind(), ErrorKind::run);
    QVERIFY2(std::string(e.what()).find("No space left on device") != std::string::npos, e.what());
  }
  QCOMPARE(read_file(disk.path("x")), std::string("old"));
  QVERIFY(!fs::exists(disk.path("x.part")));
}

void TestFiles::whereItCannotWrite_data() {
  QTest::addColumn<QString>("path");
  put(root() / "plain", "x");
  fs::create_directories(root() / "folder/inner");
  QTest::newRow("below a file") << QString::fromStdString((root() / "plain/x").string());
  QTest::newRow("no such folder") << QString::fromStdString((root() / "nowhere/x").string());
  QTest::newRow("a folder") << QString::fromStdString((root() / "folder").string());
  QTest::newRow("/proc") << "/proc/x";
}

void TestFiles::whereItCannotWrite() {
  QFETCH(QString, path);
  try {
    write_atomically(path.toStdString(), "new");
    QFAIL("nothing was thrown");
  } catch (const Error& e) {
    QCOMPARE(e.kind(), ErrorKind::run);
    QVERIFY2(QString(e.what()).contains(path), e.what());
  }
  QCOMPARE(read_file(root() / "plain"), std::string("x"));
  QVERIFY(fs::is_directory(root() / "folder/inner"));
  QVERIFY(!fs::exists(path.toStdString() + ".part"));
}

void TestFiles::readFailures() {
  for (const fs::path& path : {root() / "missing", root()}) {
    try {
      read_file(path);
      QFAIL("nothing was thrown");
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::input);
      QVERIFY2(std::string(e.what()).find(path.string()) != std::string::npos, e.what());
    }
  }
}

void TestFiles::makesDirectories() {
  make_directories(root() / "d/e/f");
  make_directories(root() / "d/e/f");
  QVERIFY(fs::is_directory(root() / "d/e/f"));
  put(root() / "file", "x");
  QVERIFY_EXCEPTION_THROWN(make_directories(root() / "file"), Error);
  QVERIFY_EXCEPTION_THROWN(make_directories(root() / "file/below"), Error);
}

QTEST_GUILESS_MAIN(TestFiles)
#include "test_files.moc"
