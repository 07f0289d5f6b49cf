// SPDX-License-Identifier: GPL-3.0-or-later
// Which methods the project compares, and the budget of their generic phase: one for all, or one by one.
#pragma once

#include <QWidget>
#include <vector>

#include "store/project.h"

class CountEdit;
class ProjectDocument;
class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QSpinBox;

class MethodsEditor : public QWidget {
  Q_OBJECT
 public:
  explicit MethodsEditor(ProjectDocument* document, QWidget* parent = nullptr);
  QCheckBox* methodBox(int index) const {
    return boxes_[static_cast<std::size_t>(index)].box;
  }  ///< slm, slm-nopt, slm-pn
  CountEdit* tokensEdit() const { return tokens_; }
  CountEdit* tokensPerStepEdit() const { return per_step_; }

 private:
  struct MethodBox {
    std::string kind;
    QCheckBox* box;
  };
  void refresh();
  void toggle(const std::string& kind, bool on);
  /// Applies to the chosen method, or to all with a generic phase.
  void edit(const QString& text, const std::function<void(pantograph::GenericSpec&)>& change);

  ProjectDocument* document_;
  std::vector<MethodBox> boxes_;
  QComboBox* of_;
  QLabel* differ_;
  CountEdit* tokens_;
  CountEdit* per_step_;
  QLineEdit* rate_;
  CountEdit* warmup_;
  QComboBox* schedule_;
  QComboBox* precision_;
};
