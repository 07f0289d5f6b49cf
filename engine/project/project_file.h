// SPDX-License-Identifier: GPL-3.0-or-later
// NAME.pantograph: the project as TOML.
#pragma once

#include <filesystem>
#include <string>

#include "project/project.h"

namespace pantograph::project {

/// Reads, migrates and validates. Throws Error(project) naming file, line and key for: bad TOML, an unknown key (with
/// the nearest known one), a wrong type, a value out of range, a reference to a corpus, network or domain that is not
/// declared, a schema newer than kProjectSchema.
Project load_project(const std::filesystem::path& file);

/// The file's text, unread. Error(project) where it is no file, or larger than any project.
std::string read_project_text(const std::filesystem::path& file);

/// The same from text; `file` is used in messages and for relative paths.
Project parse_project(const std::string& toml, const std::filesystem::path& file);

/// The same without the rules between settings, for edits in progress.
Project parse_unchecked(const std::string& toml, const std::filesystem::path& file);

/// `settings` are "key=value" as `--set` takes them: dotted path into the file, e.g. clustering.clusters=8,
/// method.slm-pn.generic.tokens=2M, network.small.width=96, corpus.law.max_documents=100; value in TOML, a bare word is
/// a string.
Project load_project(const std::filesystem::path& file, const std::vector<std::string>& settings);

/// Complete TOML that load_project reads back to an equal value. Settings at their default are left out.
std::string format_project(const Project& project);

/// `text` with what `project` has otherwise, and no other change: comments, order and alignment stay, and so does how
/// values are written. It reads back to an equal value. A part that has no place for an edit is written anew, and so is
/// all of it where it is no project's text.
std::string edit_project(const std::string& text, const Project& project);

/// Writes atomically, as an edit of what is there.
void save_project(const Project& project, const std::filesystem::path& file);
/// The same as an edit of `like`, the text that the project was read from; empty: as new text. Gives what was written.
std::string save_project(const Project& project, const std::filesystem::path& file, const std::string& like);

/// Throws Error(project) when the value breaks a rule (the rules of load_project that do not need the file).
void validate_project(const Project& project);

}  // namespace pantograph::project
