// SPDX-License-Identifier: GPL-3.0-or-later
// What two projects differ in, setting by setting: for comparing runs, and for bringing together two edits of one file.
#pragma once

#include <string>
#include <vector>

#include "project/setting_list.h"

namespace pantograph::project {

struct SettingDifference {
  /// As `--set` writes it: "seed", "method.slm-pn.generic.tokens". A corpus, network or method that only one has is one
  /// difference, "method.slm-pn"; another order of those that both have is one, "method".
  std::string key;
  std::string a, b;  ///< as TOML: a value, a table in braces, the names in their order; empty: not there
  Effect effect = Effect::result;
};

/// In the order of setting_list(). Corpora, networks and methods are told by their names.
std::vector<SettingDifference> differing_settings(const Project& a, const Project& b);

/// What `project` has at a key of differing_settings(), as TOML; empty: no such table.
std::string setting_at(const Project& project, const std::string& key);

/// Gives `to` what `from` has at a key of differing_settings(to, from); other keys change nothing. The rules between
/// settings may be broken then: validate_project() says so.
void take_setting(Project& to, const Project& from, const std::string& key);

/// A setting that two edits of `base` leave different.
struct MergeChoice {
  std::string key, base, mine, theirs;  ///< as above
  bool take_theirs = false;             ///< proposed: only they changed it
  bool conflict = false;                ///< both changed it
};
std::vector<MergeChoice> merge_choices(const Project& base, const Project& mine, const Project& theirs);

/// `mine` with theirs where `take_theirs` says so.
Project merged(const Project& mine, const Project& theirs, const std::vector<MergeChoice>& choices);

}  // namespace pantograph::project
