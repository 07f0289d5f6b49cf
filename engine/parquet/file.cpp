// SPDX-License-Identifier: GPL-3.0-or-later
#include "parquet/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace pantograph::parquet {

File::File(std::filesystem::path path) : path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) {
    const std::string why = std::strerror(errno);
    if (descriptor_ >= 0) ::close(descriptor_);
    throw Error(ErrorKind::input,
                {"cannot be opened: " + why, path_.string(), "a readable file", "Check the path and its permissions."});
  }
  if (!S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    throw Error(ErrorKind::input, {"is not a regular file", path_.string(), "a readable file", "Check the path."});
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

File::~File() {
  ::close(descriptor_);
}

void File::read(std::uint64_t offset, std::uint64_t bytes, std::string& out) const {
  std::string why = "it has become shorter";
  if (bytes <= size_ && offset <= size_ - bytes) {
    out.resize(bytes);
    std::uint64_t done = 0;
    while (done < bytes) {
      const ::ssize_t got = ::pread(descriptor_, out.data() + done, bytes - done, static_cast<::off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) why = std::strerror(errno);
      if (got <= 0) break;
      done += static_cast<std::uint64_t>(got);
    }
    if (done == bytes) return;
  }
  throw Error(ErrorKind::input, {"cannot be read: " + why, path_.string() + ": byte " + std::to_string(offset),
                                 std::to_string(bytes) + " bytes", "Copy or download the file again."});
}

}  // namespace pantograph::parquet
