// SPDX-License-Identifier: GPL-3.0-or-later
// The project's clusterings side by side: how concentrated each corpus is in each, and how far they agree.
#pragma once

#include <QWidget>

#include "report/clusterings.h"

class QLabel;
class QStackedWidget;
class QTableWidget;

class ClusteringsView : public QWidget {
  Q_OBJECT
 public:
  explicit ClusteringsView(QWidget* parent = nullptr);
  /// `domains`: of the project, in its order.
  void showClusterings(const pantograph::report::Clusterings& clusterings, const QStringList& domains);
  bool isEmpty() const;                                   ///< fewer than two clusterings
  QTableWidget* shares() const { return shares_; }        ///< rows: generic set and domains; two columns a clustering
  QTableWidget* agreement() const { return agreement_; }  ///< rows: pairs

 private:
  QStackedWidget* stack_;
  QTableWidget *shares_, *agreement_;
};
