// SPDX-License-Identifier: GPL-3.0-or-later
// The open project: value, file name, undo stack, dirty flag. Views listen to changed() and edit through change().
#pragma once

#include <QObject>
#include <QString>
#include <QUndoStack>
#include <functional>
#include <optional>
#include <string>

#include "project/project.h"

class ProjectDocument : public QObject {
  Q_OBJECT
 public:
  explicit ProjectDocument(QObject* parent = nullptr);

  const pantograph::project::Project& project() const { return project_; }
  /// As the engine runs it, for what shows steps, runs and results: a plain method for every point of a grid. As it is
  /// declared while a grid breaks a rule.
  const pantograph::project::Project& expanded() const { return expanded_; }
  QString fileName() const;
  bool isModified() const { return !undo_.isClean(); }
  QUndoStack* undoStack() { return &undo_; }

  /// Applies `edit` to a copy and pushes it as one undo step. Steps with the same non-empty `mergeKey` in a row become
  /// one (a slider being dragged). An edit that changes nothing is not pushed.
  void change(const QString& text, const std::function<void(pantograph::project::Project&)>& edit,
              const QString& mergeKey = {});

  void reset(const pantograph::project::Project& project);  ///< after open or new: clears the undo stack
  void load(const QString& file);                           ///< throws pantograph::Error; then nothing has changed
  void save(const QString& file);  ///< throws pantograph::Error; relative paths go on meaning the same files

  /// What lies at fileName() beside what was read from there or written there last.
  struct OnDisk {
    enum State { same, reworded, changed, unreadable, gone };  ///< reworded: comments or layout alone
    State state = same;
    std::string text;
    pantograph::project::Project project;  ///< where it could be read
    QString error;
  };
  OnDisk look() const;
  const pantograph::project::Project& saved() const { return saved_; }  ///< as it was read or written last
  const std::string& savedText() const { return text_; }

  /// Answers to a file that was changed by somebody else. Each can be undone but for the choice itself: from then on
  /// the file's text there is the one that saving edits.
  void takeTheirs(const OnDisk& disk);
  void keepMine(const OnDisk& disk);  ///< modified from then on
  void takeMerged(const OnDisk& disk, const pantograph::project::Project& merged);

  /// How the project writes a path down: relative where the file lies in its folder or beside it.
  std::string pathForProject(const QString& file) const;

 Q_SIGNALS:
  void changed();  ///< the value changed, by edit, undo, redo or load
  void modifiedChanged(bool modified);
  void fileNameChanged();

 private:
  class Command;
  void set(const pantograph::project::Project& project);
  void take(pantograph::project::Project project);
  void settle(const OnDisk& disk);
  void reset(const pantograph::project::Project& project, const std::string& text);
  pantograph::project::Project project_, expanded_, saved_;
  std::string text_;                  ///< of the file, which saving edits
  std::optional<std::string> known_;  ///< what is in the file as far as the user was told; none: there is no file
  QUndoStack undo_;
};
