// SPDX-License-Identifier: GPL-3.0-or-later
// Runs: table, filters, selection; what is shown of the selected ones.
#include "pages/runs_page.h"

#include <QBoxLayout>
#include <QCheckBox>
#include <QComboBox>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <algorithm>

#include "engine_bridge.h"
#include "format.h"
#include "icons.h"
#include "pages/run_comparison_view.h"
#include "pages/run_facts.h"
#include "pages/run_notes_form.h"
#include "pages/runs_model.h"
#include "plot/curve_plot.h"
#include "project_document.h"
#include "use/model_picker.h"
#include "widgets/empty_state.h"
#include "widgets/tables.h"

using pantograph::job::RunInfo;
using pantograph::job::RunState;

RunsPage::RunsPage(ProjectDocument* document, EngineBridge* bridge, QWidget* parent)
    : QWidget(parent), document_(document), bridge_(bridge) {
  model_ = new RunsModel(this);
  filter_ = new RunsFilter(model_, this);
  QWidget* filters = makeFilters();
  makeTable();
  summary_ = new QLabel(this);
  summary_->setAccessibleName(tr("Runs shown"));
  auto* upper = new QWidget(this);
  auto* upper_column = new QVBoxLayout(upper);
  upper_column->setContentsMargins(0, 0, 0, 0);
  upper_column->addWidget(table_, 1);
  upper_column->addWidget(summary_);
  auto* split = new QSplitter(Qt::Vertical, this);
  split->addWidget(upper);
  split->addWidget(makeLower());
  split->setStretchFactor(0, 1);
  split->setStretchFactor(1, 1);
  split->setChildrenCollapsible(false);
  split->setSizes({320, 340});
  auto* main = new QWidget(this);
  auto* column = new QVBoxLayout(main);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(filters);
  column->addWidget(split, 1);
  empty_ = new EmptyState(icons::Icon::runs, this);
  empty_->set(tr("No runs yet"),
              tr("Every generic phase and every specialization that is started becomes a run: its settings, its curves "
                 "and what came out. It stays here, whatever the project says later, until you delete it."),
              tr("Go to &Training"), tr("Bring e&verything up to date"));
  stack_ = new QStackedWidget(this);
  stack_->addWidget(empty_);
  stack_->addWidget(main);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(stack_);

  connect(empty_->button(), &QPushButton::clicked, this, [this] { Q_EMIT pageWanted(3); });
  connect(empty_->secondButton(), &QPushButton::clicked, this, [this] { bridge_->start(); });
  connect(bridge_, &EngineBridge::runStarted, this, [this] { empty_->secondButton()->setEnabled(false); });
  connect(bridge_, &EngineBridge::runEnded, this, [this] { empty_->secondButton()->setEnabled(true); });
  connect(bridge_, &EngineBridge::viewChanged, this, [this] { showView(bridge_->view()); });
  connect(bridge_, &EngineBridge::curvesRead, this, &RunsPage::showCurves);
  connect(notes_, &RunNotesForm::edited, bridge_, &EngineBridge::annotate);
  showView(bridge_->view());
}

QWidget* RunsPage::makeFilters() {
  auto* bar = new QWidget(this);
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(0, 0, 0, 0);
  search_ = new QLineEdit(bar);
  search_->setPlaceholderText(tr("Search names, tags, notes, methods, domains"));
  search_->setAccessibleName(tr("Search"));
  search_->setClearButtonEnabled(true);
  search_->setMaximumWidth(fontMetrics().averageCharWidth() * 48);
  state_choice_ = new QComboBox(bar);
  state_choice_->setAccessibleName(tr("State"));
  state_choice_->addItem(tr("all states"));
  for (const RunState state : {RunState::finished, RunState::running, RunState::stopped, RunState::failed})
    state_choice_->addItem(RunsModel::stateText(state), static_cast<int>(state));
  settings_choice_ = new QComboBox(bar);
  settings_choice_->setAccessibleName(tr("Settings"));
  settings_choice_->addItem(tr("all settings"), static_cast<int>(RunsFilter::Settings::all));
  settings_choice_->addItem(tr("present settings"), static_cast<int>(RunsFilter::Settings::present));
  settings_choice_->addItem(tr("earlier settings"), static_cast<int>(RunsFilter::Settings::earlier));
  starred_ = new QCheckBox(tr("Sta&rred"), bar);
  use_ = new QPushButton(icons::get(icons::Icon::use), tr("&Use"), bar);
  use_->setToolTip(tr("Try what the selected runs ended with, or their newest checkpoints, on the use page"));
  take_back_ = new QPushButton(icons::get(icons::Icon::undo), tr("Ta&ke these settings back"), bar);
  take_back_->setToolTip(tr("Make the project as it was when this run was started; you can undo it"));
  delete_ = new QPushButton(icons::get(icons::Icon::remove), tr("De&lete…"), bar);
  delete_->setToolTip(tr("Delete the selected runs with all their files (Del)"));
  disk_ = new QPushButton(icons::get(icons::Icon::disk_use), tr("&Disk use…"), bar);
  disk_->setToolTip(tr("What can be removed without losing a run"));
  row->addWidget(search_, 1);
  row->addWidget(state_choice_);
  row->addWidget(settings_choice_);
  row->addWidget(starred_);
  row->addStretch();
  row->addWidget(use_);
  row->addWidget(take_back_);
  row->addWidget(delete_);
  row->addWidget(disk_);
  connect(search_, &QLineEdit::textChanged, filter_, &RunsFilter::setSearch);
  connect(state_choice_, &QComboBox::currentIndexChanged, this, [this] {
    const QVariant state = state_choice_->currentData();
    filter_->setState(state.isValid() ? std::optional(static_cast<RunState>(state.toInt())) : std::nullopt);
  });
  connect(settings_choice_, &QComboBox::currentIndexChanged, this,
          [this] { filter_->setSettings(static_cast<RunsFilter::Settings>(settings_choice_->currentData().toInt())); });
  connect(starred_, &QCheckBox::toggled, filter_, &RunsFilter::setStarred);
  connect(use_, &QPushButton::clicked, this, &RunsPage::useSelected);
  connect(take_back_, &QPushButton::clicked, this, &RunsPage::takeBack);
  connect(delete_, &QPushButton::clicked, this, &RunsPage::askAndDelete);
  connect(disk_, &QPushButton::clicked, this, &RunsPage::diskWanted);
  for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
    connect(filter_, signal, this, &RunsPage::refreshSummary);
  connect(filter_, &QAbstractItemModel::modelReset, this, &RunsPage::refreshSummary);
  return bar;
}

void RunsPage::makeTable() {
  table_ = new QTableView(this);
  table_->setModel(filter_);
  table_->setAccessibleName(tr("Runs"));
  setUpTable(table_, RunsModel::what);
  table_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  table_->setSortingEnabled(true);
  table_->sortByColumn(RunsModel::started, Qt::DescendingOrder);
  table_->setWordWrap(false);
  table_->installEventFilter(this);
  // Measured once a view, not with every row that scrolls in.
  table_->horizontalHeader()->setSectionResizeMode(QHeaderView::Interactive);
  table_->horizontalHeader()->setSectionResizeMode(RunsModel::what, QHeaderView::Stretch);
  connect(table_->selectionModel(), &QItemSelectionModel::selectionChanged, this, &RunsPage::selectionChanged);
  connect(table_, &QTableView::clicked, this, [this](const QModelIndex& index) {
    if (index.column() == RunsModel::star)
      toggleStar({model_->runs()[static_cast<std::size_t>(filter_->mapToSource(index).row())]});
  });
}

QWidget* RunsPage::makeLower() {
  hint_ = new QLabel(this);
  hint_->setAlignment(Qt::AlignCenter);
  hint_->setWordWrap(true);
  notes_ = new RunNotesForm(this);
  notes_->setMaximumWidth(fontMetrics().averageCharWidth() * 44);
  facts_ = new RunFacts(this);
  auto* one = new QSplitter(this);
  one->addWidget(notes_);
  one->addWidget(facts_);
  one->setStretchFactor(1, 1);
  one->setChildrenCollapsible(false);
  one->setSizes({210, 420});
  comparison_ = new RunComparisonView(this);
  details_ = new QStackedWidget(this);
  details_->addWidget(one);
  details_->addWidget(comparison_);
  plot_ = new CurvePlot(this);
  plot_->setName(QStringLiteral("run-losses"));
  plot_->setValueLabel(tr("loss, nats per token"));
  plot_->setPlaceholder(tr("No losses were recorded."));
  auto* shown = new QSplitter(this);
  shown->addWidget(details_);
  shown->addWidget(plot_);
  shown->setStretchFactor(0, 1);
  shown->setStretchFactor(1, 1);
  shown->setChildrenCollapsible(false);
  shown->setSizes({660, 440});
  lower_ = new QStackedWidget(this);
  lower_->addWidget(hint_);
  lower_->addWidget(shown);
  return lower_;
}

void RunsPage::showView(std::shared_ptr<const pantograph::job::ProjectView> view) {
  view_ = std::move(view);
  const QStringList before = selectedRuns();
  const bool first = model_->runs().empty();
  restoring_ = true;
  model_->setRuns(view_ ? view_->history : pantograph::job::RunList());
  if (selectedRuns() != before) selectRuns(before);
  restoring_ = false;
  stack_->setCurrentIndex(model_->runs().empty() ? 0 : 1);
  if (first) fitColumns();
  refreshSummary();
  selectionChanged();
}

void RunsPage::fitColumns() {
  for (int column = 0; column < RunsModel::column_count; ++column) {
    if (column != RunsModel::what) table_->resizeColumnToContents(column);
  }
  const int letter = fontMetrics().averageCharWidth();
  table_->setColumnWidth(RunsModel::star, letter * 4);
  table_->setColumnWidth(RunsModel::name, std::clamp(table_->columnWidth(RunsModel::name), letter * 12, letter * 28));
  table_->setColumnWidth(RunsModel::tags, std::clamp(table_->columnWidth(RunsModel::tags), letter * 11, letter * 24));
}

std::vector<RunsPage::Run> RunsPage::selected() const {
  std::vector<Run> runs;
  QList<int> rows;
  for (const QModelIndex& index : table_->selectionModel()->selectedRows()) rows << index.row();
  std::sort(rows.begin(), rows.end());
  for (const int row : rows)
    runs.push_back(model_->runs()[static_cast<std::size_t>(filter_->mapToSource(filter_->index(row, 0)).row())]);
  return runs;
}

QStringList RunsPage::selectedRuns() const {
  QStringList keys;
  for (const Run& run : selected()) keys << QString::fromStdString(run->record.key);
  return keys;
}

void RunsPage::selectRuns(const QStringList& keys) {
  QItemSelection selection;
  QModelIndex first;
  for (const QString& key : keys) {
    const int row = model_->rowOf(key);
    if (row < 0) continue;
    QModelIndex index = filter_->mapFromSource(model_->index(row, 0));
    if (!index.isValid() && !restoring_) {  // asked for from elsewhere: no filter hides it
      search_->clear();
      state_choice_->setCurrentIndex(0);
      settings_choice_->setCurrentIndex(0);
      starred_->setChecked(false);
      index = filter_->mapFromSource(model_->index(row, 0));
    }
    if (!index.isValid()) continue;
    selection.select(index, index);
    if (!first.isValid()) first = index;
  }
  const auto whole_rows = QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows;
  if (first.isValid()) table_->selectionModel()->setCurrentIndex(first, QItemSelectionModel::NoUpdate);
  table_->selectionModel()->select(selection, whole_rows);
  if (first.isValid() && !restoring_) table_->scrollTo(first);
}

void RunsPage::selectionChanged() {
  if (restoring_) return;
  const auto runs = selected();
  const bool busy =
      std::any_of(runs.begin(), runs.end(), [](const Run& run) { return run->record.state == RunState::running; });
  use_->setEnabled(!runs.empty() && runs.size() <= static_cast<std::size_t>(ModelPicker::kMostChosen));
  take_back_->setEnabled(runs.size() == 1);
  delete_->setEnabled(!runs.empty() && !busy);
  notes_->setRun(runs.size() == 1 ? runs.front() : nullptr);
  const bool shown = runs.size() == 1 || runs.size() == 2;
  lower_->setCurrentIndex(shown ? 1 : 0);
  refreshSummary();
  if (!shown) {
    shown_curves_.clear();
    double bytes = 0;
    for (const Run& run : runs) bytes += static_cast<double>(run->bytes);
    hint_->setText(
        runs.empty()
            ? tr("Select a run to see what it was made from and what came out; select two to compare them.")
            : tr("%1 runs selected, %2. Press S to give or take a star.").arg(runs.size()).arg(formatBytes(bytes)));
    return;
  }
  details_->setCurrentIndex(static_cast<int>(runs.size()) - 1);
  if (runs.size() == 1)
    facts_->setRun(runs.front());
  else
    comparison_->compare(model_->runs(), runs[0], runs[1]);
  askForCurves(runs);
}

void RunsPage::refreshSummary() {
  double bytes = 0;
  const int shown = filter_->rowCount(), all = model_->rowCount();
  for (int row = 0; row < shown; ++row)
    bytes += static_cast<double>(
        model_->runs()[static_cast<std::size_t>(filter_->mapToSource(filter_->index(row, 0)).row())]->bytes);
  const QString size = formatBytes(bytes);
  QString text = shown < all ? tr("%1 of %2 runs, %3.").arg(shown).arg(all).arg(size)
                 : all == 1  ? tr("One run, %1.").arg(size)
                             : tr("%1 runs, %2.").arg(all).arg(size);
  if (shown == 0 && all > 0) text += ' ' + tr("None fits the search and the filters.");
  if (view_ && view_->former.folders > 0) {
    text += ' ' + tr("Artifacts of a former format take %1 and can only be removed: see Disk use.")
                      .arg(formatBytes(static_cast<double>(view_->former.bytes)));
  }
  summary_->setText(text);
}

bool RunsPage::eventFilter(QObject* object, QEvent* event) {
  if (object == table_ && event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    if (key->key() == Qt::Key_Delete && delete_->isEnabled()) {
      askAndDelete();
      return true;
    }
    if (key->key() == Qt::Key_S && key->modifiers() == Qt::NoModifier) {
      toggleStar(selected());
      return true;
    }
  }
  return QWidget::eventFilter(object, event);
}

QString RunsPage::summary() const {
  return summary_->text();
}

bool RunsPage::isEmpty() const {
  return stack_->currentIndex() == 0;
}
