// SPDX-License-Identifier: GPL-3.0-or-later
#include "project_document.h"

#include "base/error.h"
#include "format.h"
#include "project/project_file.h"
#include "project/project_grid.h"

using pantograph::project::Project;

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
  reset(project, {});
}

void ProjectDocument::reset(const Project& project, const std::string& text) {
  const bool renamed = project.file != project_.file;
  take(project);
  saved_ = project_;
  text_ = text;
  known_ = text.empty() ? std::nullopt : std::optional(text);
  undo_.clear();
  undo_.setClean();
  Q_EMIT changed();
  if (renamed) Q_EMIT fileNameChanged();
}

void ProjectDocument::load(const QString& file) {
  const fs::path path = fs::absolute(toPath(file)).lexically_normal();
  const std::string text = pantograph::project::read_project_text(path);
  reset(pantograph::project::parse_project(text, path), text);
}

void ProjectDocument::save(const QString& file) {
  const fs::path path = fs::absolute(toPath(file)).lexically_normal();
  Project moved = project_;
  move_project(moved, path);
  text_ = pantograph::project::save_project(moved, path, text_);
  known_ = text_;
  const bool renamed = moved.file != project_.file, differs = !(moved == project_);
  take(std::move(moved));
  saved_ = project_;
  undo_.setClean();
  if (renamed) Q_EMIT fileNameChanged();
  if (renamed || differs) Q_EMIT changed();
}

ProjectDocument::OnDisk ProjectDocument::look() const {
  OnDisk disk;
  std::error_code code;
  if (project_.file.empty()) return disk;
  if (!fs::exists(project_.file, code)) {
    disk.state = known_ ? OnDisk::gone : OnDisk::same;
    return disk;
  }
  try {
    disk.text = pantograph::project::read_project_text(project_.file);
    if (disk.text == known_) return disk;
    disk.state = OnDisk::unreadable;
    disk.project = pantograph::project::parse_project(disk.text, project_.file);
    disk.state = disk.project == saved_ ? OnDisk::reworded : OnDisk::changed;
  } catch (const pantograph::Error& error) {
    disk.state = OnDisk::unreadable;
    disk.error = formatError(error.text());
  }
  return disk;
}

/// The user was told. Saving edits the text there where it is a project's, else the one before.
void ProjectDocument::settle(const OnDisk& disk) {
  known_ = disk.state == OnDisk::gone ? std::nullopt : std::optional(disk.text);
  if (disk.state == OnDisk::reworded || disk.state == OnDisk::changed) text_ = disk.text;
  if (disk.state == OnDisk::changed) saved_ = disk.project;
}

void ProjectDocument::takeTheirs(const OnDisk& disk) {
  settle(disk);
  change(tr("Take the file as it is on disk"), [&](Project& project) { project = disk.project; });
  undo_.setClean();
}

void ProjectDocument::keepMine(const OnDisk& disk) {
  if (disk.state == OnDisk::same) return;
  settle(disk);
  if (disk.state != OnDisk::reworded) undo_.resetClean();
}

void ProjectDocument::takeMerged(const OnDisk& disk, const Project& merged) {
  settle(disk);
  change(tr("Take changes from the file on disk"), [&](Project& project) { project = merged; });
  if (project_ == saved_) {
    undo_.setClean();
  } else {
    undo_.resetClean();
  }
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
    expanded_ = pantograph::project::expanded(project_);
  } catch (const pantograph::Error&) {  // the methods' editor says what is wrong
    expanded_ = project_;
  }
}
