// SPDX-License-Identifier: GPL-3.0-or-later
// The experiment grid: method × budget × seed × sample down, domain × size across. Each cell is one specialization: its
// state, and the test perplexity where it is done.
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
  /// Of all cells. Waiting: not begun, out of date or interrupted.
  struct Counts {
    int all = 0, done = 0, running = 0, failed = 0, waiting = 0;
  };

  using QAbstractTableModel::QAbstractTableModel;
  void set(const pantograph::project::Project& project, const pantograph::job::ProjectView* view);
  void setRunning(const QString& step);
  void setNewest(const QString& step, double loss);  ///< validation loss of a running one
  Counts counts() const;

  QString step(const QModelIndex& index) const { return index.data(StepRole).toString(); }
  bool isDone(const QModelIndex& index) const {
    return index.data(StateRole).toInt() == static_cast<int>(pantograph::job::StepState::up_to_date);
  }
  QModelIndex indexOf(const QString& step) const;
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  struct RowKey {
    QString method;
    quint64 budget = 0, seed = 0;  ///< budget 0: the end of the generic phase
    quint64 sample = 1;
    quint64 before = 0;  ///< tokens of what it grew from: records count them, steps do not
    bool operator==(const RowKey&) const = default;
  };
  struct ColumnKey {
    QString domain;
    quint64 tokens = 0;
    bool operator==(const ColumnKey&) const = default;
  };
  struct Cell {
    QString step;
    pantograph::job::StepState state = pantograph::job::StepState::missing;
    double before = 0, after = 0, newest = 0;  ///< perplexities; newest: validation loss
    int expert = -1;
    std::string selection;
    std::uint64_t steps = 0;
    double seconds = 0, estimated = 0;
    std::string error, note;
    bool operator==(const Cell&) const = default;
  };
  const Cell& cellAt(const QModelIndex& index) const {
    return cells_[static_cast<std::size_t>(index.row()) * columns_.size() + static_cast<std::size_t>(index.column())];
  }
  std::vector<Cell> makeCells(const pantograph::job::ProjectView* view);
  QString text(const Cell& cell) const;
  QString toolTip(const RowKey& row, const ColumnKey& column, const Cell& cell) const;
  bool narrow() const { return columns_.size() > 6; }
  std::vector<RowKey> rows_;
  std::vector<ColumnKey> columns_;
  std::vector<Cell> cells_;      // row by row
  QHash<QString, int> by_step_;  // index into cells_
  bool many_seeds_ = false;
};
