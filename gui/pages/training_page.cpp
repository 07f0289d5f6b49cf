// SPDX-License-Identifier: GPL-3.0-or-later
// Pretraining: runs, live losses, probes.
#include "pages/training_page.h"

#include <QAction>
#include <QBoxLayout>
#include <QComboBox>
#include <QGroupBox>
#include <QLabel>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolBar>

#include "engine_bridge.h"
#include "format.h"
#include "icons.h"
#include "pages/step_progress.h"
#include "pages/training_probes.h"
#include "pages/training_runs.h"
#include "plan/estimate.h"
#include "plot/curve_plot.h"
#include "plot/run_curves.h"
#include "project/method_kind.h"
#include "project_document.h"
#include "run_names.h"
#include "widgets/empty_state.h"

namespace {

constexpr int kFirstParts = 3;  // runs of one for each cluster or domain, whose curves are shown at first

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
        description.label = QStringLiteral("%1 · %2").arg(run_names::method(document_->expanded(), run), what);
        const int part = partIndex(run);
        description.style.color = probe ? 1 + static_cast<int>(domains_.indexOf(series.mid(6)))
                                  : series == QLatin1String("train") ? 6
                                                                     : std::max(0, part) % 6;
        if (probe && description.style.color >= 6) ++description.style.color;  // the training loss keeps its colour
        description.style.dash = std::max(0, static_cast<int>(methods_.indexOf(run.method)));
        description.style.behind = !probe && series == QLatin1String("train");
        description.style.flopsPerToken = flopsPerToken(run.method);
        description.visible = isShown(run, series);
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
  connect(bridge_, &EngineBridge::metricsAdded, this, [this](const std::vector<pantograph::job::MetricAdded>& metrics) {
    curves_->add(metrics);
    refreshNewest();
  });
  connect(bridge_, &EngineBridge::stepStarted, this,
          [this](const pantograph::job::StepStarted& step) { runs_->setRunning(QString::fromStdString(step.id)); });
  connect(bridge_, &EngineBridge::projected, this, [this](const pantograph::job::Projected& projected) {
    answer_->setText(QString::fromStdString(projected.message));
    project_->setEnabled(true);
    projected_ = QString::fromStdString(projected.file);
    use_->setEnabled(!projected_.isEmpty());
  });
  projectChanged();
  if (bridge_->view()) showView(bridge_->view());
}

QWidget* TrainingPage::makeRuns() {
  auto* box = new QGroupBox(tr("Runs"), this);
  runs_ = new TrainingRuns(box);
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

void TrainingPage::showView(std::shared_ptr<const pantograph::job::ProjectView> view) {
  view_ = std::move(view);
  if (view_)
    curves_->show(*view_);
  else
    curves_->clear();
  refreshRuns();
}

void TrainingPage::projectChanged() {
  const pantograph::project::Project& project = document_->expanded();
  bool generic = false;
  QStringList methods, divided, domains;
  for (const auto& corpus : project.corpora) {
    if (corpus.role == pantograph::project::Role::generic)
      generic = true;
    else
      domains << QString::fromStdString(corpus.name);
  }
  for (const auto& method : project.methods) {
    if (!pantograph::project::pretrains(method)) continue;
    methods << QString::fromStdString(method.name);
    if (!pantograph::project::method_kind(method.kind).one_run()) divided << methods.back();
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
  if (methods != methods_ || domains != domains_ || divided != divided_) {
    methods_ = methods;
    divided_ = divided;
    domains_ = domains;
    refreshFilters();
  }
  const QString run = project_run_->currentText(), domain = project_domain_->currentText();
  project_run_->clear();
  for (const QString& method : std::as_const(methods_)) {
    // The experts of a mixture are small models already.
    if (pantograph::project::method_kind(project.method(method.toStdString())->kind).per_cluster) continue;
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
  runs_->set(document_->expanded(), view_.get());
  refreshNewest();
}

void TrainingPage::refreshNewest() {
  runs_->showNewest(*curves_);
  QHash<QString, QStringList> probes;
  for (const QString& method : std::as_const(methods_)) {
    for (const auto seed : document_->expanded().seeds) {
      for (const QString& domain : std::as_const(domains_)) {
        const std::string name = method.toStdString();
        const auto step = divided_.contains(method)
                              ? pantograph::job::StepKey::pretrain_for(name, seed, domain.toStdString())
                              : pantograph::job::StepKey::pretrain(name, seed);
        const auto value = curves_->last(QString::fromStdString(step.id()), QStringLiteral("probe/") + domain);
        if (value && probes[domain].size() < 3)
          probes[domain] << QStringLiteral("%1 %2").arg(method, QString::number(*value, 'f', 3));
      }
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
  for (const QString& method : std::as_const(divided_)) {
    QAction* action = filters_->addAction(tr("all of %1").arg(method));
    action->setCheckable(true);
    action->setChecked(all_parts_.contains(method));
    action->setObjectName(QStringLiteral("all/") + method);
    action->setToolTip(
        tr("Curves of every expert or domain of %1; otherwise of the first %2").arg(method).arg(kFirstParts));
    connect(action, &QAction::toggled, this, [this, method](bool on) {
      if (on)
        all_parts_.insert(method);
      else
        all_parts_.remove(method);
      applyFilters();
    });
  }
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
  curves_->showWhere([this](const RunKey& run, const QString& series) { return isShown(run, series); });
}

int TrainingPage::partIndex(const RunKey& run) const {
  if (run.part.isEmpty()) return -1;
  bool number = false;
  const int expert = run.part.toInt(&number);
  const int domain = static_cast<int>(domains_.indexOf(run.part));
  return domain >= 0 ? domain : number ? expert : 0;
}

bool TrainingPage::isShown(const RunKey& run, const QString& series) const {
  if (hidden_methods_.contains(run.method) || hidden_series_.contains(series)) return false;
  if (run.part.isEmpty() || all_parts_.contains(run.method)) return true;
  const bool probe = series.startsWith(QLatin1String("probe/"));
  // What is pretrained for one domain says little about the others.
  return partIndex(run) < kFirstParts && (!probe || series.mid(6) == run.part);
}

void TrainingPage::setMethodShown(const QString& method, bool shown) {
  if (auto* action = filters_->findChild<QAction*>(method)) action->setChecked(shown);
}

void TrainingPage::setAllPartsShown(const QString& method, bool shown) {
  if (auto* action = filters_->findChild<QAction*>(QStringLiteral("all/") + method)) action->setChecked(shown);
}

void TrainingPage::setSeriesShown(const QString& series, bool shown) {
  if (auto* action = filters_->findChild<QAction*>(series)) action->setChecked(shown);
}

double TrainingPage::flopsPerToken(const QString& name) const {
  const auto& project = document_->expanded();
  const auto* method = project.method(name.toStdString());
  if (!method || !view_ || view_->vocabulary <= 0 || method->generic.tokens == 0) return 0;
  try {
    const auto config = pantograph::method::method_network(project, *method, view_->vocabulary);
    return pantograph::plan::training_flops(config, method->generic.tokens, method->generic.tokens_per_step,
                                            method->generic.experts_per_step) /
           static_cast<double>(method->generic.tokens);
  } catch (const pantograph::Error&) {
    return 0;  // the project is being edited; the engine says what is wrong with it
  }
}

bool TrainingPage::isEmpty() const {
  return stack_->currentIndex() == 0;
}
