// SPDX-License-Identifier: GPL-3.0-or-later
// The grid of one method: lists of h, k and m as people type them, "8, 16, 32", and the methods that they stand for.
#pragma once

#include <QWidget>
#include <string>
#include <vector>

#include "project/project.h"

class ProjectDocument;
class QLabel;
class QLineEdit;

class MethodGridForm : public QWidget {
  Q_OBJECT
 public:
  explicit MethodGridForm(ProjectDocument* document, QWidget* parent = nullptr);
  void setMethod(const std::string& name);  ///< "", an unknown one or one without anything to vary: hidden
  QLineEdit* h() const { return fields_[0].edit; }
  QLineEdit* clusters() const { return fields_[1].edit; }
  QLineEdit* m() const { return fields_[2].edit; }
  QString meaning() const;  ///< "6 methods: pn-h8-k8 to pn-h16-k32"; empty: no grid
  QString problem() const;  ///< why the text typed last was refused; empty: it was not

 private:
  struct Field {
    QLabel* label;
    QLineEdit* edit;
    std::vector<int> pantograph::project::MethodGrid::*list;
  };
  void commit(const Field& field);
  void refresh();

  ProjectDocument* document_;
  std::string name_;
  Field fields_[3];  // h, k, m
  QLabel *meaning_, *problem_;
};
