// SPDX-License-Identifier: GPL-3.0-or-later
// What of the project's files is of no more use, by kind and size; what is checked can be removed.
#pragma once

#include <QDialog>

#include "job/prune.h"

class EngineBridge;
class ProjectDocument;
class QLabel;
class QPushButton;
class QTreeWidget;
class QTreeWidgetItem;

class DiskDialog : public QDialog {
  Q_OBJECT
 public:
  DiskDialog(ProjectDocument* document, EngineBridge* bridge, QWidget* parent = nullptr);

  QTreeWidget* items() const { return items_; }
  QPushButton* removeButton() const { return remove_; }
  QString summary() const;                     ///< what the runs take
  QString answer() const;                      ///< to the last removal, or what stands in its way
  pantograph::job::PrunePlan checked() const;  ///< what would be removed
  QString removalText() const;                 ///< what confirming it says

 public Q_SLOTS:
  void look();  ///< asks the engine anew

 private:
  void showPlan(const pantograph::job::PrunePlan& plan);
  void explain(const QTreeWidgetItem* item);
  void showRuns();
  void refreshButton();
  void askAndRemove();
  ProjectDocument* document_;
  EngineBridge* bridge_;
  pantograph::job::PrunePlan plan_;
  QLabel *runs_, *why_, *chosen_, *answer_;
  QTreeWidget* items_;
  QPushButton* remove_;
  bool filling_ = false;
};
