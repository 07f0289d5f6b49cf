// SPDX-License-Identifier: GPL-3.0-or-later
// A project as TOML text, without what is at its default.
#include "base/error.h"
#include "base/files.h"
#include "store/project_file.h"
#include "store/setting_text.h"

namespace pantograph {
namespace {

/// With an empty line before it where there is something.
template <typename Section>
std::string section_text(const Section& section) {
  const std::string text = detail::table_text(section);
  return text.empty() || text.front() == '\n' ? text : '\n' + text;
}

}  // namespace

std::string format_project(const Project& project) {
  Project base;
  base.schema = 0;  // written whatever they are
  base.name.clear();
  base.seed = ~project.seed;
  base.seeds = {project.seed};  // without them every seed is this one
  std::string out = detail::setting_lines(project, base);
  detail::visit_sections(&project, [&](const char*, auto member) { out += section_text(project.*member); });
  return out;
}

void save_project(const Project& project, const std::filesystem::path& file) {
  const std::string text = format_project(project);
  // What cannot be read back must not replace what can: text that is not UTF-8 in a path, or a broken rule.
  validate_project(project);
  if (!(parse_project(text, file) == project)) {
    throw Error(ErrorKind::project, {"the project cannot be written as it is", file.string(), "text in UTF-8",
                                     "Rename files whose names are not valid UTF-8."});
  }
  write_atomically(file, text);
}

}  // namespace pantograph
