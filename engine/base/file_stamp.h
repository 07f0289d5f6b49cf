// SPDX-License-Identifier: GPL-3.0-or-later
// What tells one state of a file from the next without reading it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace pantograph {

struct FileStamp {
  std::uint64_t inode = 0, bytes = 0;
  std::int64_t seconds = 0, nanoseconds = 0;  ///< of the last change, since 1970
  bool operator==(const FileStamp&) const = default;
};

/// Nothing when there is no regular file at the path (links are followed).
std::optional<FileStamp> file_stamp(const std::filesystem::path& file);

}  // namespace pantograph
