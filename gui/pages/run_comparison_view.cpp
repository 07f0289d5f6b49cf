// SPDX-License-Identifier: GPL-3.0-or-later
// Differences and paired results of two runs.
#include "pages/run_comparison_view.h"

#include <QFutureWatcher>
#include <QHeaderView>
#include <QLabel>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <QtConcurrent/QtConcurrentRun>
#include <algorithm>

#include "base/numbers.h"
#include "base/words.h"
#include "pages/run_facts.h"
#include "pages/runs_model.h"
#include "plot/plot_style.h"
#include "plot/quantities.h"

namespace {

QTreeWidget* table(const QStringList& columns, const QString& name, QWidget* parent) {
  auto* tree = new QTreeWidget(parent);
  tree->setHeaderLabels(columns);
  tree->setAccessibleName(name);
  tree->setRootIsDecorated(false);
  tree->setUniformRowHeights(true);
  tree->setAlternatingRowColors(true);
  tree->header()->setStretchLastSection(false);
  return tree;
}

/// As wide as the text, but no column so wide that the others leave the window.
void fit(QTreeWidget* tree) {
  const int most = tree->fontMetrics().averageCharWidth() * 36;
  for (int column = 0; column < tree->columnCount(); ++column) {
    tree->resizeColumnToContents(column);
    tree->setColumnWidth(column,
                         std::min(most, tree->columnWidth(column) + tree->fontMetrics().averageCharWidth() * 2));
  }
}

}  // namespace

RunComparisonView::RunComparisonView(QWidget* parent) : QWidget(parent) {
  heading_ = new QLabel(this);
  heading_->setTextFormat(Qt::RichText);
  heading_->setWordWrap(true);
  heading_->setAccessibleName(tr("Runs compared"));
  differences_note_ = new QLabel(this);
  results_note_ = new QLabel(this);
  results_note_->setWordWrap(true);
  differences_ = table({tr("Setting"), tr("A"), tr("B")}, tr("Settings that differ"), this);
  results_ = table({tr("Domain"), tr("Size"), tr("Budget"), tr("Seed"), tr("A"), tr("B"), tr("A to B")},
                   tr("Results of both"), this);
  for (int column = 1; column < results_->columnCount(); ++column)
    results_->headerItem()->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(6, 4, 6, 4);
  column->addWidget(heading_);
  column->addWidget(differences_note_);
  column->addWidget(differences_, 3);
  column->addWidget(results_note_);
  column->addWidget(results_, 2);
}

void RunComparisonView::compare(const pantograph::job::RunList& all, const Run& a, const Run& b) {
  QStringList lines;
  for (const auto& [letter, run, color] : {std::tuple{tr("A"), a, 0}, std::tuple{tr("B"), b, 1}}) {
    const QString what = run->notes.name.empty()
                             ? QString::fromStdString(run->record.title)
                             : tr("%1: %2").arg(RunsModel::title(*run), QString::fromStdString(run->record.title));
    lines << QStringLiteral("<b style='color:%1'>%2</b> %3, %4, %5")
                 .arg(plot_style::seriesColor(color, plot_style::isDark(palette())).name(), letter,
                      what.toHtmlEscaped(), run->present ? tr("present settings") : tr("earlier settings"),
                      RunsModel::timeText(run->record.started));
  }
  heading_->setText(lines.join(QStringLiteral("<br>")));
  // A view comes with every step of a run: the answer stays while it cannot be another.
  const QStringList asked{
      QString::fromStdString(a->folder.string()), QString::fromStdString(b->folder.string()),
      RunsModel::stateText(a->record.state), RunsModel::stateText(b->record.state),
      QString::number(std::count_if(all.begin(), all.end(), [](const auto& run) { return run->result.has_value(); }))};
  if (asked == question_) return;
  question_ = asked;
  const int question = ++asked_;
  auto* watcher = new QFutureWatcher<pantograph::job::RunComparison>(this);
  connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, question] {
    watcher->deleteLater();
    if (question != asked_) return;
    fill(watcher->result());
    Q_EMIT compared();
  });
  watcher->setFuture(QtConcurrent::run([all, a, b] { return pantograph::job::compare_runs(all, *a, *b); }));
}

void RunComparisonView::fill(const pantograph::job::RunComparison& comparison) {
  differences_->clear();
  for (const auto& difference : comparison.differences) {
    const auto cell = [](const std::string& text) {
      return text.empty() ? QStringLiteral("–") : run_settings::shown(text);
    };
    auto* item = new QTreeWidgetItem(
        differences_, {QString::fromStdString(difference.setting), cell(difference.a), cell(difference.b)});
    item->setToolTip(0, item->text(0));
    item->setToolTip(1, QString::fromStdString(difference.a));
    item->setToolTip(2, QString::fromStdString(difference.b));
  }
  differences_note_->setText(comparison.differences.empty() ? tr("No setting and no input differs.")
                                                            : tr("What differs in settings and inputs:"));
  differences_->setVisible(!comparison.differences.empty());
  results_->clear();
  for (const auto& pair : comparison.results) {
    const auto count = [](std::uint64_t value) { return QString::fromStdString(pantograph::format_count(value)); };
    auto* item = new QTreeWidgetItem(
        results_,
        {QString::fromStdString(pair.domain), count(pair.tokens), pair.budget > 0 ? count(pair.budget) : tr("end"),
         QString::fromStdString(pantograph::words::seed_and_sample(pair.seed, pair.sample)),
         quantities::perplexity(pair.a), quantities::perplexity(pair.b), quantities::percentChange(pair.a, pair.b)});
    for (int column = 1; column < results_->columnCount(); ++column)
      item->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
  }
  results_note_->setText(comparison.results.empty() ? tr("No results of both on the same domain, size and seed.")
                                                    : tr("Test perplexity after fine-tuning; lower is better"));
  results_->setVisible(!comparison.results.empty());
  fit(differences_);
  fit(results_);
}

QString RunComparisonView::heading() const {
  return heading_->text();
}
