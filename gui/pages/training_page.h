// SPDX-License-Identifier: GPL-3.0-or-later
// Pretraining: runs, live losses, probes of domains, and "project now".
#pragma once

#include <QSet>
#include <QStringList>
#include <QWidget>
#include <memory>
#include <vector>

#include "job/engine.h"

class CurvePlot;
class EmptyState;
class EngineBridge;
class ExpertEdit;
class ProbeTable;
class ProjectDocument;
class QAction;
class QComboBox;
class QLabel;
class QPushButton;
class QStackedWidget;
class QToolBar;
class TrainingRuns;
struct RunKey;
class RunCurves;
class StepProgressBar;

class TrainingPage : public QWidget {
  Q_OBJECT
 public:
  TrainingPage(ProjectDocument* document, EngineBridge* bridge, QWidget* parent = nullptr);

  CurvePlot* plot() const { return plot_; }
  ProbeTable* probes() const { return probes_; }
  TrainingRuns* runs() const { return runs_; }
  QPushButton* startButton() const { return start_; }
  QPushButton* projectButton() const { return project_; }
  QPushButton* useButton() const { return use_; }
  StepProgressBar* progress() const { return progress_; }
  EmptyState* emptyState() const { return empty_; }
  bool isEmpty() const;
  QString answer() const;  ///< to the last "project now"

  void showView(std::shared_ptr<const pantograph::job::ProjectView> view);
  void setMethodShown(const QString& method, bool shown);
  void setAllPartsShown(const QString& method, bool shown);  ///< experts or domains beyond the first few
  void setSeriesShown(const QString& series, bool shown);    ///< "train", "generic", "probe/DOMAIN"
  void projectTo(const QString& file);                       ///< "project now" with what the panel says

 Q_SIGNALS:
  void pageWanted(int page);  ///< 0 data, 2 networks
  void useWanted(const QString& source);

 private:
  QWidget* makeRuns();
  QWidget* makeProbes();
  QWidget* makeProjectNow();
  void projectChanged();
  void refreshRuns();
  void refreshNewest();
  void refreshFilters();
  void applyFilters();
  void askAndProject();
  int partIndex(const RunKey& run) const;  ///< of an expert or a domain; -1 for a whole generic phase
  bool isShown(const RunKey& run, const QString& series) const;
  double flopsPerToken(const QString& method) const;

  ProjectDocument* document_;
  EngineBridge* bridge_;
  std::shared_ptr<const pantograph::job::ProjectView> view_;
  QSet<QString> hidden_methods_, hidden_series_, all_parts_;
  QStringList methods_, divided_,
      domains_;  // what the filters are made for; divided: one run for each expert or domain
  int empty_page_ = 0;
  QStackedWidget* stack_;
  EmptyState* empty_;
  StepProgressBar* progress_;
  QPushButton* start_;
  QToolBar* filters_;
  CurvePlot* plot_;
  RunCurves* curves_;
  TrainingRuns* runs_;
  ProbeTable* probes_;
  QComboBox *project_run_, *project_domain_;
  ExpertEdit* project_expert_;
  QPushButton *project_, *use_;
  QLabel* answer_;
  QString projected_;  // the file of the last answer
};
