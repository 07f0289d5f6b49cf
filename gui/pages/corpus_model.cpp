// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/corpus_model.h"

#include <QBrush>
#include <QCoreApplication>
#include <QGuiApplication>
#include <QStringList>
#include <numeric>

#include "corpus/document.h"
#include "format.h"
#include "pages/overlap_text.h"
#include "theme.h"

using namespace pantograph;

namespace {

template <typename Counts>
std::uint64_t total(const Counts& counts) {
  return std::accumulate(std::begin(counts), std::end(counts), std::uint64_t{0});
}

std::uint64_t dropped_documents(const corpus::ImportSummary& summary) {
  std::uint64_t sum = 0;
  for (const auto& [reason, left_out] : summary.dropped) sum += left_out.count;
  return sum;
}

/// Further behind is larger.
int lag(job::StepState state) {
  switch (state) {
    case job::StepState::up_to_date:
      return 0;
    case job::StepState::stale:
      return 1;
    case job::StepState::partial:
      return 2;
    case job::StepState::missing:
      return 3;
    case job::StepState::running:
      return 4;
    case job::StepState::failed:
      return 5;
  }
  return 3;
}

}  // namespace

QString stepStateText(job::StepState state) {
  const auto tr = [](const char* text) { return QCoreApplication::translate("StepState", text); };
  switch (state) {
    case job::StepState::missing:
      return tr("to do");
    case job::StepState::stale:
      return tr("out of date");
    case job::StepState::partial:
      return tr("begun");
    case job::StepState::up_to_date:
      return tr("up to date");
    case job::StepState::running:
      return tr("running");
    case job::StepState::failed:
      return tr("failed");
  }
  return {};
}

void CorpusModel::setProject(const std::vector<project::CorpusSpec>& corpora) {
  if (corpora == corpora_) return;
  if (corpora.size() == corpora_.size()) {
    corpora_ = corpora;
    if (!corpora_.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, column_count - 1));
    return;
  }
  beginResetModel();
  corpora_ = corpora;
  endResetModel();
}

void CorpusModel::setView(std::shared_ptr<const job::ProjectView> view) {
  view_ = std::move(view);
  if (!corpora_.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, column_count - 1));
}

const job::CorpusView* CorpusModel::corpusView(int row) const {
  if (!view_ || row < 0 || row >= rowCount()) return nullptr;
  for (const job::CorpusView& corpus : view_->corpora) {
    if (corpus.name == corpora_[static_cast<std::size_t>(row)].name) return &corpus;
  }
  return nullptr;
}

job::StepState CorpusModel::stepState(int row) const {
  if (!view_ || row < 0 || row >= rowCount()) return job::StepState::missing;
  const std::string& corpus = corpora_[static_cast<std::size_t>(row)].name;
  bool found = false;
  job::StepState worst = job::StepState::up_to_date;
  for (const job::StepInfo& step : view_->steps) {
    if (step.key != job::StepKey::import(corpus) && step.key != job::StepKey::distinct(corpus) &&
        step.key != job::StepKey::tokenize(corpus))
      continue;
    found = true;
    if (lag(step.state) > lag(worst)) worst = step.state;
  }
  return found ? worst : job::StepState::missing;
}

QString CorpusModel::note(int row) const {
  QStringList notes;
  if (view_ && row >= 0 && row < rowCount()) {
    const std::string& corpus = corpora_[static_cast<std::size_t>(row)].name;
    for (const job::StepInfo& step : view_->steps) {
      const bool own = step.key == job::StepKey::import(corpus) || step.key == job::StepKey::tokenize(corpus);
      if (own && !step.note.empty()) notes << QString::fromStdString(step.note);
    }
  }
  return notes.join('\n');
}

int CorpusModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(corpora_.size());
}
int CorpusModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : column_count;
}

QVariant CorpusModel::data(const QModelIndex& at, int data_role) const {
  if (!checkIndex(at, CheckIndexOption::IndexIsValid)) return {};
  const project::CorpusSpec& corpus = corpora_[static_cast<std::size_t>(at.row())];
  if (data_role == Qt::TextAlignmentRole) {
    const bool number = at.column() >= files && at.column() <= dropped;
    return QVariant::fromValue((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  }
  const job::CorpusView* found = corpusView(at.row());
  if (data_role == Qt::ToolTipRole && at.column() == dropped && found && found->imported) {
    QStringList lines;
    for (const auto& [reason, left_out] : found->imported->dropped)
      lines << tr("%1: %2").arg(QString::fromStdString(reason), formatInteger(left_out.count));
    return lines.join('\n');
  }
  if (at.column() == split && (data_role == Qt::ToolTipRole || data_role == Qt::ForegroundRole)) {
    const QString warning = view_ && view_->overlap ? leakWarning(*view_->overlap, corpus.name) : QString();
    if (!warning.isEmpty())
      return data_role == Qt::ToolTipRole ? QVariant(warning)
                                          : QVariant(QBrush(theme::warningColor(QGuiApplication::palette())));
  }
  if (at.column() == state && data_role == Qt::ToolTipRole && !note(at.row()).isEmpty()) return note(at.row());
  if (at.column() == state && data_role == Qt::ForegroundRole && !note(at.row()).isEmpty())
    return QBrush(theme::warningColor(QGuiApplication::palette()));
  if (data_role != Qt::DisplayRole && data_role != Qt::ToolTipRole) return {};
  const auto imported = [&](auto&& text) {
    return found && found->imported ? text(*found->imported) : QStringLiteral("–");
  };
  switch (at.column()) {
    case name:
      return QString::fromStdString(corpus.name);
    case role:
      return corpus.role == project::Role::generic ? tr("generic") : tr("domain");
    case reader: {
      const corpus::ReaderInfo* info = corpus::ReaderRegistry::instance().find(corpus.reader);
      return info ? QString::fromStdString(info->name) : tr("%1 (unknown)").arg(QString::fromStdString(corpus.reader));
    }
    case files:
      return imported([](const corpus::ImportSummary& s) { return formatInteger(s.files); });
    case documents:
      return imported([](const corpus::ImportSummary& s) { return formatInteger(total(s.documents)); });
    case tokens:
      return found && found->tokenized ? formatInteger(total(found->tokenized->tokens)) : QStringLiteral("–");
    case split:
      return imported([](const corpus::ImportSummary& s) {
        return QStringLiteral("%1 / %2 / %3")
            .arg(formatInteger(s.documents[0]), formatInteger(s.documents[1]), formatInteger(s.documents[2]));
      });
    case dropped:
      return imported([](const corpus::ImportSummary& s) { return formatInteger(dropped_documents(s)); });
    case state:
      return stepState(at.row()) == job::StepState::up_to_date && !note(at.row()).isEmpty()
                 ? tr("up to date, sources gone")
                 : stepStateText(stepState(at.row()));
    default:
      return {};
  }
}

QVariant CorpusModel::headerData(int section, Qt::Orientation orientation, int data_role) const {
  if (orientation != Qt::Horizontal) return data_role == Qt::DisplayRole ? QVariant(section + 1) : QVariant();
  if (data_role == Qt::ToolTipRole) {
    switch (section) {
      case role:
        return tr("Generic: pretraining text. Domain: what a small model is specialized for.");
      case documents:
        return tr("Documents that were kept");
      case tokens:
        return tr("Tokens of all three parts");
      case split:
        return tr("Documents for training, validation and test; coloured where many test documents were trained on");
      case dropped:
        return tr("Documents left out: duplicates, near-copies, invalid UTF-8, too short");
      default:
        return {};
    }
  }
  if (data_role == Qt::TextAlignmentRole) {
    return QVariant::fromValue((section >= files && section <= dropped ? Qt::AlignRight : Qt::AlignLeft) |
                               Qt::AlignVCenter);
  }
  if (data_role != Qt::DisplayRole) return {};
  switch (section) {
    case name:
      return tr("Name");
    case role:
      return tr("Role");
    case reader:
      return tr("Reader");
    case files:
      return tr("Files");
    case documents:
      return tr("Documents");
    case tokens:
      return tr("Tokens");
    case split:
      return tr("Train / valid. / test");
    case dropped:
      return tr("Left out");
    case state:
      return tr("State");
    default:
      return {};
  }
}
