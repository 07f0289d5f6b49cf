// SPDX-License-Identifier: GPL-3.0-or-later
// Cells of the experiment grid.
#include "pages/specialization_matrix.h"

#include <QBrush>
#include <QGuiApplication>
#include <algorithm>
#include <cmath>

#include "base/numbers.h"
#include "base/words.h"
#include "format.h"
#include "plot/quantities.h"
#include "project/method_kind.h"
#include "theme.h"

using pantograph::job::StepState;

namespace {

QString sizeText(quint64 tokens) {
  return QString::fromStdString(pantograph::format_count(tokens));
}

QString stepId(const QString& method, const QString& domain, quint64 tokens, quint64 seed, quint64 budget,
               quint64 sample) {
  return QString::fromStdString(
      pantograph::job::StepKey::specialize(method.toStdString(), domain.toStdString(), tokens, seed, budget, sample)
          .id());
}

QString repeatText(quint64 seed, quint64 sample) {
  return QString::fromStdString(pantograph::words::seed_and_sample(seed, sample));
}

/// Smaller budgets that a method is specialized from as well, rising; then 0, the end.
std::vector<std::uint64_t> budgetsOf(const pantograph::project::Project& project,
                                     const pantograph::project::MethodSpec& method) {
  std::vector<std::uint64_t> budgets;
  if (pantograph::project::method_kind(method.kind).generic_phase)
    budgets = project.pretrained_by(method).generic.budgets;
  budgets.push_back(0);
  return budgets;
}

}  // namespace

void SpecializationMatrix::set(const pantograph::project::Project& project, const pantograph::job::ProjectView* view) {
  std::vector<RowKey> rows;
  std::vector<ColumnKey> columns;
  for (const auto& method : project.methods) {
    for (const std::uint64_t budget : budgetsOf(project, method)) {
      for (const auto seed : project.seeds) {
        for (quint64 sample = 1; sample <= project.specialization.samples; ++sample)
          rows.push_back({QString::fromStdString(method.name), budget, seed, sample, project.tokens_before(method)});
      }
    }
  }
  for (const auto& domain : project.specialization.domains) {
    for (const auto tokens : project.specialization.tokens) columns.push_back({QString::fromStdString(domain), tokens});
  }
  const bool many = project.seeds.size() > 1 || project.specialization.samples > 1;
  const bool shape = rows != rows_ || columns != columns_ || many != many_seeds_;
  if (shape) {
    beginResetModel();
    rows_ = std::move(rows);
    columns_ = std::move(columns);
    many_seeds_ = many;
    cells_ = makeCells(view);
    endResetModel();
    return;
  }
  std::vector<Cell> cells = makeCells(view);
  cells.swap(cells_);
  // Only rows that changed: a view comes with every step, and a grid may have thousands of cells.
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    const auto from = static_cast<std::ptrdiff_t>(row * columns_.size());
    const auto to = from + static_cast<std::ptrdiff_t>(columns_.size());
    if (std::equal(cells.begin() + from, cells.begin() + to, cells_.begin() + from)) continue;
    Q_EMIT dataChanged(index(static_cast<int>(row), 0), index(static_cast<int>(row), columnCount() - 1));
  }
}

std::vector<SpecializationMatrix::Cell> SpecializationMatrix::makeCells(const pantograph::job::ProjectView* view) {
  std::vector<Cell> cells(rows_.size() * columns_.size());
  by_step_.clear();
  by_step_.reserve(static_cast<qsizetype>(cells.size()));
  std::size_t at = 0;
  QHash<QString, quint64> before;
  for (const RowKey& row : rows_) {
    before.insert(row.method, row.before);
    for (const ColumnKey& column : columns_) {
      cells[at].step = stepId(row.method, column.domain, column.tokens, row.seed, row.budget, row.sample);
      by_step_.insert(cells[at].step, static_cast<int>(at));
      ++at;
    }
  }
  if (!view) return cells;
  const auto find = [&](const QString& id) {
    const auto found = by_step_.constFind(id);
    return found == by_step_.constEnd() ? nullptr : &cells[static_cast<std::size_t>(*found)];
  };
  for (const auto& step : view->steps) {
    if (step.key.kind != pantograph::job::StepKind::specialize) continue;
    Cell* cell = find(QString::fromStdString(step.id));
    if (!cell) continue;
    cell->state = step.state;
    cell->seconds = step.seconds;
    cell->estimated = step.estimated_seconds;
    cell->error = step.error;
    cell->note = step.note;
  }
  // A record knows the tokens of its budget; the end of the generic phase has no number in the step's id.
  for (const auto& result : view->results) {
    const QString method = QString::fromStdString(result.method), domain = QString::fromStdString(result.domain);
    const quint64 own = result.generic_budget - std::min<quint64>(result.generic_budget, before.value(method));
    const auto cellOf = [&](quint64 budget) {
      return find(stepId(method, domain, result.specialization_tokens, result.seed, budget, result.sample));
    };
    Cell* cell = cellOf(own);
    if (!cell) cell = cellOf(0);
    if (!cell) continue;
    cell->before = result.perplexity_before;
    cell->after = result.perplexity_after;
    cell->expert = result.expert;
    cell->selection = result.selection;
    cell->steps = result.specialization_steps;
  }
  return cells;
}

SpecializationMatrix::Counts SpecializationMatrix::counts() const {
  Counts counts;
  counts.all = static_cast<int>(cells_.size());
  for (const Cell& cell : cells_) {
    counts.done += cell.state == StepState::up_to_date;
    counts.running += cell.state == StepState::running;
    counts.failed += cell.state == StepState::failed;
  }
  counts.waiting = counts.all - counts.done - counts.running - counts.failed;
  return counts;
}

QModelIndex SpecializationMatrix::indexOf(const QString& step) const {
  const auto found = by_step_.constFind(step);
  if (found == by_step_.constEnd()) return {};
  return index(*found / columnCount(), *found % columnCount());
}

void SpecializationMatrix::setRunning(const QString& step) {
  const QModelIndex at = indexOf(step);
  if (!at.isValid()) return;
  cells_[static_cast<std::size_t>(by_step_.value(step))].state = StepState::running;
  Q_EMIT dataChanged(at, at);
}

void SpecializationMatrix::setNewest(const QString& step, double loss) {
  const QModelIndex at = indexOf(step);
  if (!at.isValid()) return;
  cells_[static_cast<std::size_t>(by_step_.value(step))].newest = loss;
  Q_EMIT dataChanged(at, at);
}

int SpecializationMatrix::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int SpecializationMatrix::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(columns_.size());
}

QString SpecializationMatrix::text(const Cell& cell) const {
  const QString after = quantities::perplexity(cell.after);
  const QString both = narrow() ? after : QStringLiteral("%1 → %2").arg(quantities::perplexity(cell.before), after);
  switch (cell.state) {
    case StepState::up_to_date:
      return cell.after > 0 ? both : tr("done");
    case StepState::stale:
      return cell.after > 0 ? tr("out of date (%1)").arg(both) : tr("out of date");
    case StepState::running: {
      const QString now = quantities::perplexity(std::exp(cell.newest));
      if (!(cell.newest > 0)) return tr("running…");
      return narrow() ? tr("now %1").arg(now) : tr("running, now %1").arg(now);
    }
    case StepState::partial:
      return tr("interrupted");
    case StepState::failed:
      return tr("failed");
    case StepState::missing:
      break;
  }
  return narrow() ? QStringLiteral("·") : tr("not done");
}

QString SpecializationMatrix::toolTip(const RowKey& row, const ColumnKey& column, const Cell& cell) const {
  QStringList lines{tr("%1 on %2 tokens of %3, seed %4")
                        .arg(row.method, formatInteger(column.tokens), column.domain)
                        .arg(repeatText(row.seed, row.sample))};
  if (row.budget > 0) lines << tr("From the network after %1 generic tokens").arg(formatInteger(row.budget));
  switch (cell.state) {
    case StepState::missing:
      lines << tr("Not done");
      break;
    case StepState::stale:
      lines << tr("Out of date: made with other settings or data");
      break;
    case StepState::partial:
      lines << tr("Interrupted: it goes on from its checkpoint");
      break;
    case StepState::running:
      lines << (cell.newest > 0
                    ? tr("Running; newest validation perplexity %1").arg(quantities::perplexity(std::exp(cell.newest)))
                    : tr("Running"));
      break;
    default:
      break;
  }
  if (cell.after > 0) {
    lines << tr("Test perplexity before → after fine-tuning: %1 → %2 (%3)")
                 .arg(quantities::perplexity(cell.before), quantities::perplexity(cell.after),
                      quantities::percentChange(cell.before, cell.after));
    lines << tr("Best after %1 steps").arg(formatInteger(cell.steps));
  }
  if (cell.expert >= 0)
    lines << (cell.selection.empty()
                  ? tr("Expert %1").arg(cell.expert)
                  : tr("Expert %1, chosen by: %2").arg(cell.expert).arg(QString::fromStdString(cell.selection)));
  if (cell.seconds > 0) lines << tr("Took %1").arg(formatDuration(cell.seconds));
  if (!cell.error.empty()) lines << QString::fromStdString(cell.error);
  if (!cell.note.empty()) lines << QString::fromStdString(cell.note);
  return lines.join(QLatin1Char('\n'));
}

QVariant SpecializationMatrix::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const Cell& cell = cellAt(index);
  switch (role) {
    case StepRole:
      return cell.step;
    case StateRole:
      return static_cast<int>(cell.state);
    case Qt::TextAlignmentRole:
      return QVariant::fromValue(Qt::Alignment(Qt::AlignCenter));
    case Qt::DisplayRole:
      return text(cell);
    case Qt::AccessibleTextRole:
      return cell.state == StepState::missing ? tr("not done") : text(cell);
    case Qt::ForegroundRole: {
      const QPalette palette = QGuiApplication::palette();
      if (cell.state == StepState::failed) return QBrush(theme::errorColor(palette));
      if (cell.state == StepState::stale || cell.state == StepState::partial)
        return QBrush(theme::warningColor(palette));
      if (cell.state == StepState::running) return QBrush(theme::goodColor(palette));
      if (cell.state == StepState::missing) return QBrush(theme::mutedText(palette));
      return {};
    }
    case Qt::ToolTipRole:
      return toolTip(rows_[static_cast<std::size_t>(index.row())], columns_[static_cast<std::size_t>(index.column())],
                     cell);
    default:
      return {};
  }
}

QVariant SpecializationMatrix::headerData(int section, Qt::Orientation orientation, int role) const {
  if ((role != Qt::DisplayRole && role != Qt::ToolTipRole) || section < 0) return {};
  if (orientation == Qt::Horizontal) {
    if (section >= columnCount()) return {};
    const ColumnKey& key = columns_[static_cast<std::size_t>(section)];
    if (role == Qt::ToolTipRole) return tr("Specialized on %1 tokens of %2").arg(formatInteger(key.tokens), key.domain);
    return QStringLiteral("%1\n%2").arg(key.domain, sizeText(key.tokens));
  }
  if (section >= rowCount()) return {};
  const RowKey& key = rows_[static_cast<std::size_t>(section)];
  QStringList parts{key.method};
  if (role == Qt::ToolTipRole)
    parts << (key.budget > 0 ? tr("from its network after %1 generic tokens").arg(formatInteger(key.budget))
                             : tr("from the end of its generic phase"));
  else if (key.budget > 0)
    parts << tr("at %1").arg(sizeText(key.budget));
  if (many_seeds_) parts << tr("seed %1").arg(repeatText(key.seed, key.sample));
  return parts.join(QStringLiteral(", "));
}
