// SPDX-License-Identifier: GPL-3.0-or-later
#include "gzip_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"

using pantograph::Error;
using pantograph::ErrorKind;

GzipFile::GzipFile(const std::filesystem::path& path) : path_(path) {
  std::error_code code;
  if (std::filesystem::is_directory(path, code)) {
    throw Error(ErrorKind::input, {"is a folder", path.string(), "a readable file", "Check the path."});
  }
  file_ = gzopen(path.c_str(), "rb");
  if (!file_) {
    throw Error(ErrorKind::input, {std::string("cannot be opened: ") + std::strerror(errno), path.string(),
                                   "a readable file", "Check the path and its permissions."});
  }
  gzbuffer(file_, 1 << 17);
  if ((path.extension() == ".gz" || path.extension() == ".dz") && gzdirect(file_)) {
    gzclose(file_);
    throw Error(ErrorKind::input, {"is not gzip data", path.string(), "a complete gzip file, as its name says",
                                   "Rename the file or copy it again."});
  }
}

GzipFile::~GzipFile() {
  gzclose(file_);
}

std::size_t GzipFile::read(std::string& out, std::size_t bytes) {
  std::size_t got = 0;
  char piece[1 << 15];
  while (got < bytes) {
    const int n = gzread(file_, piece, static_cast<unsigned>(std::min(sizeof piece, bytes - got)));
    int code = Z_OK;
    const char* text = gzerror(file_, &code);
    if (n < 0 || (code != Z_OK && code != Z_STREAM_END)) {
      throw Error(ErrorKind::input, {std::string("damaged or truncated compressed data (") + text + ")", path_.string(),
                                     "a complete file", "Copy or install the file again."});
    }
    if (n == 0) break;
    out.append(piece, static_cast<std::size_t>(n));
    got += static_cast<std::size_t>(n);
  }
  return got;
}

std::uint64_t GzipFile::position() const {
  const auto at = gzoffset(file_);
  return at > 0 ? static_cast<std::uint64_t>(at) : 0;
}
