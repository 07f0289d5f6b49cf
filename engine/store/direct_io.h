// SPDX-License-Identifier: GPL-3.0-or-later
// Large blocks between memory and disk without the page cache. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

namespace pantograph::store::detail {

/// A second descriptor of a file, for what is written once and seldom read: copying a checkpoint into fresh pages of
/// the cache costs more processor time than all the rest of saving it, and training wants that time. A file system may
/// refuse at any call; the caller then moves the bytes the usual way.
class DirectIo {
 public:
  /// `path` exists; `flags` as for open().
  DirectIo(const std::filesystem::path& path, int flags);
  ~DirectIo();
  DirectIo(const DirectIo&) = delete;
  DirectIo& operator=(const DirectIo&) = delete;

  /// Bytes before the next offset at which write() can start.
  static std::size_t misaligned(std::uint64_t offset);

  /// Writes from the front of `data` as many whole blocks as fit into `size`, `offset` being aligned. Returns the bytes
  /// written; fewer than those blocks, with errno, when the file system refuses or fails.
  std::size_t write(const char* data, std::size_t size, std::uint64_t offset);

  /// Up to kPiece bytes of the file from aligned `offset`, valid until the next call; empty at the file's end, nothing
  /// when the file system refuses or fails.
  std::optional<std::string_view> read(std::uint64_t offset);

  static constexpr std::size_t kPiece = 2U << 20;

 private:
  struct Free {
    void operator()(char* p) const;
  };
  int descriptor_ = -1;
  std::unique_ptr<char, Free> buffer_;  ///< kPiece bytes, aligned as the kernel wants it
};

}  // namespace pantograph::store::detail
