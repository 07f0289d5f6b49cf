// SPDX-License-Identifier: GPL-3.0-or-later
// The paper's figures that the user's runs can fill: a list by group, the chosen one drawn, and what is missing for the
// others.
#pragma once

#include <QStringList>
#include <QWidget>
#include <vector>

#include "measure/figures.h"

class FigurePlot;
class QComboBox;
class QLabel;
class QPushButton;
class QStackedWidget;
class QTreeWidget;
class QTreeWidgetItem;

class FiguresView : public QWidget {
  Q_OBJECT
 public:
  explicit FiguresView(QWidget* parent = nullptr);

  /// Makes the figures on another thread. `methods`: of the project, in its order.
  void setRecords(const std::vector<pantograph::measure::ResultRecord>& records, const QStringList& methods);
  bool isBusy() const { return working_; }
  const pantograph::measure::FigureSet& figures() const { return set_; }
  QTreeWidget* list() const { return list_; }
  FigurePlot* plot() const { return plot_; }
  QComboBox* unit() const { return unit_; }
  QString missingText() const;         ///< the sentences, one a line
  void select(const std::string& id);  ///< of a figure

 Q_SIGNALS:
  void ready();  ///< the list shows the records of the last setRecords()

 private:
  void make();
  void fill(pantograph::measure::FigureSet set);
  void showChosen();
  void exportAll();
  std::vector<pantograph::measure::ResultRecord> records_;
  QStringList methods_;
  pantograph::measure::FigureSet set_;
  bool working_ = false, again_ = false;
  QComboBox* unit_;
  QTreeWidget* list_;
  QStackedWidget* stack_;
  FigurePlot* plot_;
  QLabel *title_, *note_, *missing_;
  QPushButton* all_;
};
