// SPDX-License-Identifier: GPL-3.0-or-later
// Two edits of one project side by side with what both began from, and the choice for each setting that differs.
#pragma once

#include <QDialog>
#include <vector>

#include "project/setting_differences.h"

class QComboBox;
class QLabel;
class QPushButton;
class QTableWidget;

class MergeDialog : public QDialog {
  Q_OBJECT
 public:
  MergeDialog(const pantograph::project::Project& base, const pantograph::project::Project& mine,
              const pantograph::project::Project& theirs, QWidget* parent = nullptr);

  /// Mine, with theirs where that was chosen.
  pantograph::project::Project result() const;
  std::size_t count() const { return choices_.size(); }

 private:
  void choose(std::size_t row, bool theirs);
  void refresh();
  pantograph::project::Project mine_, theirs_;
  std::vector<pantograph::project::MergeChoice> choices_;
  std::vector<QComboBox*> boxes_;
  QTableWidget* table_;
  QLabel* state_;
  QPushButton* use_;
};
