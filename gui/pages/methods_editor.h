// SPDX-License-Identifier: GPL-3.0-or-later
// The methods that the project compares: a list to add to, copy and remove from, and the details of the chosen one. The
// first row is the generic phase of all of them.
#pragma once

#include <QWidget>

#include "project/project.h"

class CountEdit;
class GenericForm;
class MethodForm;
class MethodGridForm;
class ProjectDocument;
class QLabel;
class QMenu;
class QPushButton;
class QToolButton;
class QTreeWidget;

class MethodsEditor : public QWidget {
  Q_OBJECT
 public:
  explicit MethodsEditor(ProjectDocument* document, QWidget* parent = nullptr);
  void add(const std::string& kind);
  void select(const std::string& name);  ///< "": all methods
  std::string selected() const;
  QTreeWidget* list() const { return list_; }
  QMenu* addMenu() const { return add_menu_; }
  QToolButton* addButton() const { return add_; }
  QPushButton* duplicateButton() const { return duplicate_; }
  QPushButton* removeButton() const { return remove_; }
  MethodForm* form() const { return form_; }
  MethodGridForm* grid() const { return grid_; }
  GenericForm* generic() const { return generic_; }
  CountEdit* tokensEdit() const;
  CountEdit* tokensPerStepEdit() const;
  QString problem() const;  ///< what the rules say; empty: nothing

 private:
  void makeButtons();
  void refresh();
  void refreshDetails();
  void editGeneric(const QString& text, const std::function<void(pantograph::project::GenericSpec&)>& change);

  ProjectDocument* document_;
  QTreeWidget* list_;
  QToolButton* add_;
  QMenu* add_menu_;
  QPushButton *duplicate_, *remove_;
  QLabel *problem_, *differ_, *generic_title_;
  MethodForm* form_;
  MethodGridForm* grid_;
  GenericForm* generic_;
  bool refreshing_ = false;
};
