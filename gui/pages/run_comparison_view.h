// SPDX-License-Identifier: GPL-3.0-or-later
// Two runs beside each other: the settings that differ, and the results that can be paired.
#pragma once

#include <QWidget>
#include <memory>

#include "job/run_compare.h"

class QLabel;
class QTreeWidget;

class RunComparisonView : public QWidget {
  Q_OBJECT
 public:
  using Run = std::shared_ptr<const pantograph::job::RunInfo>;
  explicit RunComparisonView(QWidget* parent = nullptr);

  /// Compares on another thread; the answer to an older question is dropped.
  void compare(const pantograph::job::RunList& all, const Run& a, const Run& b);
  QTreeWidget* differences() const { return differences_; }
  QTreeWidget* results() const { return results_; }
  QString heading() const;

 Q_SIGNALS:
  void compared();

 private:
  void fill(const pantograph::job::RunComparison& comparison);
  QLabel *heading_, *differences_note_, *results_note_;
  QTreeWidget *differences_, *results_;
  int asked_ = 0;
  QStringList question_;  // what the newest answer depends on
};
