// SPDX-License-Identifier: GPL-3.0-or-later
// Runs as a table, and which of them are shown. Raw numbers for sorting under SortRole.
#pragma once

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>
#include <memory>
#include <optional>

#include "job/runs.h"

class RunsModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Role { SortRole = Qt::UserRole };
  enum Column { star, name, what, settings, state, started, worked, perplexity, disk, tags, column_count };
  using QAbstractTableModel::QAbstractTableModel;

  /// The rows stay where the same runs come again; otherwise the model is reset.
  void setRuns(pantograph::job::RunList runs);
  const pantograph::job::RunList& runs() const { return runs_; }
  /// Row of a run by its key; -1: there is none.
  int rowOf(const QString& key) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  static QString stateText(pantograph::job::RunState state);
  /// "2026-11-27 14:05" of ISO 8601 in UTC, in the user's time zone; empty for none.
  static QString timeText(const std::string& iso);
  /// What came out: "142.8 → 26.93" of a specialization, one number of a generic phase; "–" of neither.
  static QString outcomeText(const pantograph::job::RunInfo& run);
  /// The name that its user gave, or what it is.
  static QString title(const pantograph::job::RunInfo& run);

 private:
  QVariant text(const pantograph::job::RunInfo& run, int column) const;
  QVariant number(const pantograph::job::RunInfo& run, int column) const;
  QVariant tip(const pantograph::job::RunInfo& run, int column) const;
  pantograph::job::RunList runs_;
};

/// Keeps the runs that have all words of a search, one state, present or earlier settings, a star.
class RunsFilter : public QSortFilterProxyModel {
  Q_OBJECT
 public:
  enum class Settings { all, present, earlier };
  explicit RunsFilter(RunsModel* model, QObject* parent = nullptr);
  void setSearch(const QString& search);
  void setState(std::optional<pantograph::job::RunState> state);
  void setSettings(Settings settings);
  void setStarred(bool starred);

 protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

 private:
  RunsModel* model_;
  std::string search_;
  std::optional<pantograph::job::RunState> state_;
  Settings settings_ = Settings::all;
  bool starred_ = false;
};
