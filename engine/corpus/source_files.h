// SPDX-License-Identifier: GPL-3.0-or-later
// Which files a corpus names, and which it leaves out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "project/project.h"

namespace pantograph::corpus {

enum class Split { train, validation, test };
inline constexpr int kSplits = 3;
const char* to_string(Split split);

struct SourceFile {
  std::filesystem::path path;
  bool has_split = false;  ///< the user's own; else the seed splits
  Split split = Split::train;
};

/// What lies in the folders that a corpus names and is not read.
struct SourcesLeftOut {
  std::map<std::string, std::uint64_t> other_kinds;  ///< files that its reader does not take, by ending: ".csv", "none"
  std::map<std::string, std::uint64_t> passed_over;  ///< by rule (base/find_files.h): "hidden", "version control", …
  std::uint64_t excluded = 0;                        ///< by the corpus' own patterns
};

struct Sources {
  std::vector<SourceFile> files;
  SourcesLeftOut left_out;
  std::vector<std::string> unmatched;  ///< patterns of `exclude` that fit nothing
};

/// `exclude`: a pattern without a slash fits a file's or a folder's name wherever it lies below the project or the
/// folder that is named; one with a slash is a path, relative to the project or absolute. A folder goes with all that
/// it holds. Error(input) for a pattern that no file fits, for a folder that cannot be listed, where nothing is left.
Sources source_files(const project::CorpusSpec& corpus, const std::filesystem::path& project_folder);

}  // namespace pantograph::corpus
