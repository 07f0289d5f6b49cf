// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/cluster_model.h"

#include <QLocale>
#include <algorithm>
#include <numeric>

#include "format.h"

using namespace pantograph;

void ClusterModel::set(const project::Project& project, std::shared_ptr<const job::ProjectView> view) {
  view_ = std::move(view);
  std::vector<Row> rows = {{}};
  const auto& picked = project.specialization.domains;
  for (const project::CorpusSpec& spec : project.corpora) {
    if (spec.role == project::Role::domain)
      rows.push_back({spec.name, std::find(picked.begin(), picked.end(), spec.name) != picked.end()});
  }
  if (rows.size() != rows_.size()) {
    beginResetModel();
    rows_ = std::move(rows);
    endResetModel();
  } else {
    rows_ = std::move(rows);
    Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, column_count - 1));
  }
}

const cluster::ClusterHistogram* ClusterModel::histogram(int row) const {
  if (!view_ || !view_->clustering || row < 0 || row >= rowCount()) return nullptr;
  const cluster::ClusteringSummary& summary = *view_->clustering;
  if (row == 0) return &summary.generic;
  const auto found = summary.domains.find(rows_[static_cast<std::size_t>(row)].name);
  return found == summary.domains.end() ? nullptr : &found->second;
}

int ClusterModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}
int ClusterModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : column_count;
}

QVariant ClusterModel::data(const QModelIndex& at, int role) const {
  if (!checkIndex(at, CheckIndexOption::IndexIsValid)) return {};
  const Row& row = rows_[static_cast<std::size_t>(at.row())];
  if (role == Qt::TextAlignmentRole) {
    return QVariant::fromValue((at.column() == corpus ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
  }
  if (role == Qt::CheckStateRole && at.column() == corpus && at.row() > 0) {
    return QVariant::fromValue(row.picked ? Qt::Checked : Qt::Unchecked);
  }
  if (role == Qt::ToolTipRole && at.column() == corpus && at.row() > 0) {
    return tr("Checked: small models are specialized for this domain, and its curve is drawn while training.");
  }
  if (role != Qt::DisplayRole) return {};
  if (at.column() == corpus) return at.row() == 0 ? tr("generic set") : QString::fromStdString(row.name);
  const cluster::ClusterHistogram* found = histogram(at.row());
  if (!found) return QStringLiteral("–");
  const auto sum = [](const std::vector<std::uint64_t>& counts) {
    return formatInteger(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
  };
  switch (at.column()) {
    case windows:
      return sum(found->windows);
    case tokens:
      return sum(found->tokens);
    case top_cluster:
      return found->most_frequent;
    case top_fraction:
      return formatPercent(found->top_fraction);
    case entropy:
      return QLocale().toString(found->entropy, 'f', 2);
    default:
      return {};
  }
}

bool ClusterModel::setData(const QModelIndex& at, const QVariant& value, int role) {
  if (role != Qt::CheckStateRole || at.column() != corpus || at.row() < 1 || at.row() >= rowCount()) return false;
  Row& row = rows_[static_cast<std::size_t>(at.row())];
  row.picked = value.toInt() == Qt::Checked;
  Q_EMIT dataChanged(at, at, {Qt::CheckStateRole});
  Q_EMIT domainToggled(QString::fromStdString(row.name), row.picked);
  return true;
}

Qt::ItemFlags ClusterModel::flags(const QModelIndex& at) const {
  Qt::ItemFlags result = QAbstractTableModel::flags(at);
  if (at.isValid() && at.column() == corpus && at.row() > 0) result |= Qt::ItemIsUserCheckable;
  return result;
}

QVariant ClusterModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return role == Qt::DisplayRole ? QVariant(section + 1) : QVariant();
  if (role == Qt::TextAlignmentRole) {
    return QVariant::fromValue((section == corpus ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
  }
  if (role == Qt::ToolTipRole) {
    if (section == entropy)
      return tr("Entropy of the histogram, in nats: 0 when all is in one cluster, ln k when it is spread evenly");
    if (section == windows) return tr("Windows of the training part");
    return {};
  }
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case corpus:
      return tr("Corpus");
    case windows:
      return tr("Windows");
    case tokens:
      return tr("Tokens");
    case top_cluster:
      return tr("Top cluster");
    case top_fraction:
      return tr("In it");
    case entropy:
      return tr("Entropy (nats)");
    default:
      return {};
  }
}
