// SPDX-License-Identifier: GPL-3.0-or-later
// The rules that a project's values keep, apart from the file that they come from. Inside this room only.
#pragma once

#include <string>
#include <vector>

#include "project/project.h"

namespace pantograph::project::detail {

/// A broken rule, for the caller to add the file and line to.
struct Violation {
  std::string key;  ///< as `--set` writes it: "corpus.law.role"
  std::string found, expected, remedy;
};

/// Throws the first Violation.
void check_rules(const Project& project);

/// "a, b or c", in quotes; "nothing" for an empty list.
std::string list_words(const std::vector<std::string>& words);

/// The word of `known` nearest to `word` by edit distance, "" when none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& known);

}  // namespace pantograph::project::detail
