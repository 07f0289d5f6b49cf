// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"

namespace pantograph {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const std::string& what, const fs::path& path, int code) {
  std::string remedy = "Check the path and its permissions.";
  if (code == ENOSPC || code == EDQUOT)
    remedy = "Free space on that disk and run again; nothing that was there has changed.";
  throw Error(ErrorKind::run, {what + ": " + std::strerror(code), path.string(), "", remedy});
}

void write_all(int fd, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot write", path, errno);
    content.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace

void sync_path(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail("cannot open to sync", path, errno);
  const int result = ::fsync(fd);
  const int code = errno;
  ::close(fd);
  if (result != 0 && code != EINVAL) fail("cannot sync", path, code);
}

void replace_atomically(const fs::path& named, const std::function<void(const fs::path&)>& write) {
  std::error_code code;
  // What a link points to is replaced, not the link.
  const fs::path path = fs::is_symlink(named, code) ? fs::weakly_canonical(named) : named;
  const fs::path part = path.string() + ".part";
  try {
    write(part);
    sync_path(part);
    if (::rename(part.c_str(), path.c_str()) != 0) fail("cannot rename", path, errno);
  } catch (...) {
    std::error_code ignored;
    fs::remove(part, ignored);
    throw;
  }
  sync_path(path.has_parent_path() ? path.parent_path() : fs::path("."));
}

void write_atomically(const fs::path& path, std::string_view content) {
  replace_atomically(path, [&](const fs::path& part) {
    const int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) fail("cannot create", part, errno);
    try {
      write_all(fd, content, part);
    } catch (...) {
      ::close(fd);
      throw;
    }
    if (::close(fd) != 0) fail("cannot close", part, errno);
  });
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::error_code ignored;
  if (!in || fs::is_directory(path, ignored)) {
    throw Error(ErrorKind::input,
                {"cannot be read", path.string(), "a readable file", "Check the path and its permissions."});
  }
  std::string content;
  const auto size = fs::file_size(path, ignored);
  if (!ignored) content.reserve(size);  // a hint: files in /proc have size 0, others may grow
  std::array<char, 64 << 10> buffer;
  while (in.read(buffer.data(), buffer.size()), in.gcount() > 0)
    content.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
  if (in.bad()) {
    throw Error(ErrorKind::input, {"cannot be read to its end", path.string(), "", "Check the disk that it is on."});
  }
  return content;
}

void make_directories(const fs::path& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code && !fs::is_directory(path)) fail("cannot create the folder", path, code.value());
}

}  // namespace pantograph
