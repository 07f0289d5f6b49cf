// SPDX-License-Identifier: GPL-3.0-or-later
// Files that are either wholly there or not at all.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace pantograph {

/// Writes aside (PATH.part), syncs, renames over `path`, syncs the folder. Throws Error(run) naming the path and
/// errno's text (full disk, no permission); then `path` is as it was and the part is removed.
void write_atomically(const std::filesystem::path& path, std::string_view content);

/// The same for content that `write` produces into the given temporary path.
void replace_atomically(const std::filesystem::path& path,
                        const std::function<void(const std::filesystem::path&)>& write);

/// Whole content. Throws Error(kind input) when it is missing or unreadable.
std::string read_file(const std::filesystem::path& path);

/// Makes the folder and its parents; Error(run) with the reason when it cannot.
void make_directories(const std::filesystem::path& path);

/// fsync on a file or folder; Error(run) on failure.
void sync_path(const std::filesystem::path& path);

}  // namespace pantograph
