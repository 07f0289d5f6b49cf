// SPDX-License-Identifier: GPL-3.0-or-later
#include "corpus_edits.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <algorithm>

#include "format.h"
#include "project_document.h"
#include "project_template.h"

using namespace pantograph;

namespace corpus_edits {

project::CorpusSpec corpusOf(const QStringList& paths) {
  project::CorpusSpec corpus;
  const QFileInfo first(paths.value(0));
  const QString name = paths.size() > 1 ? first.dir().dirName()
                       : first.isDir()  ? QDir(paths.value(0)).dirName()
                                        : first.baseName();
  corpus.name = name.toStdString();
  for (const QString& path : paths) corpus.paths.push_back(toPath(path).string());
  return corpus;
}

QStringList roleNames() {
  return {QCoreApplication::translate("CorpusEdits", "generic: pretraining text"),
          QCoreApplication::translate("CorpusEdits", "domain: to specialize for")};
}

project::Role nextRole(const project::Project& project) {
  const bool has_generic =
      std::any_of(project.corpora.begin(), project.corpora.end(),
                  [](const project::CorpusSpec& corpus) { return corpus.role == project::Role::generic; });
  return has_generic ? project::Role::domain : project::Role::generic;
}

void add(ProjectDocument* document, const std::vector<project::CorpusSpec>& corpora) {
  document->change(QCoreApplication::translate("CorpusEdits", "Add text"), [&](project::Project& project) {
    for (project::CorpusSpec corpus : corpora) {
      corpus.name = freeCorpusName(project, corpus.name);
      for (std::string& path : corpus.paths) path = document->pathForProject(toQString(path));
      if (corpus.role == project::Role::domain) project.specialization.domains.push_back(corpus.name);
      project.corpora.push_back(std::move(corpus));
    }
  });
}

}  // namespace corpus_edits
