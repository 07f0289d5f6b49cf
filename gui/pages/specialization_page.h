// SPDX-License-Identifier: GPL-3.0-or-later
// Specialization: what is done and what is not, the settings, and the fine-tuning curves.
#pragma once

#include <QSet>
#include <QWidget>
#include <memory>

#include "job/engine.h"

class CurvePlot;
class EmptyState;
class EngineBridge;
class ProjectDocument;
class QLabel;
class QPushButton;
class QStackedWidget;
class QTableView;
class RunCurves;
class SpecializationMatrix;
class SpecializationSettings;
class StepProgressBar;

class SpecializationPage : public QWidget {
  Q_OBJECT
 public:
  SpecializationPage(ProjectDocument* document, EngineBridge* bridge, QWidget* parent = nullptr);

  CurvePlot* plot() const { return plot_; }
  SpecializationMatrix* matrix() const { return matrix_; }
  SpecializationSettings* settings() const { return settings_; }
  QTableView* table() const { return table_; }
  QPushButton* allButton() const { return all_; }
  QPushButton* selectedButton() const { return selected_; }
  QPushButton* useButton() const { return use_; }
  StepProgressBar* progress() const { return progress_; }
  EmptyState* emptyState() const { return empty_; }
  bool isEmpty() const;
  QStringList selectedSteps() const;  ///< ids of the selected cells
  QString heading() const;            ///< how many of how many are done

  void showView(std::shared_ptr<const pantograph::job::ProjectView> view);

 Q_SIGNALS:
  void pageWanted(int page);           ///< 0 data, 2 networks
  void runWanted(const QString& key);  ///< that of a finished cell
  void useWanted(const QString& source);

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  void makeTable();
  void projectChanged();
  void activate(const QModelIndex& index);  ///< shows what is done, starts what is not
  std::shared_ptr<const pantograph::job::RunInfo> runOf(const QModelIndex& index) const;  ///< null: not done
  void useSelected();
  void showCounts();
  void fitColumns();
  void showSelectedCurves();
  ProjectDocument* document_;
  EngineBridge* bridge_;
  std::shared_ptr<const pantograph::job::ProjectView> view_;
  int empty_page_ = 0;
  QStackedWidget* stack_;
  EmptyState* empty_;
  StepProgressBar* progress_;
  QPushButton *all_, *selected_, *use_;
  SpecializationMatrix* matrix_;
  QTableView* table_;
  QLabel* heading_;
  SpecializationSettings* settings_;
  CurvePlot* plot_ = nullptr;
  RunCurves* curves_;
  QSet<QString> chosen_;  // steps of the selected cells
  int first_curves_ = 0;  // made so far: only the first few are shown while no cell is selected
};
