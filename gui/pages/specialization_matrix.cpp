// SPDX-License-Identifier: GPL-3.0-or-later
// Domain × size down, method × seed across.
#include "pages/specialization_matrix.h"

#include <QBrush>
#include <QGuiApplication>
#include <cmath>

#include "format.h"
#include "plot/quantities.h"
#include "store/project_file.h"
#include "theme.h"

using pantograph::StepState;

void SpecializationMatrix::set(const pantograph::Project& project, const pantograph::ProjectView* view) {
  std::vector<RowKey> rows;
  std::vector<ColumnKey> columns;
  for (const auto& domain : project.specialization.domains) {
    for (const auto tokens : project.specialization.tokens) rows.push_back({QString::fromStdString(domain), tokens});
  }
  for (const auto& method : project.methods) {
    for (const auto seed : project.seeds) columns.push_back({QString::fromStdString(method.name), seed});
  }
  QHash<QString, Cell> cells;
  if (view) {
    for (const auto& step : view->steps) {
      if (step.id.rfind("specialize/", 0) != 0) continue;
      Cell& cell = cells[QString::fromStdString(step.id)];
      cell.state = step.state;
      cell.seconds = step.seconds;
      cell.error = QString::fromStdString(step.error);
    }
    for (const auto& result : view->results) {
      const QString id = QStringLiteral("specialize/%1/%2/%3/%4")
                             .arg(QString::fromStdString(result.method), QString::fromStdString(result.domain))
                             .arg(result.specialization_tokens)
                             .arg(result.seed);
      Cell& cell = cells[id];
      cell.before = result.perplexity_before;
      cell.after = result.perplexity_after;
      cell.expert = result.expert;
    }
  }
  const bool many = project.seeds.size() > 1;
  const bool shape = rows != rows_ || columns != columns_ || many != many_seeds_;
  if (shape) beginResetModel();
  rows_ = std::move(rows);
  columns_ = std::move(columns);
  cells_ = std::move(cells);
  many_seeds_ = many;
  if (shape)
    endResetModel();
  else if (!rows_.empty() && !columns_.empty())
    Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

QModelIndex SpecializationMatrix::indexOf(const QString& step) const {
  for (int row = 0; row < rowCount(); ++row) {
    for (int column = 0; column < columnCount(); ++column) {
      if (stepAt(row, column) == step) return index(row, column);
    }
  }
  return {};
}

void SpecializationMatrix::setRunning(const QString& step) {
  const QModelIndex at = indexOf(step);
  if (!at.isValid()) return;
  cells_[step].state = StepState::running;
  Q_EMIT dataChanged(at, at);
}

void SpecializationMatrix::setNewest(const QString& step, double loss) {
  const QModelIndex at = indexOf(step);
  if (!at.isValid()) return;
  cells_[step].newest = loss;
  Q_EMIT dataChanged(at, at);
}

int SpecializationMatrix::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int SpecializationMatrix::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(columns_.size());
}

QString SpecializationMatrix::stepAt(int row, int column) const {
  const RowKey& r = rows_[static_cast<std::size_t>(row)];
  const ColumnKey& c = columns_[static_cast<std::size_t>(column)];
  return QStringLiteral("specialize/%1/%2/%3/%4").arg(c.method, r.domain).arg(r.tokens).arg(c.seed);
}

QVariant SpecializationMatrix::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const QString step = stepAt(index.row(), index.column());
  const Cell cell = cells_.value(step);
  switch (role) {
    case StepRole:
      return step;
    case StateRole:
      return static_cast<int>(cell.state);
    case Qt::TextAlignmentRole:
      return QVariant::fromValue(Qt::Alignment(Qt::AlignCenter));
    case Qt::DisplayRole: {
      const QString both =
          QStringLiteral("%1 → %2").arg(quantities::perplexity(cell.before), quantities::perplexity(cell.after));
      switch (cell.state) {
        case StepState::up_to_date:
          return cell.after > 0 ? both : tr("done");
        case StepState::stale:
          return cell.after > 0 ? tr("out of date (%1)").arg(both) : tr("out of date");
        case StepState::running:
          return cell.newest > 0 ? tr("running, now %1").arg(quantities::perplexity(std::exp(cell.newest)))
                                 : tr("running…");
        case StepState::partial:
          return tr("interrupted");
        case StepState::failed:
          return tr("failed");
        case StepState::missing:
          break;
      }
      return tr("not done");
    }
    case Qt::ForegroundRole: {
      const QPalette palette = QGuiApplication::palette();
      if (cell.state == StepState::failed) return QBrush(theme::errorColor(palette));
      if (cell.state == StepState::stale || cell.state == StepState::partial)
        return QBrush(theme::warningColor(palette));
      if (cell.state == StepState::missing) return QBrush(theme::mutedText(palette));
      return {};
    }
    case Qt::ToolTipRole: {
      const auto& row = rows_[static_cast<std::size_t>(index.row())];
      QStringList lines{
          tr("%1 on %2 tokens of %3, seed %4")
              .arg(columns_[static_cast<std::size_t>(index.column())].method, formatInteger(row.tokens), row.domain)
              .arg(columns_[static_cast<std::size_t>(index.column())].seed)};
      if (cell.after > 0) {
        lines << tr("Test perplexity before → after fine-tuning: %1 → %2 (%3)")
                     .arg(quantities::perplexity(cell.before), quantities::perplexity(cell.after),
                          quantities::percentChange(cell.before, cell.after));
      }
      if (cell.expert >= 0) lines << tr("Expert %1").arg(cell.expert);
      if (cell.seconds > 0) lines << tr("Took %1").arg(formatDuration(cell.seconds));
      if (!cell.error.isEmpty()) lines << cell.error;
      return lines.join(QLatin1Char('\n'));
    }
    default:
      return {};
  }
}

QVariant SpecializationMatrix::headerData(int section, Qt::Orientation orientation, int role) const {
  if (role != Qt::DisplayRole || section < 0) return {};
  if (orientation == Qt::Horizontal) {
    if (section >= columnCount()) return {};
    const ColumnKey& key = columns_[static_cast<std::size_t>(section)];
    return many_seeds_ ? tr("%1, seed %2").arg(key.method).arg(key.seed) : key.method;
  }
  if (section >= rowCount()) return {};
  const RowKey& key = rows_[static_cast<std::size_t>(section)];
  return QStringLiteral("%1, %2").arg(key.domain, QString::fromStdString(pantograph::format_count(key.tokens)));
}
