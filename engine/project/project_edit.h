// SPDX-License-Identifier: GPL-3.0-or-later
// A project's text brought to another value by edits of what differs. Inside this room only.
#pragma once

#include <string>

#include "project/project.h"

namespace pantograph::project::detail {

/// `text` changed so that it says what `after` does; a section that has no place for an edit is written anew. The
/// caller reads it back: a text may be stranger than this knows. Error(project) where it cannot be read, CannotEdit
/// where it has no place at all.
std::string edited_text(const std::string& text, const Project& after);

}  // namespace pantograph::project::detail
