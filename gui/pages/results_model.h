// SPDX-License-Identifier: GPL-3.0-or-later
// Results as tables: records in, rows out. Raw numbers for sorting under SortRole.
#pragma once

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>
#include <memory>
#include <vector>

#include "job/runs.h"
#include "measure/results.h"

class ResultsModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Role { SortRole = Qt::UserRole };
  enum Column {
    method,
    settings,
    domain,
    size,
    budget,
    seed,
    expert,
    selection,
    before,
    after,
    change,
    bits_per_byte,
    without_leaks,
    generic_perplexity,
    generic_tokens,
    generic_cost,
    specialization_cost,
    generic_time,
    specialization_time,
    parameters_pretraining,
    parameters_inference,
    column_count
  };
  using QAbstractTableModel::QAbstractTableModel;

  /// `earlier`: finished specializations of settings that the project no longer has; their rows come last.
  void setRecords(std::vector<pantograph::measure::ResultRecord> records, pantograph::job::RunList earlier = {});
  const std::vector<pantograph::measure::ResultRecord>& records() const { return records_; }  ///< of all rows
  bool someLeak() const;  ///< a record has test documents that were trained on
  bool isEarlier(int row) const { return row >= rowCount() - static_cast<int>(earlier_.size()); }
  int earlierCount() const { return static_cast<int>(earlier_.size()); }
  /// The run of an earlier row; null of a present one.
  std::shared_ptr<const pantograph::job::RunInfo> earlierRun(int row) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::vector<pantograph::measure::ResultRecord> records_;
  pantograph::job::RunList earlier_;
};

/// Keeps the rows of one method, domain, size and generic budget; an empty text or 0 keeps all. Rows of earlier
/// settings stand below the others, however they are sorted.
class ResultsFilter : public QSortFilterProxyModel {
  Q_OBJECT
 public:
  explicit ResultsFilter(ResultsModel* model, QObject* parent = nullptr);
  void setFilter(const QString& method, const QString& domain, quint64 tokens, quint64 budget);
  void setEarlierShown(bool shown);
  bool accepts(const pantograph::measure::ResultRecord& record) const;

 protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
  bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

 private:
  bool earlier_shown_ = true;
  ResultsModel* model_;
  std::string method_, domain_;
  std::uint64_t tokens_ = 0, budget_ = 0;
};

/// Macro-averages over domains, per method, size and generic budget.
class AveragesModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Role { SortRole = Qt::UserRole };
  enum Column {
    method,
    size,
    budget,
    generic,
    before,
    after,
    interval,
    change,
    spread,
    bits_per_byte,
    domains,
    seeds,
    column_count
  };
  using QAbstractTableModel::QAbstractTableModel;
  void setAverages(std::vector<pantograph::measure::MethodAverage> averages);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::vector<pantograph::measure::MethodAverage> averages_;
};
