// SPDX-License-Identifier: GPL-3.0-or-later
// The details of one method: network, where its pretraining comes from, and what its kind has of its own.
#pragma once

#include <QHash>
#include <QWidget>
#include <functional>
#include <string>
#include <vector>

#include "project/project.h"

class ProjectDocument;
class QComboBox;
class QDoubleSpinBox;
class QGridLayout;
class QLabel;
class QLineEdit;
class QSpinBox;

class MethodForm : public QWidget {
  Q_OBJECT
 public:
  explicit MethodForm(ProjectDocument* document, QWidget* parent = nullptr);
  void setMethod(const std::string& name);  ///< "" or an unknown one: nothing is shown
  const std::string& method() const { return name_; }

  QLineEdit* nameEdit() const { return name_edit_; }
  QComboBox* network() const { return network_; }
  QComboBox* pretrained() const { return pretrained_; }
  QComboBox* start() const { return start_; }
  QComboBox* startBudget() const { return start_budget_; }
  QComboBox* selection() const { return selection_; }
  QComboBox* experts() const { return experts_; }
  QComboBox* adaptation() const { return adaptation_; }
  QComboBox* teacher() const { return teacher_; }
  QSpinBox* clusters() const { return clusters_; }
  QSpinBox* loraRank() const { return lora_rank_; }
  QDoubleSpinBox* teacherWeight() const { return teacher_weight_; }
  QDoubleSpinBox* rateFactor() const { return rate_factor_; }

 Q_SIGNALS:
  void renamed(const std::string& to);  ///< before the document changes

 private:
  using Edit = std::function<void(pantograph::project::Project& project, pantograph::project::MethodSpec& method)>;
  void makeRows();
  void refresh();
  void refreshChoices(const pantograph::project::Project& project, const pantograph::project::MethodSpec& method);
  void commitName();
  /// One undo step; whatever no longer fits afterwards is set back in it. `merge`: spin boxes in motion.
  void change(const QString& text, const Edit& edit, const QString& merge = {});
  QComboBox* addChoice(const QString& label, const QString& tip, const QString& undo,
                       const std::function<void(pantograph::project::Project&, pantograph::project::MethodSpec&,
                                                const std::string&)>& set);
  QSpinBox* addNumber(const QString& label, const QString& tip, int low, int high,
                      int pantograph::project::MethodSpec::*member);
  QDoubleSpinBox* addReal(const QString& label, const QString& tip, double low, double high, double step,
                          double pantograph::project::MethodSpec::*member);
  void addRow(const QString& label, QWidget* field);
  void showRow(QWidget* field, bool visible);

  ProjectDocument* document_;
  std::string name_;
  bool refreshing_ = false;
  QGridLayout* grid_;
  QHash<QWidget*, QLabel*> labels_;  // of the fields
  QLabel *kind_, *name_problem_;
  QLineEdit* name_edit_;
  QComboBox *network_, *pretrained_, *start_, *start_budget_, *start_variant_, *selection_, *experts_, *adaptation_,
      *teacher_, *t_moments_;
  QSpinBox *clusters_, *expert_number_, *lora_rank_;
  QDoubleSpinBox *start_noise_, *lora_alpha_, *temperature_, *teacher_weight_, *rate_factor_;
  QDoubleSpinBox* rates_[3];  // of T, E and M
};
