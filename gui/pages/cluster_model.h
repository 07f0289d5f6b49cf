// SPDX-License-Identifier: GPL-3.0-or-later
// How each corpus falls over the clusters, as a table; a domain's check box says whether it is specialized for.
#pragma once

#include <QAbstractTableModel>
#include <memory>
#include <vector>

#include "job/engine.h"

class ClusterModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { corpus, windows, tokens, top_cluster, top_fraction, entropy, column_count };
  using QAbstractTableModel::QAbstractTableModel;

  /// Rows: the generic set, then every domain of the project.
  void set(const pantograph::project::Project& project, std::shared_ptr<const pantograph::job::ProjectView> view);
  const pantograph::cluster::ClusterHistogram* histogram(int row) const;  ///< null before clustering

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  bool setData(const QModelIndex& index, const QVariant& value, int role) override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 Q_SIGNALS:
  void domainToggled(const QString& domain, bool picked);  ///< the owner changes the project, and calls set()

 private:
  struct Row {
    std::string name;
    bool picked = false;
    bool operator==(const Row&) const = default;
  };
  std::vector<Row> rows_;  // [0]: the generic set
  std::shared_ptr<const pantograph::job::ProjectView> view_;
};
