// SPDX-License-Identifier: GPL-3.0-or-later
// A project to its file: as new text, without what is at its default, or as an edit of the text that is there.
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "project/project_edit.h"
#include "project/project_file.h"
#include "project/setting_text.h"
#include "project/toml_edit.h"

namespace pantograph::project {
namespace {

/// Whether `text` reads back to the project's value.
bool reads_back(const std::string& text, const Project& project) {
  try {
    return parse_project(text, project.file) == project;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

std::string format_project(const Project& project) {
  Project base;
  base.schema = 0;  // written whatever they are
  base.name.clear();
  base.seed = ~project.seed;
  base.seeds = {project.seed};  // without them every seed is this one
  std::string out = detail::setting_lines(project, base), last;
  detail::visit_sections(&project, [&](const char* key, auto) {
    if (key == last) return;
    last = key;
    const std::string text = detail::section_text(project, key);
    if (!text.empty()) out.append("\n").append(text);
  });
  return out;
}

std::string edit_project(const std::string& text, const Project& project) {
  try {
    std::string edited = detail::edited_text(text, project);
    if (reads_back(edited, project)) return edited;
  } catch (const Error&) {  // not a project's text
  } catch (const detail::CannotEdit&) {
  }
  return format_project(project);
}

std::string save_project(const Project& project, const std::filesystem::path& file, const std::string& like) {
  validate_project(project);
  std::string text = like.empty() ? format_project(project) : edit_project(like, project);
  // What cannot be read back must not replace what can: text that is not UTF-8 in a path.
  if (!reads_back(text, project)) {
    throw Error(ErrorKind::project, {"the project cannot be written as it is", file.string(), "text in UTF-8",
                                     "Rename files whose names are not valid UTF-8."});
  }
  write_atomically(file, text);
  return text;
}

void save_project(const Project& project, const std::filesystem::path& file) {
  std::string there;
  try {
    there = read_file(file);
  } catch (const Error&) {  // a new file
  }
  save_project(project, file, there);
}

}  // namespace pantograph::project
