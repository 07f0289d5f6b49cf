// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps the window's edits and other people's from undoing each other: what is unsaved is kept aside and offered again
// after a crash, and a file that was changed by somebody else is asked about before it is written over.
#pragma once

#include <QObject>
#include <functional>

#include "autosave.h"
#include "project_document.h"

class NoticeBar;
class QWidget;

class FileGuard : public QObject {
  Q_OBJECT
 public:
  FileGuard(ProjectDocument* document, QWidget* window);

  NoticeBar* bar() const { return bar_; }  ///< for the window to place
  Autosave* autosave() const { return autosave_; }

  /// Before the file is written or a run begins: asks where it is not as it was. False: the user wants neither.
  bool settle();
  /// Offers what was left behind: of the project `file`, or of all. `open` opens another project.
  void offerRecovery(const QString& file, const std::function<bool(const QString&)>& open);

  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  void refresh();
  bool compare(const ProjectDocument::OnDisk& disk);
  bool recover(const LeftEdits& edits, const std::function<bool(const QString&)>& open);
  QString name() const;
  ProjectDocument* document_;
  QWidget* window_;
  NoticeBar* bar_;
  Autosave* autosave_;
};
