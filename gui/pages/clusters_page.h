// SPDX-License-Identifier: GPL-3.0-or-later
// Clusters of the generic set: settings, how every domain falls over them, and what a cluster is about.
#pragma once

#include <QWidget>
#include <memory>

#include "job/engine.h"

class ClusterModel;
class ClusteringsView;
class CountEdit;
class EmptyState;
class EngineBridge;
class HeatMap;
class ProjectDocument;
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;
class QStackedWidget;
class QTableView;
class QTabWidget;

class ClustersPage : public QWidget {
  Q_OBJECT
 public:
  ClustersPage(ProjectDocument* document, EngineBridge* bridge, QWidget* parent = nullptr);
  ClusterModel* model() const { return model_; }
  HeatMap* heatMap() const { return heat_; }
  QPushButton* clusterButton() const { return cluster_; }
  QComboBox* embedder() const { return embedder_; }
  QLineEdit* modelFolder() const { return model_folder_; }
  QTabWidget* tabs() const { return tabs_; }
  ClusteringsView* clusterings() const { return clusterings_; }

  void showView(std::shared_ptr<const pantograph::job::ProjectView> view);

 Q_SIGNALS:
  void pageWanted(int page);  ///< 0: data

 private:
  QWidget* makeSettings();
  QWidget* makeModelFolder(QWidget* parent);
  void refresh();
  bool takesModel() const;  ///< the project's embedder
  void showCluster(int cluster);
  void toggleDomain(const QString& domain, bool picked);
  void sendProbes();

  ProjectDocument* document_;
  EngineBridge* bridge_;
  std::shared_ptr<const pantograph::job::ProjectView> view_;
  ClusterModel* model_;
  QSpinBox* clusters_;
  QComboBox* embedder_;
  QLineEdit* model_folder_;
  QPushButton* browse_;
  QSpinBox* dimensions_;
  QSpinBox* window_;
  CountEdit* sample_;
  QSpinBox* restarts_;
  QPushButton* cluster_;
  QLabel* state_;
  QStackedWidget* stack_;
  QTabWidget* tabs_;
  ClusteringsView* clusterings_;
  EmptyState* empty_;
  HeatMap* heat_;
  QTableView* table_;
  QLabel* cluster_title_;
  QLabel* cluster_text_;
};
