// SPDX-License-Identifier: GPL-3.0-or-later
// Clusters of the generic set: settings, how every domain falls over them, and what a cluster is about.
#pragma once

#include <QWidget>

class ClusterModel;
class CountEdit;
class EmptyState;
class EngineBridge;
class HeatMap;
class ProjectDocument;
class QComboBox;
class QLabel;
class QPushButton;
class QSpinBox;
class QStackedWidget;
class QTableView;

class ClustersPage : public QWidget {
  Q_OBJECT
 public:
  ClustersPage(ProjectDocument* document, EngineBridge* bridge, QWidget* parent = nullptr);
  ClusterModel* model() const { return model_; }
  HeatMap* heatMap() const { return heat_; }
  QPushButton* clusterButton() const { return cluster_; }

 Q_SIGNALS:
  void pageWanted(int page);  ///< 0: data

 private:
  QWidget* makeSettings();
  void refresh();
  void showCluster(int cluster);
  void toggleDomain(const QString& domain, bool picked);
  void sendProbes();

  ProjectDocument* document_;
  EngineBridge* bridge_;
  ClusterModel* model_;
  QSpinBox* clusters_;
  QComboBox* embedder_;
  QSpinBox* dimensions_;
  QSpinBox* window_;
  CountEdit* sample_;
  QSpinBox* restarts_;
  QPushButton* cluster_;
  QLabel* state_;
  QStackedWidget* stack_;
  EmptyState* empty_;
  HeatMap* heat_;
  QTableView* table_;
  QLabel* cluster_title_;
  QLabel* cluster_text_;
};
