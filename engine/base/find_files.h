// SPDX-License-Identifier: GPL-3.0-or-later
// Files by names and patterns. In a pattern * stands for any characters of one name, ? for one character, ** for any
// number of folders; every other character, brackets too, stands for itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pantograph {

/// Whether one name, without slashes, fits a pattern. ? takes a whole UTF-8 character. A point at the beginning is
/// matched by a point only, as in a shell.
bool name_fits(std::string_view name, std::string_view pattern);

/// Whether a path, in its parts, fits a pattern, in its parts; both lexically normal.
bool path_fits(const std::filesystem::path& path, const std::filesystem::path& pattern);

/// Absolute, without . and .. and without a slash at the end, by the text alone: for comparing paths.
std::filesystem::path normal_path(const std::filesystem::path& base, const std::filesystem::path& path);

struct FoundFile {
  std::filesystem::path path;
  bool below_folder = false;  ///< it lies in a folder that the pattern fits, and does not fit itself
};

struct FoundFiles {
  std::vector<FoundFile> files;  ///< sorted, each once
  /// What a folder holds that is not taken, and how many: "hidden", "version control", "links to nowhere", …
  std::map<std::string, std::uint64_t> passed_over;
  std::vector<std::filesystem::path> unreadable;  ///< folders that could not be listed
};

/// A pattern that names a folder gives every file below it, but hidden ones and those of version control: links to
/// folders are followed, each folder is read once. What a pattern names in full is taken whatever it is called. `~` is
/// not expanded. Paths come as `base` / what the pattern says, or absolute. `poll` is called for each folder that is
/// listed, and may throw to end it.
FoundFiles find_files(const std::filesystem::path& base, const std::string& pattern,
                      const std::function<void()>& poll = {});

/// Only the files.
std::vector<std::filesystem::path> expand_paths(const std::filesystem::path& base, const std::string& pattern,
                                                const std::function<void()>& poll = {});

}  // namespace pantograph
