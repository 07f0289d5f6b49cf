// SPDX-License-Identifier: GPL-3.0-or-later
// What the user says of a run: name, tags, note, star, whether its checkpoints stay.
#pragma once

#include <QTimer>
#include <QWidget>
#include <memory>

#include "job/runs.h"

class QCheckBox;
class QLineEdit;
class QPlainTextEdit;

class RunNotesForm : public QWidget {
  Q_OBJECT
 public:
  explicit RunNotesForm(QWidget* parent = nullptr);

  /// Another run: what was being typed goes to the run before. The same one again: what is being typed stays.
  void setRun(std::shared_ptr<const pantograph::job::RunInfo> run);
  QLineEdit* nameEdit() const { return name_; }
  QLineEdit* tagsEdit() const { return tags_; }
  QPlainTextEdit* noteEdit() const { return note_; }
  QCheckBox* starBox() const { return star_; }
  QCheckBox* keepBox() const { return keep_; }

 Q_SIGNALS:
  void edited(const QString& run, const pantograph::job::RunNotes& notes);

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  void fill(const pantograph::job::RunNotes& notes);
  void commit();
  std::shared_ptr<const pantograph::job::RunInfo> run_;
  pantograph::job::RunNotes known_;  // what the fields were filled with, or said last
  QLineEdit *name_, *tags_;
  QPlainTextEdit* note_;
  QCheckBox *star_, *keep_;
  QTimer typing_;
  bool filling_ = false;
};
