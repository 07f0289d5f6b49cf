// SPDX-License-Identifier: GPL-3.0-or-later
// Artifacts: keys, states, manifests; the lock on a project.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <array>
#include <cstddef>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "store/artifact.h"

using namespace pantograph;
using nlohmann::json;
namespace fs = std::filesystem;

class TestArtifact : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  fs::path path(const std::string& name) const { return fs::path(dir_.path().toStdString()) / name; }

 private Q_SLOTS:
  void keyDependsOnEverything();
  void life();
  void staleWhenAnotherIsComplete();
  void replacedInPlace();
  void brokenManifestIsNotComplete();
  void jsonFiles();
  void folderThatCannotBeMade();
  void lockHoldsOneOwner();
  void lockOfADeadProcessIsFree();
  void fileSystemWithoutFlock();
};

void TestArtifact::keyDependsOnEverything() {
  const json settings = {{"k", 16}, {"rate", 0.1}};
  const std::string key = artifact_key("cluster", 1, settings, {"aa", "bb"});
  QCOMPARE(key.size(), 16U);
  QVERIFY(key.find_first_not_of("0123456789abcdef") == std::string::npos);
  QCOMPARE(artifact_key("cluster", 1, json::parse(R"({"rate": 0.1, "k": 16})"), {"aa", "bb"}), key);
  QVERIFY(artifact_key("import", 1, settings, {"aa", "bb"}) != key);
  QVERIFY(artifact_key("cluster", 2, settings, {"aa", "bb"}) != key);
  QVERIFY(artifact_key("cluster", 1, {{"k", 17}, {"rate", 0.1}}, {"aa", "bb"}) != key);
  QVERIFY(artifact_key("cluster", 1, {{"k", 16}, {"rate", 0.1000000000000001}}, {"aa", "bb"}) != key);
  QVERIFY(artifact_key("cluster", 1, settings, {"bb", "aa"}) != key);
  QVERIFY(artifact_key("cluster", 1, settings, {"aabb"}) != key);
  QVERIFY(artifact_key("cluster", 1, settings, {}) != key);
}

void TestArtifact::life() {
  const Artifact a(path("life"), "import/law", "0123456789abcdef");
  QCOMPARE(a.folder(), path("life") / "import/law/0123456789abcdef");
  QVERIFY(!a.started() && !a.complete() && !a.has_other());
  a.begin();
  QVERIFY(a.started() && !a.complete());
  a.finish({{"reader", "text"}}, {{"source", "ff"}}, 90.5);
  QVERIFY(a.complete() && !a.started() && !a.has_other());
  const json m = a.manifest();
  QCOMPARE(m.at("step").get<std::string>(), std::string("import/law"));
  QCOMPARE(m.at("key").get<std::string>(), std::string("0123456789abcdef"));
  QCOMPARE(m.at("settings"), (json{{"reader", "text"}}));
  QCOMPARE(m.at("inputs"), (json{{"source", "ff"}}));
  QCOMPARE(m.at("seconds").get<double>(), 90.5);
  QVERIFY(m.at("program").get<std::string>().starts_with("pantograph "));
  const auto time = [&](const char* key) {
    return QDateTime::fromString(QString::fromStdString(m.at(key).get<std::string>()), Qt::ISODate);
  };
  QVERIFY(time("finished").isValid());
  QCOMPARE(time("finished").timeSpec(), Qt::UTC);
  QVERIFY(qAbs(time("finished").secsTo(QDateTime::currentDateTimeUtc())) < 60);
  QVERIFY(qAbs(time("started").secsTo(time("finished")) - 90) <= 1);
}

void TestArtifact::staleWhenAnotherIsComplete() {
  const Artifact old(path("stale"), "cluster", "1111111111111111"), now(path("stale"), "cluster", "2222222222222222");
  old.begin();
  QVERIFY(!now.has_other());  // begun is not complete
  old.finish({}, {}, 0);
  QVERIFY(now.has_other() && !now.complete());
  QVERIFY(!old.has_other());
  now.begin();
  now.finish({}, {}, 0);
  QVERIFY(old.complete() && now.complete());  // going back finds the old one
  const Artifact outer(path("stale"), "pretrain", "3333333333333333");
  const Artifact inner(path("stale"), "pretrain/slm", "4444444444444444");
  inner.begin();
  inner.finish({}, {}, 0);
  QVERIFY(!outer.has_other());
}

void TestArtifact::replacedInPlace() {
  const Artifact old = Artifact::fixed(path("fixed"), "report", "1111111111111111");
  const Artifact now = Artifact::fixed(path("fixed"), "report", "2222222222222222");
  QCOMPARE(now.folder(), path("fixed") / "report");
  old.begin();
  old.finish({}, {}, 0);
  QVERIFY(old.complete() && !now.complete() && now.has_other() && !old.has_other());
  now.finish({}, {}, 0);
  QVERIFY(now.complete() && !old.complete());
}

void TestArtifact::brokenManifestIsNotComplete() {
  const Artifact a(path("broken"), "tokenizer", "0123456789abcdef");
  a.begin();
  for (const char* text :
       {"", "{", "[]", "{\"step\": 3}", R"({"step":"tokenizer","key":"other"})", R"({"step":"tokenizer","key":7})"}) {
    write_atomically(a.file("manifest.json"), text);
    QVERIFY2(!a.complete(), text);
  }
  write_atomically(a.file("manifest.json"), "{");
  try {
    a.manifest();
    QFAIL("nothing was thrown");
  } catch (const Error& e) {
    QCOMPARE(e.kind(), ErrorKind::run);
    const std::string message = e.what();
    QVERIFY2(message.find("manifest.json: broken JSON") != std::string::npos, message.c_str());
    QVERIFY2(message.find("Delete the folder " + a.folder().string()) != std::string::npos, message.c_str());
  }
}

void TestArtifact::jsonFiles() {
  const Artifact a(path("json"), "tokenizer", "0123456789abcdef");
  a.begin();
  const json value = {{"a", 0.1 + 0.2}, {"b", {1, 2}}, {"broken utf-8", "\xff"}};
  a.write_json("summary.json", value);
  QCOMPARE(a.read_json("summary.json").at("a").get<double>(), 0.1 + 0.2);
  QVERIFY_EXCEPTION_THROWN(a.read_json("other.json"), Error);
}

void TestArtifact::folderThatCannotBeMade() {
  write_atomically(path("plain"), "x");
  const Artifact a(path("plain"), "tokenizer", "0123456789abcdef");
  QVERIFY(!a.started() && !a.complete() && !a.has_other());
  try {
    a.begin();
    QFAIL("nothing was thrown");
  } catch (const Error& e) {
    QCOMPARE(e.kind(), ErrorKind::run);
  }
  QCOMPARE(read_file(path("plain")), std::string("x"));
  QVERIFY_EXCEPTION_THROWN(ProjectLock(path("plain")), Error);
}

void TestArtifact::lockHoldsOneOwner() {
  {
    const ProjectLock lock(path("locked"));
    try {
      const ProjectLock second(path("locked"));
      QFAIL("locked twice");
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::run);
      const std::string message = e.what();
      QVERIFY2(message.find("in use by process " + std::to_string(::getpid()) + " on ") != std::string::npos,
               message.c_str());
    }
    const ProjectLock other(path("another"));
  }
  const ProjectLock again(path("locked"));
}

void TestArtifact::lockOfADeadProcessIsFree() {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      new ProjectLock(path("dead"));
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);  // without unlocking, as a crash would
  }
  int status = -1;
  QCOMPARE(::waitpid(child, &status, 0), child);
  QCOMPARE(status, 0);
  const ProjectLock lock(path("dead"));
  QVERIFY(read_file(path("dead") / "lock").find("process " + std::to_string(::getpid())) == 0);
}

namespace {

constexpr int kFlock = 1, kByteLocks = 2;

/// From now on this process gets ENOLCK for these calls, as on a file system that has no locks.
bool refuse_locks(int which) {
  const auto refuse = [](unsigned number) {
    return std::array<sock_filter, 2>{
        {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOLCK)}};
  };
  std::vector<sock_filter> filter = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  if ((which & kFlock) != 0) {
    for (const auto& one : refuse(SYS_flock)) filter.push_back(one);
  }
  if ((which & kByteLocks) != 0) {
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 3));
    filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[1])));
    for (const auto& one : refuse(F_OFD_SETLK)) filter.push_back(one);
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// In a child that has no such locks: 0 locked without a word, 1 with a warning, 2 refused as in use, 9 no seccomp
/// here.
int locked_without(int which, const fs::path& root) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!refuse_locks(which)) ::_exit(9);
    try {
      const ProjectLock lock(root);
      const bool told = lock.warning().find("cannot lock files") != std::string::npos;
      ::_exit(told ? 1 : lock.warning().empty() ? 0 : 8);
    } catch (const Error& e) {
      ::_exit(std::string(e.what()).find("in use by") != std::string::npos ? 2 : 8);
    }
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

void TestArtifact::fileSystemWithoutFlock() {
  const fs::path root = path("no flock");
  const int alone = locked_without(kFlock, root);
  if (alone == 9) QSKIP("no seccomp here");
  QCOMPARE(alone, 0);
  // Another holder of the second sort of lock, as a program on the same file system would be.
  const int file = ::open((root / "lock").c_str(), O_RDWR | O_CLOEXEC);
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  QCOMPARE(::fcntl(file, F_OFD_SETLK, &whole), 0);
  QCOMPARE(locked_without(kFlock, root), 2);
  ::close(file);
  QCOMPARE(locked_without(kFlock, root), 0);
  QCOMPARE(locked_without(kFlock | kByteLocks, root), 1);
}

QTEST_GUILESS_MAIN(TestArtifact)
#include "test_artifact.moc"
