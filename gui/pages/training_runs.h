// SPDX-License-Identifier: GPL-3.0-or-later
// The pretraining runs: one row a method and seed; below it the experts of a mixture, or the domains that a method is
// pretrained for.
#pragma once

#include <QHash>
#include <QTreeWidget>

#include "job/engine.h"

class RunCurves;

class TrainingRuns : public QTreeWidget {
  Q_OBJECT
 public:
  enum Column { method, seed, state, tokens, training, generic };
  explicit TrainingRuns(QWidget* parent = nullptr);

  /// `view` may be null. A mixture of needed experts has the rows that the view knows.
  void set(const pantograph::project::Project& project, const pantograph::job::ProjectView* view);
  void setRunning(const QString& step);
  void showNewest(const RunCurves& curves);
  static QString stateText(pantograph::job::StepState state);

 private:
  struct Group {
    QString method;
    quint64 seed = 0;
    QStringList parts;  ///< step ids below it; empty: the run is one step, `step`
    QStringList names;  ///< of the parts, as people read them
    QString step;
  };
  std::vector<Group> groupsOf(const pantograph::project::Project& project,
                              const pantograph::job::ProjectView* view) const;
  void showStates();
  std::vector<Group> groups_;
  QHash<QString, pantograph::job::StepState> states_;
};
