// SPDX-License-Identifier: GPL-3.0-or-later
#include "project_document.h"

#include "base/error.h"
#include "format.h"
#include "store/project_file.h"
#include "store/project_grid.h"

using pantograph::Project;

/// One step of the undo stack: the whole value before and after. Projects are small, so copies are cheaper than
/// cleverness.
class ProjectDocument::Command : public QUndoCommand {
 public:
  Command(ProjectDocument* document, const QString& text, Project before, Project after, QString mergeKey)
      : QUndoCommand(text),
        document_(document),
        before_(std::move(before)),
        after_(std::move(after)),
        mergeKey_(std::move(mergeKey)) {}

  int id() const override { return mergeKey_.isEmpty() ? -1 : 1; }

  bool mergeWith(const QUndoCommand* other) override {
    const auto* next = static_cast<const Command*>(other);
    if (next->mergeKey_ != mergeKey_) return false;
    after_ = next->after_;
    setObsolete(after_ == before_);
    return true;
  }

  void undo() override { document_->set(before_); }
  void redo() override { document_->set(after_); }

 private:
  ProjectDocument* document_;
  Project before_, after_;
  QString mergeKey_;
};

namespace {

namespace fs = std::filesystem;

/// Relative where the project's folder, or the one beside it, holds the file: such a project can be moved with its
/// data.
fs::path preferred_path(const fs::path& path, const fs::path& folder) {
  if (folder.empty() || !path.is_absolute()) return path;
  const fs::path relative = path.lexically_normal().lexically_relative(folder.lexically_normal());
  if (relative.empty()) return path;
  int ups = 0;
  for (const fs::path& part : relative) ups += part == "..";
  return ups <= 1 ? relative : path;
}

void rebase(std::string& text, const fs::path& from, const fs::path& to) {
  fs::path path(text);
  if (path.is_relative()) {
    if (from.empty()) return;
    path = (from / path).lexically_normal();
  } else if (!from.empty()) {
    return;  // it was written as an absolute path on purpose
  }
  text = preferred_path(path, to).string();
}

fs::path folder_of(const Project& project) {
  return project.file.empty() ? fs::path() : project.file.parent_path();
}

/// Makes the paths of `project` mean the same files when its own file lies at `file`.
void move_project(Project& project, const fs::path& file) {
  const fs::path from = folder_of(project), to = file.empty() ? fs::path() : file.parent_path();
  if (from != to) {
    for (auto& corpus : project.corpora) {
      for (auto* list : {&corpus.paths, &corpus.train, &corpus.validation, &corpus.test}) {
        for (std::string& path : *list) rebase(path, from, to);
      }
    }
    for (std::string* model : {&project.tokenizer.model, &project.clustering.model}) {
      if (!model->empty()) rebase(*model, from, to);
    }
  }
  project.file = file;
}

}  // namespace

ProjectDocument::ProjectDocument(QObject* parent) : QObject(parent) {
  connect(&undo_, &QUndoStack::cleanChanged, this, [this](bool clean) { Q_EMIT modifiedChanged(!clean); });
}

QString ProjectDocument::fileName() const {
  return toQString(project_.file);
}

void ProjectDocument::change(const QString& text, const std::function<void(Project&)>& edit, const QString& mergeKey) {
  Project after = project_;
  edit(after);
  if (after == project_) return;
  undo_.push(new Command(this, text, project_, std::move(after), mergeKey));
}

void ProjectDocument::reset(const Project& project) {
  const bool renamed = project.file != project_.file;
  take(project);
  undo_.clear();
  undo_.setClean();
  Q_EMIT changed();
  if (renamed) Q_EMIT fileNameChanged();
}

void ProjectDocument::load(const QString& file) {
  const fs::path path = fs::absolute(toPath(file)).lexically_normal();
  Project project = pantograph::load_project(path);
  project.file = path;
  reset(project);
}

void ProjectDocument::save(const QString& file) {
  const fs::path path = fs::absolute(toPath(file)).lexically_normal();
  Project moved = project_;
  move_project(moved, path);
  pantograph::save_project(moved, path);
  const bool renamed = moved.file != project_.file, differs = !(moved == project_);
  take(std::move(moved));
  undo_.setClean();
  if (renamed) Q_EMIT fileNameChanged();
  if (renamed || differs) Q_EMIT changed();
}

std::string ProjectDocument::pathForProject(const QString& file) const {
  return preferred_path(fs::absolute(toPath(file)).lexically_normal(), folder_of(project_)).string();
}

void ProjectDocument::set(const Project& project) {
  Project moved = project;
  move_project(moved, project_.file);  // a step from before "Save as" names its files from the old folder
  take(std::move(moved));
  Q_EMIT changed();
}

void ProjectDocument::take(Project project) {
  project_ = std::move(project);
  try {
    expanded_ = pantograph::expanded(project_);
  } catch (const pantograph::Error&) {  // the methods' editor says what is wrong
    expanded_ = project_;
  }
}
