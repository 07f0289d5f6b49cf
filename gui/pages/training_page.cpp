// SPDX-License-Identifier: GPL-3.0-or-later
// Pretraining: runs, live losses, probes.
#include "pages/training_page.h"

#include <QAction>
#include <QBoxLayout>
#include <QComboBox>
#include <QGroupBox>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolBar>
#include <QTreeWidget>

#include "engine_bridge.h"
#include "format.h"
#include "icons.h"
#include "method/method.h"
#include "pages/step_progress.h"
#include "pages/training_probes.h"
#include "plan/estimate.h"
#include "plot/curve_plot.h"
#include "plot/run_curves.h"
#include "project_document.h"
#include "widgets/empty_state.h"

using pantograph::StepState;

namespace {

QString stateText(StepState state) {
  switch (state) {
    case StepState::stale:
      return TrainingPage::tr("out of date");
    case StepState::partial:
      return TrainingPage::tr("interrupted, will resume");
    case StepState::up_to_date:
      return TrainingPage::tr("done");
    case StepState::running:
      return TrainingPage::tr("running");
    case StepState::failed:
      return TrainingPage::tr("failed");
    case StepState::missing:
      break;
  }
  return TrainingPage::tr("not started");
}

QString runId(const QString& method, quint64 seed) {
  return QStringLiteral("pretrain/%1/%2").arg(method).arg(seed);
}

bool hasGenericPhase(const pantograph::MethodSpec& method) {
  for (const auto& kind : pantograph::method_kinds()) {
    if (kind.id == method.kind) return kind.generic_phase;
  }
  return false;
}

}  // namespace

TrainingPage::TrainingPage(ProjectDocument* document, EngineBridge* bridge, QWidget* parent)
    : QWidget(parent), document_(document), bridge_(bridge) {
  progress_ = new StepProgressBar(bridge, this);
  start_ = new QPushButton(icons::get(icons::Icon::run), tr("&Start training"), this);
  start_->setToolTip(tr("Bring every pretraining run up to date, with the steps that it needs"));
  progress_->addStartButton(start_);
  filters_ = new QToolBar(tr("Curves shown"), this);
  filters_->setToolButtonStyle(Qt::ToolButtonTextOnly);
  plot_ = new CurvePlot(this);
  plot_->setName(QStringLiteral("training-losses"));
  plot_->setValueLabel(tr("loss, nats per token"));
  plot_->setPlaceholder(tr("No losses yet. Press “Start training” to see them grow here."));
  curves_ =
      new RunCurves(plot_, [this](const RunKey& run, const QString& series) -> std::optional<RunCurves::Description> {
        if (!run.domain.isEmpty()) return std::nullopt;
        const bool probe = series.startsWith(QLatin1String("probe/"));
        if (!probe && series != QLatin1String("train") && series != QLatin1String("generic")) return std::nullopt;
        RunCurves::Description description;
        const QString what = probe ? series.mid(6) : series == QLatin1String("train") ? tr("training") : tr("generic");
        description.label = QStringLiteral("%1 · %2").arg(runLabel(run.method, run.seed), what);
        description.style.color = probe ? 1 + static_cast<int>(domains_.indexOf(series.mid(6)))
                                  : series == QLatin1String("train") ? 6
                                                                     : 0;
        if (probe && description.style.color >= 6) ++description.style.color;  // the training loss keeps its colour
        description.style.dash = std::max(0, static_cast<int>(methods_.indexOf(run.method)));
        description.style.behind = !probe && series == QLatin1String("train");
        description.style.flopsPerToken = flopsPerToken(run.method);
        description.visible = !hidden_methods_.contains(run.method) && !hidden_series_.contains(series);
        return description;
      });

  auto* bottom = new QSplitter(this);
  bottom->addWidget(makeRuns());
  bottom->addWidget(makeProbes());
  bottom->addWidget(makeProjectNow());
  bottom->setSizes({330, 470, 260});
  auto* split = new QSplitter(Qt::Vertical, this);
  split->addWidget(plot_);
  split->addWidget(bottom);
  split->setStretchFactor(0, 1);
  split->setSizes({420, 190});
  auto* main = new QWidget(this);
  auto* column = new QVBoxLayout(main);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(progress_);
  column->addWidget(filters_);
  column->addWidget(split, 1);

  empty_ = new EmptyState(icons::Icon::training, this);
  connect(empty_->button(), &QPushButton::clicked, this, [this] { Q_EMIT pageWanted(empty_page_); });
  stack_ = new QStackedWidget(this);
  stack_->addWidget(empty_);
  stack_->addWidget(main);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(stack_);

  connect(start_, &QPushButton::clicked, this, [this] {
    bridge_->setProbes(probes_->picks());
    bridge_->start({QStringLiteral("pretrain")});
  });
  connect(document_, &ProjectDocument::changed, this, &TrainingPage::projectChanged);
  connect(bridge_, &EngineBridge::viewChanged, this, [this] { showView(bridge_->view()); });
  connect(bridge_, &EngineBridge::metricsAdded, this, [this](const std::vector<pantograph::MetricAdded>& metrics) {
    curves_->add(metrics);
    refreshNewest();
  });
  connect(bridge_, &EngineBridge::stepStarted, this, [this](const pantograph::StepStarted& step) {
    states_[QString::fromStdString(step.id)] = StepState::running;
    refreshRuns();
  });
  connect(bridge_, &EngineBridge::projected, this, [this](const pantograph::Projected& projected) {
    answer_->setText(QString::fromStdString(projected.message));
    project_->setEnabled(true);
  });
  projectChanged();
  if (bridge_->view()) showView(bridge_->view());
}

QWidget* TrainingPage::makeRuns() {
  auto* box = new QGroupBox(tr("Runs"), this);
  runs_ = new QTreeWidget(box);
  runs_->setAccessibleName(tr("Pretraining runs"));
  runs_->setRootIsDecorated(false);
  runs_->setUniformRowHeights(true);
  runs_->setAlternatingRowColors(true);
  runs_->header()->setStretchLastSection(false);
  runs_->setHeaderLabels({tr("Method"), tr("Seed"), tr("State"), tr("Tokens"), tr("Training"), tr("Generic")});
  runs_->headerItem()->setToolTip(4, tr("Newest training loss, nats per token"));
  runs_->headerItem()->setToolTip(5, tr("Newest loss on the generic validation set, nats per token"));
  for (const int column : {1, 3, 4, 5})
    runs_->headerItem()->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
  auto* layout = new QVBoxLayout(box);
  layout->setContentsMargins(4, 4, 4, 4);
  layout->addWidget(runs_);
  return box;
}

QWidget* TrainingPage::makeProbes() {
  auto* box = new QGroupBox(tr("Probes: specialized loss of picked domains"), this);
  probes_ = new ProbeTable(box);
  auto* layout = new QVBoxLayout(box);
  layout->setContentsMargins(4, 4, 4, 4);
  layout->addWidget(probes_);
  connect(probes_, &ProbeTable::picksEdited, this, [this] { bridge_->setProbes(probes_->picks()); });
  return box;
}

void TrainingPage::showView(std::shared_ptr<const pantograph::ProjectView> view) {
  view_ = std::move(view);
  states_.clear();
  if (view_) {
    for (const auto& step : view_->steps) states_.insert(QString::fromStdString(step.id), step.state);
    curves_->show(*view_);
  } else {
    curves_->clear();
  }
  refreshRuns();
}

void TrainingPage::projectChanged() {
  const pantograph::Project& project = document_->project();
  bool generic = false;
  QStringList methods, domains;
  for (const auto& corpus : project.corpora) {
    if (corpus.role == pantograph::Role::generic)
      generic = true;
    else
      domains << QString::fromStdString(corpus.name);
  }
  for (const auto& method : project.methods) {
    if (hasGenericPhase(method)) methods << QString::fromStdString(method.name);
  }
  empty_page_ = generic ? 2 : 0;
  if (!generic) {
    empty_->set(tr("Training needs text"),
                tr("Add a generic corpus first: the large set that every method is pretrained on."), tr("Go to &Data"));
  } else if (methods.isEmpty()) {
    empty_->set(tr("No method to pretrain"),
                tr("Choose the methods to compare and draw their networks: slm for the small model, "
                   "slm-pn for the projected network."),
                tr("Go to &Networks"));
  }
  stack_->setCurrentIndex(generic && !methods.isEmpty() ? 1 : 0);
  probes_->setProject(project);
  if (methods != methods_ || domains != domains_) {
    methods_ = methods;
    domains_ = domains;
    refreshFilters();
  }
  const QString run = project_run_->currentText(), domain = project_domain_->currentText();
  project_run_->clear();
  for (const QString& method : std::as_const(methods_)) {
    for (const auto seed : project.seeds) {
      project_run_->addItem(QStringLiteral("%1, %2").arg(method, tr("seed %1").arg(seed)),
                            QVariantList{method, static_cast<qulonglong>(seed)});
    }
  }
  project_domain_->clear();
  project_domain_->addItems(domains_);
  project_run_->setCurrentIndex(std::max(0, project_run_->findText(run)));
  project_domain_->setCurrentIndex(std::max(0, project_domain_->findText(domain)));
  project_expert_->setExperts(project.clustering.clusters);
  refreshRuns();
}

void TrainingPage::refreshRuns() {
  const auto& project = document_->project();
  int row = 0;
  for (const QString& method : std::as_const(methods_)) {
    for (const auto seed : project.seeds) {
      QTreeWidgetItem* item = runs_->topLevelItem(row++);
      if (!item) {
        item = new QTreeWidgetItem(runs_);
        for (const int column : {1, 3, 4, 5}) item->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
      }
      const QString id = runId(method, seed);
      item->setData(0, Qt::UserRole, id);
      item->setText(0, method);
      item->setText(1, QString::number(seed));
      item->setText(2, stateText(states_.value(id, StepState::missing)));
    }
  }
  while (runs_->topLevelItemCount() > row) delete runs_->topLevelItem(row);
  refreshNewest();
  for (int column = 0; column < runs_->columnCount(); ++column) runs_->resizeColumnToContents(column);
}

void TrainingPage::refreshNewest() {
  const auto number = [](std::optional<double> value) {
    return value ? QString::number(*value, 'f', 3) : QStringLiteral("–");
  };
  QHash<QString, QStringList> probes;
  for (int row = 0; row < runs_->topLevelItemCount(); ++row) {
    QTreeWidgetItem* item = runs_->topLevelItem(row);
    const QString id = item->data(0, Qt::UserRole).toString();
    const auto point = curves_->lastPoint(id);
    item->setText(3, point ? formatShort(static_cast<double>(point->tokens)) : QStringLiteral("–"));
    item->setText(4, number(curves_->last(id, QStringLiteral("train"))));
    item->setText(5, number(curves_->last(id, QStringLiteral("generic"))));
    for (const QString& domain : std::as_const(domains_)) {
      const auto value = curves_->last(id, QStringLiteral("probe/") + domain);
      if (value && probes[domain].size() < 3)
        probes[domain] << QStringLiteral("%1 %2").arg(item->text(0), number(value));
    }
  }
  for (const QString& domain : std::as_const(domains_))
    probes_->setNewest(domain, probes.value(domain).join(QStringLiteral(" · ")));
}

void TrainingPage::refreshFilters() {
  qDeleteAll(filters_->actions());
  const auto add = [this](const QString& text, const QString& tip, QSet<QString>* hidden, const QString& name) {
    QAction* action = filters_->addAction(text);
    action->setCheckable(true);
    action->setChecked(!hidden->contains(name));
    action->setToolTip(tip);
    action->setObjectName(name);
    connect(action, &QAction::toggled, this, [this, hidden, name](bool on) {
      if (on)
        hidden->remove(name);
      else
        hidden->insert(name);
      applyFilters();
    });
  };
  auto* methods = new QLabel(tr("Methods "), filters_);
  filters_->addWidget(methods);
  for (const QString& method : std::as_const(methods_))
    add(method, tr("Show or hide all curves of %1").arg(method), &hidden_methods_, method);
  filters_->addSeparator();
  filters_->addWidget(new QLabel(tr(" Losses "), filters_));
  add(tr("training"), tr("Loss of the training steps"), &hidden_series_, QStringLiteral("train"));
  add(tr("generic"), tr("Loss on the generic validation set"), &hidden_series_, QStringLiteral("generic"));
  filters_->addSeparator();
  filters_->addWidget(new QLabel(tr(" Domains "), filters_));
  for (const QString& domain : std::as_const(domains_)) {
    add(domain, tr("Specialized loss of %1, before fine-tuning").arg(domain), &hidden_series_,
        QStringLiteral("probe/") + domain);
  }
}

void TrainingPage::applyFilters() {
  for (const QString& id : plot_->curveIds()) {
    const QString step = id.section(QLatin1Char('#'), 0, 0), series = id.section(QLatin1Char('#'), 1);
    const auto key = RunKey::parse(step);
    plot_->setCurveVisible(id, key && !hidden_methods_.contains(key->method) && !hidden_series_.contains(series));
  }
}

void TrainingPage::setMethodShown(const QString& method, bool shown) {
  if (auto* action = filters_->findChild<QAction*>(method)) action->setChecked(shown);
}

void TrainingPage::setSeriesShown(const QString& series, bool shown) {
  if (auto* action = filters_->findChild<QAction*>(series)) action->setChecked(shown);
}

QString TrainingPage::runLabel(const QString& method, quint64 seed) const {
  return document_->project().seeds.size() > 1 ? tr("%1, seed %2").arg(method).arg(seed) : method;
}

double TrainingPage::flopsPerToken(const QString& name) const {
  const auto& project = document_->project();
  const auto* method = project.method(name.toStdString());
  if (!method || !view_ || view_->vocabulary <= 0 || method->generic.tokens == 0) return 0;
  try {
    const auto config = pantograph::method_network(project, *method, view_->vocabulary);
    return pantograph::training_flops(config, method->generic.tokens, method->generic.tokens_per_step,
                                      method->generic.experts_per_step) /
           static_cast<double>(method->generic.tokens);
  } catch (const pantograph::Error&) {
    return 0;  // the project is being edited; the engine says what is wrong with it
  }
}

bool TrainingPage::isEmpty() const {
  return stack_->currentIndex() == 0;
}
