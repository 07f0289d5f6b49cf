// SPDX-License-Identifier: GPL-3.0-or-later
// Corpora that files become, and their way into the project.
#pragma once

#include <QStringList>
#include <vector>

#include "project/project.h"

class ProjectDocument;

namespace corpus_edits {

/// A corpus of these files and folders, called after the file or folder, or after the folder that several lie in. Its
/// paths are as they are given, its role is generic.
pantograph::project::CorpusSpec corpusOf(const QStringList& paths);

/// What the roles are called where one is chosen: generic, domain.
QStringList roleNames();

/// The first corpus of a project is the generic one; later ones are domains.
pantograph::project::Role nextRole(const pantograph::project::Project& project);

/// One undo step. Names become free ones, paths as the project writes them; domains are specialized for.
void add(ProjectDocument* document, const std::vector<pantograph::project::CorpusSpec>& corpora);

}  // namespace corpus_edits
