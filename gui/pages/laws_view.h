// SPDX-License-Identifier: GPL-3.0-or-later
// Scaling laws of the report: each law with its error on larger runs, its curves through the measured runs, and how to
// split a budget between the two phases; or which runs are missing.
#pragma once

#include <QStringList>
#include <QWidget>
#include <memory>
#include <optional>

#include "job/engine.h"

class CountEdit;
class EmptyState;
class FigurePlot;
class QComboBox;
class QGroupBox;
class QLabel;
class QLineEdit;
class QSpinBox;
class QStackedWidget;
class QTreeWidget;

class LawsView : public QWidget {
  Q_OBJECT
 public:
  explicit LawsView(QWidget* parent = nullptr);

  void showView(std::shared_ptr<const pantograph::job::ProjectView> view);
  void setFilter(const QString& method, const QString& domain);  ///< empty: all
  bool isBusy() const { return busy_; }
  bool isEmpty() const;                              ///< no laws and nothing to say what is missing for them
  const pantograph::report::MethodLaw* law() const;  ///< the chosen one, or null
  const std::optional<pantograph::plan::SplitPlan>& plan() const { return plan_; }  ///< of the chosen law
  void select(const QString& method, const QString& domain);
  EmptyState* emptyState() const { return empty_; }
  QTreeWidget* list() const { return list_; }
  FigurePlot* plot() const { return plot_; }
  QLineEdit* budget() const { return budget_; }
  QSpinBox* domains() const { return domains_; }
  QComboBox* lossOf() const { return loss_of_; }  ///< 0: this domain, 1: the mean over all of the method
  CountEdit* domainSet() const { return domain_set_; }
  QString splitText() const;
  QString noteText() const;     ///< how the chosen law was found
  QString missingText() const;  ///< shown where no law is chosen

 Q_SIGNALS:
  void ready();  ///< curves and split of the chosen law are shown
  void reportWanted();

 private:
  QWidget* makeSplit();
  void fill();
  void showChosen();
  void ask();  ///< curves and split, on another thread
  std::vector<pantograph::plan::LawFit> fitsFor(const pantograph::report::MethodLaw& chosen) const;  ///< of the split
  void readBudget();
  std::shared_ptr<const pantograph::job::ProjectView> view_;
  QString method_, domain_;
  std::optional<double> chosen_budget_;      ///< FLOPs, by the user
  QString budget_text_;                      ///< as the user wrote it
  std::optional<std::uint64_t> chosen_set_;  ///< tokens of a domain, by the user; 0: no limit
  std::optional<pantograph::plan::SplitPlan> plan_;
  const pantograph::report::MethodLaw* drawn_ = nullptr;  ///< in view_; null: draw anew
  int question_ = 0;                                      ///< number of the newest; older answers are dropped
  bool busy_ = false;
  QStackedWidget *outer_, *stack_;
  EmptyState* empty_;
  QTreeWidget* list_;
  QGroupBox* split_box_;
  QLineEdit* budget_;
  QSpinBox* domains_;
  CountEdit* domain_set_;
  QComboBox* loss_of_;
  FigurePlot* plot_;
  QLabel *title_, *note_, *missing_, *split_;
};
