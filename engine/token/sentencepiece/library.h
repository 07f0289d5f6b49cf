// SPDX-License-Identifier: GPL-3.0-or-later
// Finds and loads the SentencePiece module.
#pragma once

#include "token/sentencepiece/api.h"

namespace pantograph {

/// Loaded at the first call, kept for good; thread-safe. Looks beside the installed program's libraries, then in the
/// build tree. Error(run) naming the places tried when it cannot be loaded.
const SentencePieceApi& sentencepiece_api();

}  // namespace pantograph
