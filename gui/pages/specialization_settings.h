// SPDX-License-Identifier: GPL-3.0-or-later
// Editor of [specialization]: every change is an undo step of the document.
#pragma once

#include <QWidget>

class ProjectDocument;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QSpinBox;

class SpecializationSettings : public QWidget {
  Q_OBJECT
 public:
  explicit SpecializationSettings(ProjectDocument* document, QWidget* parent = nullptr);
  QListWidget* domains() const { return domains_; }
  QLineEdit* sizes() const { return sizes_; }
  QComboBox* selection() const { return selection_; }
  QDoubleSpinBox* rateFactor() const { return rate_; }
  QLineEdit* sweep() const { return sweep_; }
  QSpinBox* maxSteps() const { return max_steps_; }
  QSpinBox* samples() const { return samples_; }
  QSpinBox* patience() const { return patience_; }
  QString problem() const;  ///< shown under the sizes

 private:
  void refresh();
  void commitSizes();
  void commitSelection();
  void commitSweep();
  void showProblem(const QString& text);
  ProjectDocument* document_;
  QListWidget* domains_;
  QLineEdit *sizes_, *sweep_;
  QComboBox* selection_;
  QSpinBox *expert_, *max_steps_, *patience_, *evaluate_, *samples_;
  QDoubleSpinBox* rate_;
  QLabel* problem_;
  bool refreshing_ = false;
};
