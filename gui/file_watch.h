// SPDX-License-Identifier: GPL-3.0-or-later
// Notices when somebody else writes, replaces or removes the project's file.
#pragma once

#include <QFileSystemWatcher>
#include <QObject>
#include <QTimer>

class ProjectDocument;

class FileWatch : public QObject {
  Q_OBJECT
 public:
  explicit FileWatch(ProjectDocument* document, QObject* parent = nullptr);

 Q_SIGNALS:
  void touched();  ///< look again: something happened to the file, or perhaps did

 private:
  void follow();
  ProjectDocument* document_;
  QFileSystemWatcher watcher_;
  QTimer settle_;  // an editor writes in several steps
};
