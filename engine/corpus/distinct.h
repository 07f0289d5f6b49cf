// SPDX-License-Identifier: GPL-3.0-or-later
// The documents of an import without those that are near-copies of others.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "corpus/import.h"

namespace pantograph::corpus {

inline constexpr const char* kNearCopyReason = "near-copy";  ///< in ImportSummary::dropped

/// Copies documents.h5 from one folder to another without some train documents (`near_copies`: their numbers,
/// ascending), in the same order. Gives what is left (documents, bytes) and, under `dropped`, what is not. Error(run)
/// for a damaged documents.h5, or a number that there is no document of.
ImportSummary copy_without(const std::filesystem::path& from, const std::vector<std::uint64_t>& near_copies,
                           const std::filesystem::path& to, const TaskContext& task);

/// What an import came to once such documents were left out.
ImportSummary after_leaving_out(ImportSummary imported, const ImportSummary& left);

}  // namespace pantograph::corpus
