// SPDX-License-Identifier: GPL-3.0-or-later
// Unsaved edits, kept in the user's state folder a moment after they were made and taken away when they are saved. What
// is left there by a program that did not end by itself can be recovered.
#pragma once

#include <QDateTime>
#include <QObject>
#include <QThreadPool>
#include <QTimer>
#include <memory>
#include <string>

class ProjectDocument;
class QLockFile;

/// Edits that a program left behind.
struct LeftEdits {
  QString entry;     ///< its file in the state folder
  QString file;      ///< the project; empty: one that was never saved
  QDateTime time;    ///< of the last edit that was kept
  std::string base;  ///< the project's text when it was read or saved last
  std::string text;  ///< with the edits; read it with parse_unchecked(), as it may break rules
};

class Autosave : public QObject {
  Q_OBJECT
 public:
  static constexpr int kMilliseconds = 1000;  ///< after the first edit that is not kept yet

  explicit Autosave(ProjectDocument* document, QObject* parent = nullptr);
  ~Autosave() override;  ///< takes its entry away: a window that closes has asked

  void keepNow();  ///< returns at once; the file is written on another thread
  void wait();     ///< until it is written

  static QString folder();         ///< $XDG_STATE_HOME/pantograph/recovery
  static QList<LeftEdits> left();  ///< of programs that run no more, newest first
  static void discard(const LeftEdits& edits);

 private:
  void refresh();
  void forget();
  ProjectDocument* document_;
  QTimer timer_;
  QThreadPool writer_;  // one thread: what comes last wins
  QString entry_;
  std::unique_ptr<QLockFile> lock_;
};
