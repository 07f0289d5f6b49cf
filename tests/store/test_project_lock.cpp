// SPDX-License-Identifier: GPL-3.0-or-later
// The lock on a project's artifacts.
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

#include "base/error.h"
#include "base/files.h"
#include "store/artifact.h"

using namespace pantograph;
namespace fs = std::filesystem;

class TestProjectLock : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  fs::path path(const std::string& name) const { return fs::path(dir_.path().toStdString()) / name; }

 private Q_SLOTS:
  void lockHoldsOneOwner();
  void lockIsSeenFromOutside();
  void lockOfADeadProcessIsFree();
  void fileSystemWithoutFlock();
};

void TestProjectLock::lockIsSeenFromOutside() {
  QVERIFY(!store::ProjectLock::held(path("seen")));
  {
    const store::ProjectLock lock(path("seen"));
    QVERIFY(store::ProjectLock::held(path("seen")));
    QVERIFY(!store::ProjectLock::held(path("unseen")));
  }
  QVERIFY(!store::ProjectLock::held(path("seen")));
}

void TestProjectLock::lockHoldsOneOwner() {
  {
    const store::ProjectLock lock(path("locked"));
    try {
      const store::ProjectLock second(path("locked"));
      QFAIL("locked twice");
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::run);
      const std::string message = e.what();
      QVERIFY2(message.find("in use by process " + std::to_string(::getpid()) + " on ") != std::string::npos,
               message.c_str());
    }
    const store::ProjectLock other(path("another"));
  }
  const store::ProjectLock again(path("locked"));
}

void TestProjectLock::lockOfADeadProcessIsFree() {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      new store::ProjectLock(path("dead"));
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);  // without unlocking, as a crash would
  }
  int status = -1;
  QCOMPARE(::waitpid(child, &status, 0), child);
  QCOMPARE(status, 0);
  const store::ProjectLock lock(path("dead"));
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
      const store::ProjectLock lock(root);
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

void TestProjectLock::fileSystemWithoutFlock() {
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

QTEST_GUILESS_MAIN(TestProjectLock)
#include "test_project_lock.moc"
