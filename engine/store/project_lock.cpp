// SPDX-License-Identifier: GPL-3.0-or-later
// The lock on a project's artifacts.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "store/artifact.h"

namespace pantograph::store {
namespace {

enum class Locking { taken, held_elsewhere, impossible };

/// flock(), and where the file system has none (some network mounts, FUSE) a lock on the file's bytes that belongs to
/// the open file as well. A program that can use the first one never tries the second, so all take the same.
Locking lock_file(int descriptor) {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return Locking::taken;
  if (errno == EWOULDBLOCK) return Locking::held_elsewhere;
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(descriptor, F_OFD_SETLK, &whole) == 0) return Locking::taken;
  return errno == EAGAIN || errno == EACCES ? Locking::held_elsewhere : Locking::impossible;
}

}  // namespace

ProjectLock::ProjectLock(const std::filesystem::path& artifacts_root) {
  make_directories(artifacts_root);
  const auto file = artifacts_root / "lock";
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0) {
    throw Error(ErrorKind::run, {fmt::format("cannot lock the project: {}", std::strerror(errno)), file.string(), "",
                                 "Check the folder's permissions."});
  }
  const Locking locking = lock_file(descriptor_);
  if (locking == Locking::held_elsewhere) {
    char holder[256] = {};
    const ssize_t n = ::pread(descriptor_, holder, sizeof(holder) - 1, 0);
    ::close(descriptor_);
    std::string who = n > 0 ? std::string(holder, static_cast<std::size_t>(n)) : "another process";
    while (!who.empty() && who.back() == '\n') who.pop_back();
    throw Error(ErrorKind::run, {"the project is in use by " + who, artifacts_root.string(), "",
                                 "Wait for it, or close the other window."});
  }
  if (locking == Locking::impossible) {
    warning_ = fmt::format(
        "{} is on a file system that cannot lock files ({}), so nothing keeps a second Pantograph from writing there "
        "at "
        "the same time. Run one at a time.",
        artifacts_root.string(), std::strerror(errno));
  }
  char host[128] = {};
  ::gethostname(host, sizeof(host) - 1);
  const std::string me = fmt::format("process {} on {}\n", ::getpid(), host);
  if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, me.data(), me.size(), 0) < 0) {
    // Only the name of the holder is lost; the lock holds.
  }
}

bool ProjectLock::held(const std::filesystem::path& artifacts_root) {
  struct stat info {};
  if (::stat((artifacts_root / "lock").c_str(), &info) != 0) return false;
  // Trying it would keep out, for a moment, a program that wants it.
  std::ifstream locks("/proc/locks");
  const std::string inode = fmt::format(":{} ", info.st_ino);
  for (std::string line; std::getline(locks, line);) {
    if (line.find(inode) != std::string::npos && line.find("->") == std::string::npos) return true;
  }
  return false;
}

ProjectLock::~ProjectLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace pantograph::store
