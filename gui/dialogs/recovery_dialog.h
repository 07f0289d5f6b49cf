// SPDX-License-Identifier: GPL-3.0-or-later
// Edits that were not saved when the program ended without asking: recover one, throw them away, or decide later.
#pragma once

#include <QDialog>

#include "autosave.h"

class QPushButton;
class QTreeWidget;

class RecoveryDialog : public QDialog {
  Q_OBJECT
 public:
  enum Answer { later = QDialog::Rejected, recover = QDialog::Accepted, discard };
  explicit RecoveryDialog(const QList<LeftEdits>& edits, QWidget* parent = nullptr);
  int current() const;  ///< which of `edits` the answer is about

 private:
  QTreeWidget* list_;
};
