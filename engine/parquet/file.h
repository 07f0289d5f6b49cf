// SPDX-License-Identifier: GPL-3.0-or-later
// A file that is read at any place.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace pantograph::parquet {

class File {
 public:
  explicit File(std::filesystem::path path);  ///< Error(input) when it cannot be opened
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// Error(input) when the file has no `bytes` there.
  void read(std::uint64_t offset, std::uint64_t bytes, std::string& out) const;
  std::uint64_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace pantograph::parquet
