// SPDX-License-Identifier: GPL-3.0-or-later
// Domain × size down, method × seed across: the state of every specialization, and perplexity before → after where it
// is done.
#pragma once

#include <QAbstractTableModel>
#include <QHash>
#include <memory>
#include <vector>

#include "job/engine.h"

class SpecializationMatrix : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Role { StepRole = Qt::UserRole, StateRole };

  using QAbstractTableModel::QAbstractTableModel;
  void set(const pantograph::Project& project, const pantograph::ProjectView* view);
  void setRunning(const QString& step);
  void setNewest(const QString& step, double loss);  ///< validation loss of a running one

  QString step(const QModelIndex& index) const { return index.data(StepRole).toString(); }
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  struct RowKey {
    QString domain;
    quint64 tokens = 0;
    bool operator==(const RowKey&) const = default;
  };
  struct ColumnKey {
    QString method;
    quint64 seed = 0;
    bool operator==(const ColumnKey&) const = default;
  };
  struct Cell {
    pantograph::StepState state = pantograph::StepState::missing;
    double before = 0, after = 0, newest = 0;  ///< perplexities; newest: validation loss
    int expert = -1;
    double seconds = 0;
    QString error;
  };
  QString stepAt(int row, int column) const;
  QModelIndex indexOf(const QString& step) const;
  std::vector<RowKey> rows_;
  std::vector<ColumnKey> columns_;
  QHash<QString, Cell> cells_;
  bool many_seeds_ = false;
};
