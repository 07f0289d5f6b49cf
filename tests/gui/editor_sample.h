// SPDX-License-Identifier: GPL-3.0-or-later
// The methods' editor on a new project, shown.
#pragma once

#include "pages/methods_editor.h"
#include "project/project_file.h"
#include "project_document.h"
#include "project_template.h"

struct Editor {
  ProjectDocument document;
  MethodsEditor editor{&document};
  explicit Editor(const char* selected = nullptr) {
    document.reset(newProject());
    editor.resize(540, 700);
    editor.show();
    editor.activateWindow();
    if (selected != nullptr) editor.select(selected);
  }
  const pantograph::project::MethodSpec& method(const char* name) const { return *document.project().method(name); }
  void valid() const { pantograph::project::validate_project(document.project()); }
};
