// SPDX-License-Identifier: GPL-3.0-or-later
// Results: verdict, tables, bars, curves.
#include "pages/results_page.h"

#include <QBoxLayout>
#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTableView>
#include <algorithm>
#include <set>

#include "base/numbers.h"
#include "engine_bridge.h"
#include "icons.h"
#include "pages/differences_view.h"
#include "pages/figures_view.h"
#include "pages/laws_view.h"
#include "pages/results_model.h"
#include "plot/bar_plot.h"
#include "plot/curve_plot.h"
#include "plot/run_curves.h"
#include "project_document.h"
#include "report/report.h"
#include "widgets/empty_state.h"

using pantograph::measure::ResultRecord;

namespace {

QTableView* tableView(QAbstractItemModel* model, const QString& name, QWidget* parent) {
  auto* view = new QTableView(parent);
  view->setModel(model);
  view->setAccessibleName(name);
  view->setSortingEnabled(true);
  view->setAlternatingRowColors(true);
  view->setSelectionBehavior(QAbstractItemView::SelectRows);
  view->setTabKeyNavigation(false);
  view->setWordWrap(false);
  view->verticalHeader()->hide();
  view->verticalHeader()->setDefaultSectionSize(view->fontMetrics().height() + 8);
  view->horizontalHeader()->setHighlightSections(false);
  return view;
}

}  // namespace

ResultsPage::ResultsPage(ProjectDocument* document, EngineBridge* bridge, QWidget* parent)
    : QWidget(parent), document_(document), bridge_(bridge) {
  recommendation_ = new QLabel(this);
  recommendation_->setAccessibleName(tr("Recommendation"));
  recommendation_->hide();
  verdict_ = new QLabel(this);
  verdict_->setAccessibleName(tr("Verdict"));
  for (QLabel* label : {recommendation_, verdict_}) {
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  }
  QFont bold = font();
  bold.setBold(true);
  recommendation_->setFont(bold);
  auto* words = new QWidget(this);
  auto* words_layout = new QVBoxLayout(words);
  words_layout->setContentsMargins(8, 6, 8, 6);
  words_layout->addWidget(recommendation_);
  words_layout->addWidget(verdict_);
  words_layout->addStretch();
  words->setAutoFillBackground(true);
  words->setBackgroundRole(QPalette::Base);
  auto* top = new QScrollArea(this);  // many sizes make a long text
  top->setWidget(words);
  top->setWidgetResizable(true);
  top->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  top->setFrameShape(QFrame::StyledPanel);

  model_ = new ResultsModel(this);
  filter_ = new ResultsFilter(model_, this);
  averages_ = new AveragesModel(this);
  auto* averages_sorted = new QSortFilterProxyModel(this);
  averages_sorted->setSourceModel(averages_);
  averages_sorted->setSortRole(AveragesModel::SortRole);

  auto* row = new QHBoxLayout;
  const auto choice = [&](const QString& text) {
    auto* box = new QComboBox(this);
    box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    box->setMinimumContentsLength(10);
    auto* label = new QLabel(text, this);
    label->setBuddy(box);
    row->addWidget(label);
    row->addWidget(box);
    connect(box, &QComboBox::currentIndexChanged, this, &ResultsPage::refresh);
    return box;
  };
  method_choice_ = choice(tr("&Method"));
  domain_choice_ = choice(tr("&Domain"));
  size_choice_ = choice(tr("Si&ze"));
  budget_choice_ = choice(tr("B&udget"));
  earlier_ = new QCheckBox(tr("Ea&rlier runs"), this);
  earlier_->setChecked(true);
  earlier_->setToolTip(tr("Also show the results of runs that were made with other settings or data"));
  connect(earlier_, &QCheckBox::toggled, filter_, &ResultsFilter::setEarlierShown);
  row->addWidget(earlier_);
  row->addStretch();
  export_ = new QPushButton(tr("E&xport table…"), this);
  export_->setToolTip(tr("The records shown, with all their columns, as CSV"));
  report_ = new QPushButton(tr("&Open report"), this);
  report_->setToolTip(tr("report.html with tables, curves and settings, in the browser"));
  use_ = new QPushButton(icons::get(icons::Icon::use), tr("U&se"), this);
  use_->setToolTip(tr("Try the specialized models of the selected rows on the use page"));
  use_->setEnabled(false);
  row->addWidget(use_);
  row->addWidget(export_);
  row->addWidget(report_);

  table_ = tableView(filter_, tr("Results"), this);
  table_->sortByColumn(ResultsModel::domain, Qt::AscendingOrder);
  averages_table_ = tableView(averages_sorted, tr("Macro-averages"), this);
  averages_table_->sortByColumn(AveragesModel::size, Qt::AscendingOrder);
  bars_ = new BarPlot(this);
  bars_->setValueLabel(tr("test perplexity"));
  plot_ = new CurvePlot(this);
  plot_->setName(QStringLiteral("generic-losses"));
  plot_->setValueLabel(tr("generic validation loss, nats per token"));
  plot_->setPlaceholder(tr("No pretraining yet."));
  curves_ =
      new RunCurves(plot_, [this](const RunKey& run, const QString& series) -> std::optional<RunCurves::Description> {
        if (!run.domain.isEmpty() || series != QLatin1String("generic")) return std::nullopt;
        const auto& methods = document_->expanded().methods;
        int index = 0;
        while (index < static_cast<int>(methods.size()) &&
               methods[static_cast<std::size_t>(index)].name != run.method.toStdString())
          ++index;
        RunCurves::Description description;
        description.label =
            document_->project().seeds.size() > 1 ? tr("%1, seed %2").arg(run.method).arg(run.seed) : run.method;
        description.style.color = index;
        description.style.dash = index;
        return description;
      });
  tabs_ = new QTabWidget(this);
  tabs_->setDocumentMode(true);
  tabs_->addTab(table_, tr("&All results"));
  tabs_->addTab(averages_table_, tr("Ma&cro-averages"));
  differences_ = new DifferencesView(this);
  tabs_->addTab(differences_, tr("Differe&nces"));
  tabs_->addTab(bars_, tr("&Before and after"));
  figures_ = new FiguresView(this);
  tabs_->addTab(figures_, tr("&Figures"));
  tabs_->addTab(plot_, tr("&Generic loss"));
  laws_ = new LawsView(this);
  tabs_->addTab(laws_, tr("&Scaling laws"));

  auto* lower = new QWidget(this);
  auto* column = new QVBoxLayout(lower);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(makeNotice());
  column->addLayout(row);
  column->addWidget(tabs_, 1);
  auto* main = new QSplitter(Qt::Vertical, this);
  main->addWidget(top);
  main->addWidget(lower);
  main->setStretchFactor(1, 1);
  main->setCollapsible(1, false);
  top->setMinimumHeight(fontMetrics().height() * 3);
  main->setSizes({fontMetrics().height() * 8, 600});
  empty_ = new EmptyState(icons::Icon::results, this);
  empty_->set(tr("No results yet"),
              tr("Specialize a method for a domain. Then this page shows perplexity before and after fine-tuning, and "
                 "says which method won."),
              tr("Go to &Specialization"), tr("Bring e&verything up to date"));
  stack_ = new QStackedWidget(this);
  stack_->addWidget(empty_);
  stack_->addWidget(main);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(stack_);

  connect(table_, &QTableView::activated, this, &ResultsPage::showRunOf);
  connect(use_, &QPushButton::clicked, this, &ResultsPage::useSelected);
  connect(table_->selectionModel(), &QItemSelectionModel::selectionChanged, this, &ResultsPage::refreshUse);
  connect(filter_, &QAbstractItemModel::modelReset, this, &ResultsPage::refreshUse);
  connect(filter_, &QAbstractItemModel::rowsInserted, this, [this] { export_->setEnabled(true); });
  connect(filter_, &QAbstractItemModel::rowsRemoved, this, [this] { export_->setEnabled(filter_->rowCount() > 0); });
  connect(empty_->button(), &QPushButton::clicked, this, [this] { Q_EMIT pageWanted(4); });
  connect(empty_->secondButton(), &QPushButton::clicked, this, [this] { bridge_->start(); });
  connect(export_, &QPushButton::clicked, this, [this] {
    QString file =
        QFileDialog::getSaveFileName(this, tr("Export table"), QStringLiteral("results.csv"), tr("CSV (*.csv)"));
    if (!file.isEmpty()) plot_export::writeCsvInBackground(this, resultsTable(), file);
  });
  connect(report_, &QPushButton::clicked, this, &ResultsPage::openReport);
  connect(laws_, &LawsView::reportWanted, this, [this] { bridge_->start({QStringLiteral("report")}); });
  connect(bridge_, &EngineBridge::viewChanged, this, [this] { showView(bridge_->view()); });
  connect(bridge_, &EngineBridge::metricsAdded, this,
          [this](const std::vector<pantograph::job::MetricAdded>& metrics) { curves_->add(metrics); });
  const auto setIdle = [this](bool idle) {
    empty_->secondButton()->setEnabled(idle);
    notice_run_->setEnabled(idle);
    laws_->emptyState()->button()->setEnabled(idle);
  };
  connect(bridge_, &EngineBridge::runStarted, this, [setIdle] { setIdle(false); });
  connect(bridge_, &EngineBridge::runEnded, this, [setIdle] { setIdle(true); });
  showView(bridge_->view());
}

void ResultsPage::showView(std::shared_ptr<const pantograph::job::ProjectView> view) {
  view_ = std::move(view);
  if (view_)
    curves_->show(*view_);
  else
    curves_->clear();
  std::vector<ResultRecord> records = view_ ? view_->results : std::vector<ResultRecord>();
  pantograph::job::RunList earlier;
  if (view_) {
    for (const auto& run : view_->history) {
      if (!run->present && run->result) earlier.push_back(run);
    }
  }
  stack_->setCurrentIndex(records.empty() && earlier.empty() ? 0 : 1);
  model_->setRecords(std::move(records), std::move(earlier));
  earlier_->setVisible(model_->earlierCount() > 0);
  table_->setColumnHidden(ResultsModel::settings, model_->earlierCount() == 0);
  table_->setColumnHidden(ResultsModel::without_leaks, !model_->someLeak());
  refreshNotice();
  laws_->showView(view_);
  refreshChoices();
  refresh();
  for (QTableView* view_of : {table_, averages_table_}) view_of->resizeColumnsToContents();
}

QWidget* ResultsPage::makeNotice() {
  notice_ = new QWidget(this);
  notice_text_ = new QLabel(notice_);
  notice_text_->setWordWrap(true);
  notice_text_->setAccessibleName(tr("Earlier results only"));
  notice_run_ = new QPushButton(icons::get(icons::Icon::run), tr("Bring e&verything up to date"), notice_);
  auto* runs = new QPushButton(tr("Go to R&uns"), notice_);
  auto* row = new QHBoxLayout(notice_);
  row->setContentsMargins(4, 2, 4, 2);
  row->addWidget(notice_text_, 1);
  row->addWidget(notice_run_);
  row->addWidget(runs);
  connect(notice_run_, &QPushButton::clicked, this, [this] { bridge_->start(); });
  connect(runs, &QPushButton::clicked, this, [this] { Q_EMIT pageWanted(6); });
  return notice_;
}

void ResultsPage::refreshNotice() {
  const int earlier = model_->earlierCount();
  const bool only = earlier > 0 && earlier == model_->rowCount();
  notice_->setVisible(only);
  const QString what = earlier == 1 ? tr("The result below is of earlier settings.")
                                    : tr("The %1 results below are of earlier settings.").arg(earlier);
  notice_text_->setText(
      only ? what + ' ' +
                 tr("The project's settings or data have changed since. Bring everything up to date to "
                    "have results of the present ones, or take earlier settings back on the runs page.")
           : QString());
}

QString ResultsPage::noticeText() const {
  return notice_text_->text();
}

std::shared_ptr<const pantograph::job::RunInfo> ResultsPage::runOf(const QModelIndex& index) const {
  const int row = filter_->mapToSource(index).row();
  auto run = model_->earlierRun(row);
  const ResultRecord& record = model_->records()[static_cast<std::size_t>(row)];
  const auto same = [&](const ResultRecord& other) {
    return other.method == record.method && other.domain == record.domain && other.seed == record.seed &&
           other.sample == record.sample && other.specialization_tokens == record.specialization_tokens &&
           pantograph::measure::budget_of(other) == pantograph::measure::budget_of(record);
  };
  for (std::size_t i = 0; run == nullptr && view_ && i < view_->history.size(); ++i) {
    const auto& one = view_->history[i];
    if (one->present && one->result && same(*one->result)) run = one;
  }
  return run;
}

void ResultsPage::showRunOf(const QModelIndex& index) {
  if (const auto run = runOf(index)) Q_EMIT runWanted(QString::fromStdString(run->record.key));
}

void ResultsPage::refreshChoices() {
  std::set<std::string> methods, domains;
  std::set<std::uint64_t> sizes, budgets;
  for (const ResultRecord& record : model_->records()) {
    methods.insert(record.method);
    domains.insert(record.domain);
    sizes.insert(record.specialization_tokens);
    if (const auto budget = pantograph::measure::budget_of(record); budget > 0) budgets.insert(budget);
  }
  const auto fill = [](QComboBox* box, const QString& all, const auto& values, const auto& text) {
    const QSignalBlocker quiet(box);
    const QVariant current = box->currentData();
    box->clear();
    box->addItem(all, QVariant());
    for (const auto& value : values) box->addItem(text(value).first, text(value).second);
    box->setCurrentIndex(current.isValid() ? std::max(0, box->findData(current)) : 0);
  };
  const auto name = [](const std::string& value) {
    return std::pair<QString, QVariant>(QString::fromStdString(value), QString::fromStdString(value));
  };
  fill(method_choice_, tr("all methods"), methods, name);
  fill(domain_choice_, tr("all domains"), domains, name);
  const auto count = [](std::uint64_t value) {
    return std::pair<QString, QVariant>(QString::fromStdString(pantograph::format_count(value)),
                                        static_cast<qulonglong>(value));
  };
  fill(size_choice_, tr("all sizes"), sizes, count);
  fill(budget_choice_, tr("all budgets"), budgets, count);
  budget_choice_->setEnabled(budgets.size() > 1);
}

void ResultsPage::setFilter(const QString& method, const QString& domain, quint64 tokens, quint64 budget) {
  method_choice_->setCurrentIndex(method.isEmpty() ? 0 : std::max(0, method_choice_->findData(method)));
  domain_choice_->setCurrentIndex(domain.isEmpty() ? 0 : std::max(0, domain_choice_->findData(domain)));
  const auto pick = [](QComboBox* box, quint64 value) {
    box->setCurrentIndex(value == 0 ? 0 : std::max(0, box->findData(static_cast<qulonglong>(value))));
  };
  pick(size_choice_, tokens);
  pick(budget_choice_, budget);
}

void ResultsPage::refresh() {
  filter_->setFilter(method_choice_->currentData().toString(), domain_choice_->currentData().toString(),
                     size_choice_->currentData().toULongLong(), budget_choice_->currentData().toULongLong());
  std::vector<ResultRecord> shown;
  for (int row = 0; row < model_->rowCount(); ++row) {
    const ResultRecord& record = model_->records()[static_cast<std::size_t>(row)];
    if (!model_->isEarlier(row) && filter_->accepts(record)) shown.push_back(record);
  }
  recommend(shown);
  QStringList methods;
  for (const auto& method : document_->expanded().methods) methods << QString::fromStdString(method.name);
  figures_->setRecords(shown, methods);
  laws_->setFilter(method_choice_->currentData().toString(), domain_choice_->currentData().toString());
  const bool earlier_only = model_->rowCount() > 0 && model_->earlierCount() == model_->rowCount();
  verdict_->setText(!shown.empty() ? QString::fromStdString(pantograph::report::verdict(shown))
                    : earlier_only
                        ? tr("The verdict and the figures are of the present settings; they have no results yet.")
                        : tr("No results of the present settings fit this filter."));
  averages_->setAverages(pantograph::measure::averages(shown));
  differences_->setRecords(shown);

  showBars(shown);
  export_->setEnabled(filter_->rowCount() > 0);
  report_->setEnabled(!document_->project().file.empty());
}

QString ResultsPage::recommendationText() const {
  return recommendation_->text();
}

QString ResultsPage::verdictText() const {
  return verdict_->text();
}

bool ResultsPage::isEmpty() const {
  return stack_->currentIndex() == 0;
}
