// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/file_stamp.h"

#include <sys/stat.h>

namespace pantograph {

std::optional<FileStamp> file_stamp(const std::filesystem::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return FileStamp{info.st_ino, static_cast<std::uint64_t>(info.st_size), info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

}  // namespace pantograph
