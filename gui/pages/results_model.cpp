// SPDX-License-Identifier: GPL-3.0-or-later
// Results as tables.
#include "pages/results_model.h"

#include <QBrush>
#include <QFont>
#include <QGuiApplication>
#include <QLocale>
#include <algorithm>
#include <cmath>

#include "base/numbers.h"
#include "base/words.h"
#include "format.h"
#include "pages/runs_model.h"
#include "plot/quantities.h"
#include "theme.h"

namespace {

struct Heading {
  const char* text;
  const char* tip;
};

// Texts, then numbers: numbers stand right.
bool isNumber(int column) {
  return column > ResultsModel::domain && column != ResultsModel::selection;
}

QVariant alignment(bool number) {
  return QVariant::fromValue(Qt::Alignment((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
}

QString sizeText(std::uint64_t tokens) {
  return QString::fromStdString(pantograph::format_count(tokens));
}

QString orDash(double value, const QString& text) {
  return value > 0 ? text : QStringLiteral("–");
}

const Heading kResults[ResultsModel::column_count] = {
    {QT_TRANSLATE_NOOP("ResultsModel", "Method"), QT_TRANSLATE_NOOP("ResultsModel", "Method of the project")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Settings"),
     QT_TRANSLATE_NOOP("ResultsModel",
                       "Present: of the project as it is declared now. Earlier: of a run that was made "
                       "with other settings or data, with the time of its start")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Domain"),
     QT_TRANSLATE_NOOP("ResultsModel", "Domain that the network was specialized for")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Size"), QT_TRANSLATE_NOOP("ResultsModel", "Tokens of the specialization set")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Budget"),
     QT_TRANSLATE_NOOP("ResultsModel", "Tokens of the generic phase that the specialization starts from")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Seed"), QT_TRANSLATE_NOOP("ResultsModel", "Seed of the run")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Expert"),
     QT_TRANSLATE_NOOP("ResultsModel", "Expert that was fine-tuned; – for a method without experts")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Selection"), QT_TRANSLATE_NOOP("ResultsModel", "How the expert was chosen")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Before"),
     QT_TRANSLATE_NOOP("ResultsModel", "Test perplexity before fine-tuning")},
    {QT_TRANSLATE_NOOP("ResultsModel", "After"),
     QT_TRANSLATE_NOOP("ResultsModel", "Test perplexity after fine-tuning; lower is better")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Change"),
     QT_TRANSLATE_NOOP("ResultsModel", "Of the perplexity, by fine-tuning")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Bits/byte"),
     QT_TRANSLATE_NOOP("ResultsModel",
                       "Test loss over the size of the text: comparable between tokenizers; lower is better")},
    {QT_TRANSLATE_NOOP("ResultsModel", "No leaks"),
     QT_TRANSLATE_NOOP("ResultsModel",
                       "Test perplexity without the documents of which more than a fifth was trained on")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Generic"),
     QT_TRANSLATE_NOOP("ResultsModel", "Perplexity on the generic validation set after the generic phase")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Pretrained"),
     QT_TRANSLATE_NOOP("ResultsModel", "Tokens that the network saw in its generic phase")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Gen. FLOPs"),
     QT_TRANSLATE_NOOP("ResultsModel", "Floating-point operations of the generic phase, shared by all domains")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Spec. FLOPs"),
     QT_TRANSLATE_NOOP("ResultsModel",
                       "Floating-point operations of the specialization, for each domain, with choosing the expert")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Gen. time"),
     QT_TRANSLATE_NOOP("ResultsModel", "Device time of the generic phase, shared by all domains")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Spec. time"),
     QT_TRANSLATE_NOOP("ResultsModel", "Device time of the specialization, for each domain")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Parameters"),
     QT_TRANSLATE_NOOP("ResultsModel", "Parameters while pretraining")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Inference"),
     QT_TRANSLATE_NOOP("ResultsModel", "Parameters of the small network that serves")},
};

const Heading kAverages[AveragesModel::column_count] = {
    {QT_TRANSLATE_NOOP("ResultsModel", "Method"), QT_TRANSLATE_NOOP("ResultsModel", "Method of the project")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Size"), QT_TRANSLATE_NOOP("ResultsModel", "Tokens of the specialization sets")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Budget"),
     QT_TRANSLATE_NOOP("ResultsModel", "Tokens of the generic phase that the specializations start from")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Generic"),
     QT_TRANSLATE_NOOP("ResultsModel", "Perplexity on the generic validation set, mean of seeds")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Before"),
     QT_TRANSLATE_NOOP("ResultsModel",
                       "Macro-averaged test perplexity before fine-tuning: exponential of the domains' mean loss")},
    {QT_TRANSLATE_NOOP("ResultsModel", "After"),
     QT_TRANSLATE_NOOP("ResultsModel", "Macro-averaged test perplexity after fine-tuning; lower is better")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Interval"),
     QT_TRANSLATE_NOOP("ResultsModel",
                       "95 % interval of the perplexity after, over seeds and test documents; with one seed over "
                       "documents alone")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Change"),
     QT_TRANSLATE_NOOP("ResultsModel", "Of the perplexity, by fine-tuning")},
    {QT_TRANSLATE_NOOP("ResultsModel", "± seeds"),
     QT_TRANSLATE_NOOP("ResultsModel", "Standard deviation over seeds; – with one seed")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Bits/byte"),
     QT_TRANSLATE_NOOP("ResultsModel",
                       "Test loss over the size of the text: comparable between tokenizers; lower is better")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Domains"), QT_TRANSLATE_NOOP("ResultsModel", "Domains averaged over")},
    {QT_TRANSLATE_NOOP("ResultsModel", "Seeds"), QT_TRANSLATE_NOOP("ResultsModel", "Seeds averaged over")},
};

QVariant heading(const Heading* headings, int count, int section, Qt::Orientation orientation, int role, bool number) {
  if (section < 0 || section >= count || orientation != Qt::Horizontal) {
    return role == Qt::DisplayRole && orientation == Qt::Vertical && section >= 0 ? QVariant(section + 1) : QVariant();
  }
  if (role == Qt::DisplayRole) return ResultsModel::tr(headings[section].text);
  if (role == Qt::ToolTipRole) return ResultsModel::tr(headings[section].tip);
  if (role == Qt::TextAlignmentRole) return alignment(number);
  return {};
}

}  // namespace

void ResultsModel::setRecords(std::vector<pantograph::measure::ResultRecord> records,
                              pantograph::job::RunList earlier) {
  beginResetModel();
  records_ = std::move(records);
  earlier_ = std::move(earlier);
  for (const auto& run : earlier_) records_.push_back(*run->result);
  endResetModel();
}

std::shared_ptr<const pantograph::job::RunInfo> ResultsModel::earlierRun(int row) const {
  const auto first = records_.size() - earlier_.size(), at = static_cast<std::size_t>(row);
  return at < first || at >= records_.size() ? nullptr : earlier_[at - first];
}

bool ResultsModel::someLeak() const {
  return std::any_of(records_.begin(), records_.end(), [](const auto& r) { return r.leaked_documents > 0; });
}

int ResultsModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(records_.size());
}
int ResultsModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : column_count;
}

QVariant ResultsModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const auto& r = records_[static_cast<std::size_t>(index.row())];
  if (role == Qt::TextAlignmentRole) return alignment(isNumber(index.column()));
  const auto run = earlierRun(index.row());
  if (run != nullptr && role == Qt::ForegroundRole) return QBrush(theme::mutedText(QGuiApplication::palette()));
  if (run != nullptr && role == Qt::FontRole) {
    QFont italic;
    italic.setItalic(true);
    return italic;
  }
  if (role != Qt::DisplayRole && role != SortRole && role != Qt::ToolTipRole) return {};
  const bool sort = role == SortRole, tip = role == Qt::ToolTipRole;
  const auto number = [sort](double value, const QString& text) { return sort ? QVariant(value) : QVariant(text); };
  switch (index.column()) {
    case method:
      return tip && r.kind != r.method ? tr("Kind: %1").arg(QString::fromStdString(r.kind))
                                       : QString::fromStdString(r.method);
    case settings:
      if (run == nullptr) return tip ? tr("Of the project as it is declared now") : tr("present");
      if (tip) return tr("Of earlier settings: %1. Return shows the run.").arg(RunsModel::title(*run));
      return tr("earlier, %1").arg(RunsModel::timeText(run->record.started));
    case domain:
      return QString::fromStdString(r.domain);
    case size:
      if (tip)
        return tr("%1 tokens; best after %2 steps")
            .arg(formatInteger(r.specialization_tokens), formatInteger(r.specialization_steps));
      return number(static_cast<double>(r.specialization_tokens), sizeText(r.specialization_tokens));
    case budget: {
      const auto tokens = pantograph::measure::budget_of(r);
      if (tip) return tokens > 0 ? tr("%1 tokens").arg(formatInteger(tokens)) : tr("No generic phase");
      return number(static_cast<double>(tokens), tokens > 0 ? sizeText(tokens) : QStringLiteral("–"));
    }
    case seed:
      return sort ? QVariant(static_cast<double>(r.seed) + static_cast<double>(r.sample) / 10'000)
                  : QVariant(QString::fromStdString(pantograph::words::seed_and_sample(r.seed, r.sample)));
    case expert:
      if (tip) return r.expert < 0 ? tr("No experts") : tr("Chosen by: %1").arg(QString::fromStdString(r.selection));
      return sort ? QVariant(r.expert) : QVariant(r.expert < 0 ? QStringLiteral("–") : QString::number(r.expert));
    case selection:
      if (tip && r.selection_flops > 0)
        return tr("Choosing took %1 FLOPs, %2")
            .arg(quantities::scientific(r.selection_flops), formatDuration(r.selection_seconds));
      return r.selection.empty() ? QStringLiteral("–") : QString::fromStdString(r.selection);
    case before:
      return number(r.perplexity_before, quantities::perplexity(r.perplexity_before));
    case after:
      return number(r.perplexity_after, quantities::perplexity(r.perplexity_after));
    case change:
      return number(r.perplexity_before > 0 ? r.perplexity_after / r.perplexity_before : 0,
                    quantities::percentChange(r.perplexity_before, r.perplexity_after));
    case bits_per_byte: {
      const double bits = pantograph::measure::bits_per_byte(r);
      return number(std::isfinite(bits) ? bits : 0, orDash(bits, QLocale().toString(bits, 'f', 3)));
    }
    case without_leaks:
      if (tip)
        return tr("%1 of %2 test documents were trained on in part")
            .arg(formatInteger(r.leaked_documents), formatInteger(r.test_documents));
      return number(std::isfinite(r.perplexity_without_leaks) ? r.perplexity_without_leaks : 0,
                    quantities::perplexity(r.perplexity_without_leaks));
    case generic_perplexity:
      return number(r.generic_perplexity, quantities::perplexity(r.generic_perplexity));
    case generic_tokens:
      if (tip) return tr("%1 tokens").arg(formatInteger(r.generic_tokens));
      return number(static_cast<double>(r.generic_tokens),
                    orDash(static_cast<double>(r.generic_tokens), formatShort(static_cast<double>(r.generic_tokens))));
    case generic_cost:
      if (tip && r.teacher_generic_flops > 0)
        return tr("And the teacher's generic phase: %1 FLOPs").arg(quantities::scientific(r.teacher_generic_flops));
      return number(r.generic_flops, orDash(r.generic_flops, quantities::scientific(r.generic_flops)));
    case specialization_cost:
      if (tip && r.teacher_specialization_flops > 0)
        return tr("And the teacher's specialization: %1 FLOPs")
            .arg(quantities::scientific(r.teacher_specialization_flops));
      return number(r.specialization_flops,
                    orDash(r.specialization_flops, quantities::scientific(r.specialization_flops)));
    case generic_time:
      return number(r.generic_seconds, orDash(r.generic_seconds, formatDuration(r.generic_seconds)));
    case specialization_time:
      return number(r.specialization_seconds,
                    orDash(r.specialization_seconds, formatDuration(r.specialization_seconds)));
    case parameters_pretraining:
      if (tip) return tr("%1 parameters").arg(formatInteger(r.parameters_pretraining));
      return number(static_cast<double>(r.parameters_pretraining),
                    formatShort(static_cast<double>(r.parameters_pretraining)));
    case parameters_inference:
      if (tip) return tr("%1 parameters").arg(formatInteger(r.parameters_inference));
      return number(static_cast<double>(r.parameters_inference),
                    formatShort(static_cast<double>(r.parameters_inference)));
    default:
      return {};
  }
}

QVariant ResultsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  return heading(kResults, column_count, section, orientation, role, isNumber(section));
}

ResultsFilter::ResultsFilter(ResultsModel* model, QObject* parent) : QSortFilterProxyModel(parent), model_(model) {
  setSourceModel(model);
  setSortRole(ResultsModel::SortRole);
}

void ResultsFilter::setFilter(const QString& method, const QString& domain, quint64 tokens, quint64 budget) {
  method_ = method.toStdString();
  domain_ = domain.toStdString();
  tokens_ = tokens;
  budget_ = budget;
  invalidateFilter();
}

bool ResultsFilter::accepts(const pantograph::measure::ResultRecord& record) const {
  return (method_.empty() || record.method == method_) && (domain_.empty() || record.domain == domain_) &&
         (tokens_ == 0 || record.specialization_tokens == tokens_) &&
         (budget_ == 0 || pantograph::measure::budget_of(record) == budget_);
}

void ResultsFilter::setEarlierShown(bool shown) {
  earlier_shown_ = shown;
  invalidateFilter();
}

bool ResultsFilter::filterAcceptsRow(int row, const QModelIndex&) const {
  return (earlier_shown_ || !model_->isEarlier(row)) && accepts(model_->records()[static_cast<std::size_t>(row)]);
}

bool ResultsFilter::lessThan(const QModelIndex& left, const QModelIndex& right) const {
  const bool earlier = model_->isEarlier(left.row());
  if (earlier != model_->isEarlier(right.row())) return earlier != (sortOrder() == Qt::AscendingOrder);
  return QSortFilterProxyModel::lessThan(left, right);
}

void AveragesModel::setAverages(std::vector<pantograph::measure::MethodAverage> averages) {
  beginResetModel();
  averages_ = std::move(averages);
  endResetModel();
}

int AveragesModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(averages_.size());
}
int AveragesModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : column_count;
}

QVariant AveragesModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const auto& a = averages_[static_cast<std::size_t>(index.row())];
  if (role == Qt::TextAlignmentRole) return alignment(index.column() > method);
  if (role != Qt::DisplayRole && role != SortRole) return {};
  const auto number = [role](double value, const QString& text) {
    return role == SortRole ? QVariant(value) : QVariant(text);
  };
  switch (index.column()) {
    case method:
      return QString::fromStdString(a.method);
    case size:
      return number(static_cast<double>(a.specialization_tokens), sizeText(a.specialization_tokens));
    case budget:
      return number(static_cast<double>(a.generic_budget),
                    a.generic_budget > 0 ? sizeText(a.generic_budget) : QStringLiteral("–"));
    case generic:
      return number(std::isfinite(a.generic) ? a.generic : 0, quantities::perplexity(a.generic));
    case before:
      return number(a.before, quantities::perplexity(a.before));
    case after:
      return number(a.after, quantities::perplexity(a.after));
    case interval:
      return number(a.after_interval.known() ? a.after_interval.low : 0,
                    a.after_interval.known() ? tr("%1 to %2")
                                                   .arg(quantities::perplexity(a.after_interval.low),
                                                        quantities::perplexity(a.after_interval.high))
                                             : QStringLiteral("–"));
    case bits_per_byte:
      return number(std::isfinite(a.bits_per_byte) ? a.bits_per_byte : 0,
                    orDash(a.bits_per_byte, QLocale().toString(a.bits_per_byte, 'f', 3)));
    case change:
      return number(a.before > 0 ? a.after / a.before : 0, quantities::percentChange(a.before, a.after));
    case spread:
      return number(a.after_spread, a.seeds > 1 ? QString::number(a.after_spread, 'g', 2) : QStringLiteral("–"));
    case domains:
      return number(a.domains, QString::number(a.domains));
    case seeds:
      return number(a.seeds, QString::number(a.seeds));
    default:
      return {};
  }
}

QVariant AveragesModel::headerData(int section, Qt::Orientation orientation, int role) const {
  return heading(kAverages, column_count, section, orientation, role, section > method);
}
