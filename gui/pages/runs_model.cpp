// SPDX-License-Identifier: GPL-3.0-or-later
// Runs as a table.
#include "pages/runs_model.h"

#include <QBrush>
#include <QDateTime>
#include <QFont>
#include <QGuiApplication>
#include <algorithm>
#include <cmath>

#include "format.h"
#include "plot/quantities.h"
#include "theme.h"

using pantograph::job::RunInfo;
using pantograph::job::RunState;

namespace {

struct Heading {
  const char* text;
  const char* tip;
};

const Heading kHeadings[RunsModel::column_count] = {
    {"★", QT_TRANSLATE_NOOP("RunsModel", "Starred; click a star, or press S, to give or take it")},
    {QT_TRANSLATE_NOOP("RunsModel", "Name"), QT_TRANSLATE_NOOP("RunsModel", "Name that you gave")},
    {QT_TRANSLATE_NOOP("RunsModel", "What"), QT_TRANSLATE_NOOP("RunsModel", "Generic phase or specialization")},
    {QT_TRANSLATE_NOOP("RunsModel", "Settings"),
     QT_TRANSLATE_NOOP("RunsModel", "Present: of the project as it is declared now")},
    {QT_TRANSLATE_NOOP("RunsModel", "State"), QT_TRANSLATE_NOOP("RunsModel", "How far the run came")},
    {QT_TRANSLATE_NOOP("RunsModel", "Started"), QT_TRANSLATE_NOOP("RunsModel", "When it was last started")},
    {QT_TRANSLATE_NOOP("RunsModel", "Worked"), QT_TRANSLATE_NOOP("RunsModel", "Time of work, without pauses")},
    {QT_TRANSLATE_NOOP("RunsModel", "Perplexity"),
     QT_TRANSLATE_NOOP("RunsModel",
                       "Test perplexity before → after fine-tuning; of a generic phase, that on the "
                       "generic validation set")},
    {QT_TRANSLATE_NOOP("RunsModel", "Disk"), QT_TRANSLATE_NOOP("RunsModel", "What its files take, with checkpoints")},
    {QT_TRANSLATE_NOOP("RunsModel", "Tags"), QT_TRANSLATE_NOOP("RunsModel", "Words that you gave")},
};

bool isNumber(int column) {
  return column == RunsModel::worked || column == RunsModel::perplexity || column == RunsModel::disk;
}

QString joined(const std::vector<std::string>& words) {
  QStringList list;
  for (const std::string& word : words) list << QString::fromStdString(word);
  return list.join(QStringLiteral(", "));
}

}  // namespace

QString RunsModel::stateText(RunState state) {
  switch (state) {
    case RunState::running:
      return tr("running");
    case RunState::stopped:
      return tr("stopped");
    case RunState::failed:
      return tr("failed");
    case RunState::finished:
      break;
  }
  return tr("finished");
}

QString RunsModel::timeText(const std::string& iso) {
  const auto time = QDateTime::fromString(QString::fromStdString(iso), Qt::ISODate);
  return time.isValid() ? time.toLocalTime().toString(QStringLiteral("yyyy-MM-dd HH:mm")) : QString();
}

QString RunsModel::outcomeText(const RunInfo& run) {
  if (run.result)
    return QStringLiteral("%1 → %2").arg(quantities::perplexity(run.result->perplexity_before),
                                         quantities::perplexity(run.result->perplexity_after));
  return run.generic_loss ? quantities::perplexity(std::exp(*run.generic_loss)) : QStringLiteral("–");
}

QString RunsModel::title(const RunInfo& run) {
  return QString::fromStdString(run.notes.name.empty() ? run.record.title : run.notes.name);
}

void RunsModel::setRuns(pantograph::job::RunList runs) {
  const bool same = std::equal(runs.begin(), runs.end(), runs_.begin(), runs_.end(),
                               [](const auto& a, const auto& b) { return a->folder == b->folder; });
  if (!same) {
    beginResetModel();
    runs_ = std::move(runs);
    endResetModel();
    return;
  }
  runs.swap(runs_);
  for (int row = 0; row < rowCount(); ++row) {
    const auto at = static_cast<std::size_t>(row);
    if (runs[at] != runs_[at]) Q_EMIT dataChanged(index(row, 0), index(row, column_count - 1));
  }
}

int RunsModel::rowOf(const QString& key) const {
  const std::string text = key.toStdString();
  const auto found = std::find_if(runs_.begin(), runs_.end(), [&](const auto& run) { return run->record.key == text; });
  return found == runs_.end() ? -1 : static_cast<int>(found - runs_.begin());
}

int RunsModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(runs_.size());
}

int RunsModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : column_count;
}

QVariant RunsModel::text(const RunInfo& run, int column) const {
  switch (column) {
    case star:
      return run.notes.star ? QStringLiteral("★") : QStringLiteral("☆");
    case name:
      return QString::fromStdString(run.notes.name);
    case what:
      return QString::fromStdString(run.record.title);
    case settings:
      return run.present ? tr("present") : tr("earlier");
    case state:
      return stateText(run.record.state);
    case started:
      return timeText(run.record.started);
    case worked:
      return run.record.seconds > 0 ? formatDuration(run.record.seconds) : QStringLiteral("–");
    case perplexity:
      return outcomeText(run);
    case disk:
      return formatBytes(static_cast<double>(run.bytes));
    case tags:
      return joined(run.notes.tags);
    default:
      return {};
  }
}

/// What stands for nothing is behind everything else, rising.
QVariant RunsModel::number(const RunInfo& run, int column) const {
  switch (column) {
    case star:
      return run.notes.star ? 0 : 1;
    case started:
      return QString::fromStdString(run.record.started);  // ISO 8601 sorts as it stands
    case worked:
      return run.record.seconds;
    case perplexity:
      return run.result         ? run.result->perplexity_after
             : run.generic_loss ? std::exp(*run.generic_loss)
                                : std::numeric_limits<double>::infinity();
    case disk:
      return static_cast<double>(run.bytes);
    default:
      return text(run, column);
  }
}

QVariant RunsModel::tip(const RunInfo& run, int column) const {
  switch (column) {
    case star:
      return run.notes.star ? tr("Starred") : tr("Not starred");
    case settings:
      return run.present ? tr("Of the project as it is declared now")
                         : tr("The project has other settings or data by now; this run stays as it was");
    case state:
      return run.record.error.empty() ? QVariant() : QString::fromStdString(run.record.error);
    case disk:
      return run.checkpoint_bytes > 0
                 ? tr("%1 of it checkpoints").arg(formatBytes(static_cast<double>(run.checkpoint_bytes)))
                 : QVariant();
    case name:
      return run.notes.note.empty() ? QVariant() : QString::fromStdString(run.notes.note);
    default:
      return {};
  }
}

QVariant RunsModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const RunInfo& run = *runs_[static_cast<std::size_t>(index.row())];
  const int column = index.column();
  switch (role) {
    case Qt::DisplayRole:
      return text(run, column);
    case SortRole:
      return number(run, column);
    case Qt::ToolTipRole:
      return tip(run, column);
    case Qt::AccessibleTextRole:
      return column == star ? tip(run, column) : text(run, column);
    case Qt::TextAlignmentRole:
      return QVariant::fromValue(Qt::Alignment((isNumber(column) ? Qt::AlignRight
                                                : column == star ? Qt::AlignHCenter
                                                                 : Qt::AlignLeft) |
                                               Qt::AlignVCenter));
    case Qt::ForegroundRole: {
      const QPalette palette = QGuiApplication::palette();
      if (column == star) return QBrush(run.notes.star ? theme::warningColor(palette) : theme::mutedText(palette));
      if (column == settings && !run.present) return QBrush(theme::mutedText(palette));
      if (column != state) return {};
      if (run.record.state == RunState::failed) return QBrush(theme::errorColor(palette));
      if (run.record.state == RunState::stopped) return QBrush(theme::warningColor(palette));
      if (run.record.state == RunState::running) return QBrush(theme::goodColor(palette));
      return {};
    }
    case Qt::FontRole:
      if (column == settings && !run.present) {
        QFont italic;
        italic.setItalic(true);
        return italic;
      }
      return {};
    default:
      return {};
  }
}

QVariant RunsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section < 0 || section >= column_count) return {};
  if (role == Qt::DisplayRole) return tr(kHeadings[section].text);
  if (role == Qt::ToolTipRole) return tr(kHeadings[section].tip);
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue(Qt::Alignment((isNumber(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
  return {};
}

RunsFilter::RunsFilter(RunsModel* model, QObject* parent) : QSortFilterProxyModel(parent), model_(model) {
  setSourceModel(model);
  setSortRole(RunsModel::SortRole);
  setSortCaseSensitivity(Qt::CaseInsensitive);
}

void RunsFilter::setSearch(const QString& search) {
  search_ = search.simplified().toStdString();
  invalidateFilter();
}

void RunsFilter::setState(std::optional<RunState> state) {
  state_ = state;
  invalidateFilter();
}

void RunsFilter::setSettings(Settings settings) {
  settings_ = settings;
  invalidateFilter();
}

void RunsFilter::setStarred(bool starred) {
  starred_ = starred;
  invalidateFilter();
}

bool RunsFilter::filterAcceptsRow(int row, const QModelIndex&) const {
  const RunInfo& run = *model_->runs()[static_cast<std::size_t>(row)];
  if (state_ && run.record.state != *state_) return false;
  if (settings_ != Settings::all && run.present != (settings_ == Settings::present)) return false;
  if (starred_ && !run.notes.star) return false;
  return pantograph::job::matches(run, search_);
}
