// SPDX-License-Identifier: GPL-3.0-or-later
// What of a project's artifacts is of no more use, and taking it away. Runs are not part of it: they stay until their
// user deletes them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "job/runs.h"

namespace pantograph::job {

struct PruneItem {
  enum Kind {
    former,       ///< an artifact of a format that this program does not read
    unused,       ///< data of earlier settings: an import, a tokenizer, tokens, a clustering; made again when wanted
    checkpoints,  ///< of a finished run that is not to keep them
    leftover,     ///< of a crash: *.part, *.damaged, a folder that was begun and is of no step
    declaration,  ///< a project's text that no run refers to any more
  } kind = leftover;
  std::filesystem::path path;  ///< file or folder
  std::uint64_t bytes = 0;
};
const char* to_string(PruneItem::Kind kind);  ///< for people: "former format", "unused data", …

struct PrunePlan {
  std::vector<PruneItem> items;  ///< by kind, then path
  std::uint64_t bytes() const;
};

class StepGraph;
/// What can go as the project is declared now. Sizes are as of now.
PrunePlan plan_prune(const std::filesystem::path& artifacts, const StepGraph& graph, const RunList& runs);

/// Takes the items away and gives the bytes that were freed. Nothing outside of `artifacts` is touched. The caller
/// holds the project's lock. Error(run) naming the first that could not be removed, after trying all.
std::uint64_t prune(const std::filesystem::path& artifacts, const PrunePlan& plan);

}  // namespace pantograph::job
