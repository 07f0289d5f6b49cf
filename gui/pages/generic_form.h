// SPDX-License-Identifier: GPL-3.0-or-later
// The generic phase of one method, or of all at once: budget, smaller budgets on the way, rate, schedule.
#pragma once

#include <QWidget>
#include <functional>
#include <vector>

#include "project/project.h"

class CountEdit;
class QComboBox;
class QLabel;
class QLineEdit;
class QSpinBox;

class GenericForm : public QWidget {
  Q_OBJECT
 public:
  explicit GenericForm(QWidget* parent = nullptr);
  /// no_clusters: for methods whose steps do not draw clusters; rate: for those without a generic phase, which
  /// train on domains at this rate.
  enum class Fields { all, no_clusters, rate };
  void set(const pantograph::project::GenericSpec& generic, Fields fields);
  CountEdit* tokensEdit() const { return tokens_; }
  CountEdit* tokensPerStepEdit() const { return per_step_; }
  QLineEdit* budgetsEdit() const { return budgets_; }
  QComboBox* schedule() const { return schedule_; }
  QString problem() const;  ///< shown under the budgets

  using Change = std::function<void(pantograph::project::GenericSpec&)>;

 Q_SIGNALS:
  void edited(const QString& undo_text, const GenericForm::Change& change);

 private:
  void commitBudgets();
  CountEdit *tokens_, *per_step_, *warmup_;
  QLineEdit *budgets_, *rate_;
  QComboBox *schedule_, *precision_;
  QSpinBox* experts_;
  QLabel* problem_;
  std::vector<QWidget*> budget_fields_, cluster_fields_;  // with their labels
  pantograph::project::GenericSpec shown_;
  bool refreshing_ = false;
};
