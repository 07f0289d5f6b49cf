// SPDX-License-Identifier: GPL-3.0-or-later
// Project files: what can be read can be written and read again, as new text and as an edit of the old one.
#include <filesystem>

#include "fuzz/input.h"
#include "project/project_file.h"

namespace project = pantograph::project;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::filesystem::path file = "/project/house.pantograph";
  fuzz::only_errors([&] {
    const project::Project read = project::parse_project(text, file);
    if (!(project::parse_project(project::format_project(read), file) == read))
      fuzz::broken_promise("the project as new text is another project");
    if (!(project::parse_project(project::edit_project(text, read), file) == read))
      fuzz::broken_promise("the project as an edit of its own text is another project");
    project::Project changed = read;
    changed.seed ^= 1;
    changed.name += "!";
    if (changed.methods.size() > 1) changed.methods.pop_back();
    if (!(project::parse_unchecked(project::edit_project(text, changed), file) == changed))
      fuzz::broken_promise("a changed project as an edit of the text is another project");
  });
  fuzz::only_errors([&] { project::parse_unchecked(text, file); });
  return 0;
}
