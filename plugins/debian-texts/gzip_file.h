// SPDX-License-Identifier: GPL-3.0-or-later
// A file that may be gzip-compressed, read forwards.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <string>

class GzipFile {
 public:
  /// Error(input) when it cannot be opened or, named .gz or .dz, is not gzip data.
  explicit GzipFile(const std::filesystem::path& path);
  ~GzipFile();
  GzipFile(const GzipFile&) = delete;
  GzipFile& operator=(const GzipFile&) = delete;

  /// Appends up to `bytes` and says how many there were; fewer only at the end. Error(input) for damaged or truncated
  /// data.
  std::size_t read(std::string& out, std::size_t bytes);
  std::uint64_t position() const;  ///< bytes of the file on disk consumed

 private:
  std::filesystem::path path_;
  gzFile file_ = nullptr;
};
