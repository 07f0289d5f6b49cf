// SPDX-License-Identifier: GPL-3.0-or-later
// Results: what to use, who won, every record, macro-averages, bars before and after, figures, generic loss, scaling
// laws; the report and exports.
#pragma once

#include <QWidget>
#include <memory>

#include "job/engine.h"
#include "plot/plot_export.h"

class AveragesModel;
class BarPlot;
class CurvePlot;
class DifferencesView;
class EmptyState;
class EngineBridge;
class FiguresView;
class LawsView;
class ProjectDocument;
class QCheckBox;
class QComboBox;
class QLabel;
class QPushButton;
class QStackedWidget;
class QTableView;
class QTabWidget;
class ResultsFilter;
class ResultsModel;
class RunCurves;

class ResultsPage : public QWidget {
  Q_OBJECT
 public:
  ResultsPage(ProjectDocument* document, EngineBridge* bridge, QWidget* parent = nullptr);

  ResultsModel* model() const { return model_; }
  ResultsFilter* filter() const { return filter_; }
  QTableView* table() const { return table_; }
  BarPlot* bars() const { return bars_; }
  FiguresView* figures() const { return figures_; }
  LawsView* laws() const { return laws_; }
  CurvePlot* curves() const { return plot_; }
  QTabWidget* tabs() const { return tabs_; }
  EmptyState* emptyState() const { return empty_; }
  QPushButton* useButton() const { return use_; }
  bool isEmpty() const;
  QString verdictText() const;         ///< who won
  QString recommendationText() const;  ///< what to use, and why; empty until it is known
  void setFilter(const QString& method, const QString& domain, quint64 tokens,
                 quint64 budget = 0);  ///< empty or 0: all
  /// The filtered records in the order shown, as results.csv has them; with earlier ones among them, settings and run
  /// of each besides.
  CsvTable resultsTable() const;
  QCheckBox* earlierBox() const { return earlier_; }
  QString noticeText() const;  ///< that there are earlier results only; empty where there are present ones

  void showView(std::shared_ptr<const pantograph::job::ProjectView> view);

 Q_SIGNALS:
  void pageWanted(int page);           ///< 4 specialization, 6 runs
  void runWanted(const QString& key);  ///< that of a row
  void useWanted(const QString& source);

 private:
  QWidget* makeNotice();
  void refreshNotice();
  std::shared_ptr<const pantograph::job::RunInfo> runOf(const QModelIndex& index) const;  ///< null: not known
  void showRunOf(const QModelIndex& index);
  void useSelected();
  void refreshUse();
  void refreshChoices();
  void refresh();
  void recommend(const std::vector<pantograph::measure::ResultRecord>& shown);
  void showBars(const std::vector<pantograph::measure::ResultRecord>& shown);
  void openReport();
  ProjectDocument* document_;
  EngineBridge* bridge_;
  std::shared_ptr<const pantograph::job::ProjectView> view_;
  QStackedWidget* stack_;
  EmptyState* empty_;
  QLabel *recommendation_, *verdict_;
  int recommended_ = 0;  // number of the newest question; older answers are dropped
  QWidget* notice_;
  QLabel* notice_text_;
  QPushButton* notice_run_;
  QCheckBox* earlier_;
  QComboBox *method_choice_, *domain_choice_, *size_choice_, *budget_choice_;
  QPushButton *report_, *export_, *use_;
  QTabWidget* tabs_;
  ResultsModel* model_;
  ResultsFilter* filter_;
  AveragesModel* averages_;
  QTableView *table_, *averages_table_;
  DifferencesView* differences_;
  BarPlot* bars_;
  FiguresView* figures_;
  LawsView* laws_;
  CurvePlot* plot_;
  RunCurves* curves_;
};
