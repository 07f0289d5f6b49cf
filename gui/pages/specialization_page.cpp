// SPDX-License-Identifier: GPL-3.0-or-later
// Specialization: matrix, settings, fine-tuning curves.
#include "pages/specialization_page.h"

#include <QBoxLayout>
#include <QEvent>
#include <QGroupBox>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <algorithm>

#include "catalog/models.h"
#include "engine_bridge.h"
#include "format.h"
#include "icons.h"
#include "pages/specialization_matrix.h"
#include "pages/specialization_settings.h"
#include "pages/step_progress.h"
#include "plot/curve_plot.h"
#include "plot/run_curves.h"
#include "project_document.h"
#include "run_names.h"
#include "use/model_picker.h"
#include "widgets/empty_state.h"

namespace {
constexpr int kFirstCurves = 24;  // shown while no cell is selected
}

SpecializationPage::SpecializationPage(ProjectDocument* document, EngineBridge* bridge, QWidget* parent)
    : QWidget(parent), document_(document), bridge_(bridge) {
  progress_ = new StepProgressBar(bridge, this);
  all_ = new QPushButton(icons::get(icons::Icon::run), tr("Specialize &all"), this);
  all_->setToolTip(tr("Bring every cell of the table up to date, with the pretraining that it needs"));
  selected_ = new QPushButton(tr("Specialize s&elected"), this);
  selected_->setToolTip(tr("Only the selected cells"));
  use_ = new QPushButton(icons::get(icons::Icon::use), tr("&Use"), this);
  use_->setToolTip(tr("Try the models of the selected cells that are done on the use page"));
  use_->setEnabled(false);
  progress_->addStartButton(all_);
  progress_->addStartButton(selected_);

  makeTable();
  settings_ = new SpecializationSettings(document, this);
  auto* settings_box = new QGroupBox(tr("Settings"), this);
  auto* settings_area = new QScrollArea(settings_box);
  settings_area->setWidget(settings_);
  settings_area->setWidgetResizable(true);
  settings_area->setFrameShape(QFrame::NoFrame);
  auto* settings_layout = new QVBoxLayout(settings_box);
  settings_layout->setContentsMargins(0, 0, 0, 0);
  settings_layout->addWidget(settings_area);

  plot_ = new CurvePlot(this);
  plot_->setName(QStringLiteral("fine-tuning-losses"));
  plot_->setValueLabel(tr("domain validation loss, nats per token"));
  plot_->setPlaceholder(tr("No fine-tuning yet. Press “Specialize all” to see the domains' validation losses here."));
  CurveView view;
  view.x = XAxis::steps;
  view.aligned = true;
  plot_->setView(view);
  curves_ =
      new RunCurves(plot_, [this](const RunKey& run, const QString& series) -> std::optional<RunCurves::Description> {
        if (run.domain.isEmpty() || series != QLatin1String("validation")) return std::nullopt;
        const auto& project = document_->expanded();
        int method = 0, domain = 0;
        for (std::size_t i = 0; i < project.methods.size(); ++i) {
          if (project.methods[i].name == run.method.toStdString()) method = static_cast<int>(i);
        }
        const auto& picked = project.specialization.domains;
        domain = static_cast<int>(std::find(picked.begin(), picked.end(), run.domain.toStdString()) - picked.begin());
        RunCurves::Description description;
        description.label = run_names::whole(project, run);
        description.style.color = domain;
        // Sizes of one domain share its colour: method and size together choose the dash.
        const auto& sizes = project.specialization.tokens;
        const auto size = std::find(sizes.begin(), sizes.end(), run.tokens) - sizes.begin();
        description.style.dash = method + static_cast<int>(project.methods.size()) * static_cast<int>(size);
        description.visible = chosen_.isEmpty() ? first_curves_ < kFirstCurves : chosen_.contains(run.step);
        ++first_curves_;
        return description;
      });

  auto* lower = new QSplitter(this);
  lower->addWidget(settings_box);
  lower->addWidget(plot_);
  lower->setStretchFactor(1, 1);
  lower->setSizes({430, 640});
  auto* split = new QSplitter(Qt::Vertical, this);
  auto* grid = new QWidget(this);
  auto* grid_layout = new QVBoxLayout(grid);
  grid_layout->setContentsMargins(0, 0, 0, 0);
  auto* head = new QHBoxLayout;
  head->addWidget(heading_, 1);
  head->addWidget(use_);
  grid_layout->addLayout(head);
  grid_layout->addWidget(table_, 1);
  split->addWidget(grid);
  split->addWidget(lower);
  split->setStretchFactor(1, 1);
  split->setSizes({260, 400});
  auto* main = new QWidget(this);
  auto* column = new QVBoxLayout(main);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(progress_);
  column->addWidget(split, 1);
  empty_ = new EmptyState(icons::Icon::specialization, this);
  connect(empty_->button(), &QPushButton::clicked, this, [this] { Q_EMIT pageWanted(empty_page_); });
  stack_ = new QStackedWidget(this);
  stack_->addWidget(empty_);
  stack_->addWidget(main);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(stack_);

  connect(all_, &QPushButton::clicked, this, [this] { bridge_->start({QStringLiteral("specialize")}); });
  connect(selected_, &QPushButton::clicked, this, [this] {
    if (const QStringList steps = selectedSteps(); !steps.isEmpty()) bridge_->start(steps);
  });
  connect(use_, &QPushButton::clicked, this, &SpecializationPage::useSelected);
  connect(document_, &ProjectDocument::changed, this, &SpecializationPage::projectChanged);
  connect(bridge_, &EngineBridge::viewChanged, this, [this] { showView(bridge_->view()); });
  connect(bridge_, &EngineBridge::stepStarted, this, [this](const pantograph::job::StepStarted& step) {
    matrix_->setRunning(QString::fromStdString(step.id));
    showCounts();
  });
  connect(bridge_, &EngineBridge::metricsAdded, this, [this](const std::vector<pantograph::job::MetricAdded>& metrics) {
    curves_->add(metrics);
    for (const auto& metric : metrics) {
      if (metric.point.series == "validation")
        matrix_->setNewest(QString::fromStdString(metric.step.id()), metric.point.value);
    }
  });
  projectChanged();
  if (bridge_->view()) showView(bridge_->view());
}

void SpecializationPage::showView(std::shared_ptr<const pantograph::job::ProjectView> view) {
  view_ = std::move(view);
  matrix_->set(document_->expanded(), view_.get());
  if (view_) {
    curves_->show(*view_);
  } else {
    curves_->clear();
    first_curves_ = 0;
  }
  showCounts();
}

void SpecializationPage::projectChanged() {
  const auto& project = document_->expanded();
  const bool domains = std::any_of(project.corpora.begin(), project.corpora.end(),
                                   [](const auto& corpus) { return corpus.role == pantograph::project::Role::domain; });
  empty_page_ = domains ? 2 : 0;
  if (!domains) {
    empty_->set(tr("No domain to specialize for"),
                tr("Add a corpus with the role “domain”: the text that the small model shall fit, for instance manuals "
                   "or case law."),
                tr("Go to &Data"));
  } else if (project.methods.empty()) {
    empty_->set(tr("No method to specialize"), tr("Choose the methods to compare and draw their networks."),
                tr("Go to &Networks"));
  }
  stack_->setCurrentIndex(domains && !project.methods.empty() ? 1 : 0);
  matrix_->set(project, view_.get());
  showCounts();
}

void SpecializationPage::makeTable() {
  matrix_ = new SpecializationMatrix(this);
  heading_ = new QLabel(this);
  heading_->setTextFormat(Qt::PlainText);
  heading_->setWordWrap(true);
  table_ = new QTableView(this);
  table_->setModel(matrix_);
  table_->setAccessibleName(tr("Specializations"));
  table_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  table_->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  table_->horizontalHeader()->setSectionsClickable(true);
  table_->horizontalHeader()->setHighlightSections(true);
  table_->verticalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  // Rows of one height: measuring thousands of cells would be felt.
  table_->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  table_->verticalHeader()->setDefaultSectionSize(table_->fontMetrics().height() * 3 / 2);
  table_->setCornerButtonEnabled(true);
  table_->setTabKeyNavigation(false);
  table_->setWordWrap(false);
  table_->viewport()->installEventFilter(this);
  connect(table_->selectionModel(), &QItemSelectionModel::selectionChanged, this,
          &SpecializationPage::showSelectedCurves);
  connect(table_, &QTableView::activated, this, &SpecializationPage::activate);
  connect(matrix_, &QAbstractItemModel::modelReset, this, [this] {
    fitColumns();
    showSelectedCurves();
  });
}

std::shared_ptr<const pantograph::job::RunInfo> SpecializationPage::runOf(const QModelIndex& index) const {
  if (!view_ || !matrix_->isDone(index)) return nullptr;
  for (const auto& run : view_->history) {
    if (run->present && QString::fromStdString(run->record.step.id()) == matrix_->step(index)) return run;
  }
  return nullptr;
}

void SpecializationPage::useSelected() {
  for (const QModelIndex& index : table_->selectionModel()->selectedIndexes()) {
    if (const auto run = runOf(index)) Q_EMIT useWanted(toQString(pantograph::catalog::to_use(*run)));
  }
}

void SpecializationPage::activate(const QModelIndex& index) {
  const QString step = matrix_->step(index);
  if (const auto run = runOf(index)) {
    Q_EMIT runWanted(QString::fromStdString(run->record.key));
  } else if (!matrix_->isDone(index) && selected_->isEnabled() && !step.isEmpty()) {
    bridge_->start({step});
  }
}

void SpecializationPage::fitColumns() {
  const int columns = std::max(1, matrix_->columnCount());
  int least = table_->fontMetrics().horizontalAdvance(columns > 6 ? tr("interrupted") : tr("1,234 → 1,234"));
  for (int column = 0; column < matrix_->columnCount(); ++column) {
    for (const QString& line : matrix_->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().split('\n'))
      least = std::max(least, table_->fontMetrics().horizontalAdvance(line));
  }
  least += table_->fontMetrics().averageCharWidth() * 3;
  const int room = table_->viewport()->width() / columns;
  table_->horizontalHeader()->setSectionResizeMode(room >= least ? QHeaderView::Stretch : QHeaderView::Interactive);
  if (room < least) {
    for (int column = 0; column < columns; ++column) table_->horizontalHeader()->resizeSection(column, least);
  }
}

bool SpecializationPage::eventFilter(QObject* object, QEvent* event) {
  if (object == table_->viewport() && event->type() == QEvent::Resize) fitColumns();
  return QWidget::eventFilter(object, event);
}

void SpecializationPage::showCounts() {
  const auto counts = matrix_->counts();
  QStringList parts{
      tr("%1 of %2 done")
          .arg(formatInteger(static_cast<quint64>(counts.done)), formatInteger(static_cast<quint64>(counts.all)))};
  if (counts.running > 0) parts << tr("%1 running").arg(counts.running);
  if (counts.failed > 0) parts << tr("%1 failed").arg(counts.failed);
  if (counts.all == 0)
    heading_->setText(tr("Pick domains and sizes below: every method is specialized for each of them."));
  else
    heading_->setText(tr("%1. Test perplexity %2; select cells to see their curves; Return shows the run of one that "
                         "is done, and starts "
                         "one that is not.")
                          .arg(parts.join(QStringLiteral(", ")), matrix_->columnCount() > 6
                                                                     ? tr("after fine-tuning")
                                                                     : tr("before → after fine-tuning")));
  progress_->setStartAllowed(counts.all > 0);
}

void SpecializationPage::showSelectedCurves() {
  if (!plot_) return;
  const QModelIndexList cells = table_->selectionModel()->selectedIndexes();
  use_->setEnabled(
      !cells.isEmpty() && cells.size() <= ModelPicker::kMostChosen &&
      std::any_of(cells.begin(), cells.end(), [this](const auto& cell) { return runOf(cell) != nullptr; }));
  const QStringList steps = selectedSteps();
  chosen_ = QSet<QString>(steps.begin(), steps.end());
  int shown = 0;
  curves_->showWhere([&](const RunKey& run, const QString&) {
    return chosen_.isEmpty() ? shown++ < kFirstCurves : chosen_.contains(run.step);
  });
}

QString SpecializationPage::heading() const {
  return heading_->text();
}

QStringList SpecializationPage::selectedSteps() const {
  QStringList steps;
  for (const QModelIndex& index : table_->selectionModel()->selectedIndexes()) steps << matrix_->step(index);
  std::sort(steps.begin(), steps.end());
  return steps;
}

bool SpecializationPage::isEmpty() const {
  return stack_->currentIndex() == 0;
}
