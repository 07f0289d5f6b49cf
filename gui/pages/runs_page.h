// SPDX-License-Identifier: GPL-3.0-or-later
// Runs: every one that there is, of the present settings and of earlier ones; details of one, two compared.
#pragma once

#include <QWidget>
#include <memory>

#include "job/engine.h"

class CurvePlot;
class EmptyState;
class EngineBridge;
class ProjectDocument;
class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QTableView;
class RunComparisonView;
class RunFacts;
class RunNotesForm;
class RunsFilter;
class RunsModel;

class RunsPage : public QWidget {
  Q_OBJECT
 public:
  RunsPage(ProjectDocument* document, EngineBridge* bridge, QWidget* parent = nullptr);

  RunsModel* model() const { return model_; }
  RunsFilter* filter() const { return filter_; }
  QTableView* table() const { return table_; }
  QLineEdit* search() const { return search_; }
  QComboBox* stateChoice() const { return state_choice_; }
  QComboBox* settingsChoice() const { return settings_choice_; }
  QCheckBox* starredBox() const { return starred_; }
  QPushButton* useButton() const { return use_; }
  QPushButton* takeBackButton() const { return take_back_; }
  QPushButton* deleteButton() const { return delete_; }
  RunNotesForm* notes() const { return notes_; }
  RunFacts* facts() const { return facts_; }
  RunComparisonView* comparison() const { return comparison_; }
  CurvePlot* plot() const { return plot_; }
  EmptyState* emptyState() const { return empty_; }
  bool isEmpty() const;
  QString summary() const;           ///< how many are shown, what they take
  QStringList selectedRuns() const;  ///< keys, from the top of the table

  void showView(std::shared_ptr<const pantograph::job::ProjectView> view);
  void selectRuns(const QStringList& keys);  ///< shows them whatever is filtered
  /// What confirming a deletion says of the selected runs.
  QString deletionText() const;

 Q_SIGNALS:
  void pageWanted(int page);  ///< 3 training
  void diskWanted();
  void useWanted(const QString& source);
  void told(const QString& title, const QString& text);  ///< what was done
  void failed(const QString& title, const pantograph::Error& error);

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  using Run = std::shared_ptr<const pantograph::job::RunInfo>;
  std::vector<Run> selected() const;
  QWidget* makeFilters();
  void makeTable();
  QWidget* makeLower();
  void selectionChanged();
  void refreshSummary();
  void fitColumns();
  void askForCurves(const std::vector<Run>& runs);
  void showCurves(const pantograph::job::CurvesRead& read);
  void toggleStar(const std::vector<Run>& runs);
  void useSelected();
  void takeBack();
  void askAndDelete();
  ProjectDocument* document_;
  EngineBridge* bridge_;
  std::shared_ptr<const pantograph::job::ProjectView> view_;
  QStackedWidget *stack_, *lower_, *details_;
  EmptyState* empty_;
  QLineEdit* search_;
  QComboBox *state_choice_, *settings_choice_;
  QCheckBox* starred_;
  QPushButton *use_, *take_back_, *delete_, *disk_;
  RunsModel* model_;
  RunsFilter* filter_;
  QTableView* table_;
  QLabel *summary_, *hint_;
  RunNotesForm* notes_;
  RunFacts* facts_;
  RunComparisonView* comparison_;
  CurvePlot* plot_;
  QStringList shown_curves_;  // keys of the runs whose curves were asked for
  bool restoring_ = false;    // the selection is being put back
};
