// SPDX-License-Identifier: GPL-3.0-or-later
// Finds and loads the SentencePiece module, and finds what lies beside it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "token/sentencepiece/api.h"

namespace pantograph::token {

/// Where a file that belongs to the program may be: beside the installed program's libraries, wherever that was moved
/// to, beside the program, in the build tree.
std::vector<std::filesystem::path> companion_places(const std::string& name);

/// Loaded at the first call, kept for good; thread-safe. Of the companion places the first one is taken. Error(run)
/// naming the places tried when it cannot be loaded.
const SentencePieceApi& sentencepiece_api();

}  // namespace pantograph::token
