// SPDX-License-Identifier: GPL-3.0-or-later
// Shapes of the small and the projected network, with what they cost at once, and the methods that use them.
#pragma once

#include <QWidget>
#include <functional>

#include "pages/cost_estimate.h"

class EngineBridge;
class MethodsEditor;
class ProjectDocument;
class QCheckBox;
class QComboBox;
class QFormLayout;
class QGroupBox;
class QLabel;
class QTableWidget;
class QTimer;
class BlockChoice;
class QToolButton;
class SliderSpin;

class NetworksPage : public QWidget {
  Q_OBJECT
 public:
  NetworksPage(ProjectDocument* document, EngineBridge* bridge, QWidget* parent = nullptr);
  SliderSpin* layersControl() const { return layers_; }
  SliderSpin* widthControl() const { return width_; }
  SliderSpin* innerControl() const { return inner_; }
  MethodsEditor* methods() const { return methods_; }
  QString problem() const;
  BlockChoice* blockChoice() const { return block_; }
  QTableWidget* costs() const { return costs_; }
  QComboBox* smallChoice() const { return small_choice_; }
  QComboBox* projectedChoice() const { return projected_choice_; }
  QToolButton* copyButton(bool projected) const { return (projected ? projected_tools_ : small_tools_).copy; }
  QToolButton* removeButton(bool projected) const { return (projected ? projected_tools_ : small_tools_).remove; }

 private:
  void makeShapes(QFormLayout* small, QFormLayout* projected);
  void makeBlock(QFormLayout* small);
  struct Tools {
    QToolButton *copy = nullptr, *remove = nullptr;
  };
  Tools makeChoice(QFormLayout* form, const QString& label, QComboBox* choice);
  void refreshTools(const Tools& tools, const std::string& network);
  void refresh();
  void applyPreset(int row);
  void measureSpeed();
  int vocabulary() const;
  std::string smallName() const;
  std::string projectedName() const;

  ProjectDocument* document_;
  EngineBridge* bridge_;
  QComboBox* preset_;
  QComboBox* small_choice_;
  QComboBox* projected_choice_;
  Tools small_tools_, projected_tools_;
  QLabel* problem_;
  BlockChoice* block_;
  SliderSpin* layers_;
  SliderSpin* width_;
  SliderSpin* heads_;
  SliderSpin* inner_;
  int kept_inner_ = -1;  ///< an inner width that does not follow the width; -1: none
  SliderSpin* context_;
  SliderSpin* h_;
  SliderSpin* m_;
  SliderSpin* k_;
  QTableWidget* costs_;
  QLabel* total_;
  MethodsEditor* methods_;
  QTimer* settle_;
  FlopRates rates_;
  bool measuring_ = false;
};
