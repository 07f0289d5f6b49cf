// SPDX-License-Identifier: GPL-3.0-or-later
// The open project: value, file name, undo stack, dirty flag. Views listen to changed() and edit through change().
#pragma once

#include <QObject>
#include <QString>
#include <QUndoStack>
#include <functional>

#include "store/project.h"

class ProjectDocument : public QObject {
  Q_OBJECT
 public:
  explicit ProjectDocument(QObject* parent = nullptr);

  const pantograph::Project& project() const { return project_; }
  /// As the engine runs it, for what shows steps, runs and results: a plain method for every point of a grid. As it is
  /// declared while a grid breaks a rule.
  const pantograph::Project& expanded() const { return expanded_; }
  QString fileName() const;
  bool isModified() const { return !undo_.isClean(); }
  QUndoStack* undoStack() { return &undo_; }

  /// Applies `edit` to a copy and pushes it as one undo step. Steps with the same non-empty `mergeKey` in a row become
  /// one (a slider being dragged). An edit that changes nothing is not pushed.
  void change(const QString& text, const std::function<void(pantograph::Project&)>& edit, const QString& mergeKey = {});

  void reset(const pantograph::Project& project);  ///< after open or new: clears the undo stack
  void load(const QString& file);                  ///< throws pantograph::Error; then nothing has changed
  void save(const QString& file);  ///< throws pantograph::Error; relative paths go on meaning the same files

  /// How the project writes a path down: relative where the file lies in its folder or beside it.
  std::string pathForProject(const QString& file) const;

 Q_SIGNALS:
  void changed();  ///< the value changed, by edit, undo, redo or load
  void modifiedChanged(bool modified);
  void fileNameChanged();

 private:
  class Command;
  void set(const pantograph::Project& project);
  void take(pantograph::Project project);
  pantograph::Project project_, expanded_;
  QUndoStack undo_;
};
