// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/clusters_page.h"

#include <QComboBox>
#include <QFileDialog>
#include <QGridLayout>
#include <QGroupBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>
#include <numeric>

#include "engine_bridge.h"
#include "format.h"
#include "job/info.h"
#include "pages/cluster_model.h"
#include "pages/clusterings_view.h"
#include "pages/corpus_model.h"
#include "project_document.h"
#include "widgets/count_edit.h"
#include "widgets/empty_state.h"
#include "widgets/heat_map.h"
#include "widgets/tables.h"

using namespace pantograph;

ClustersPage::ClustersPage(ProjectDocument* document, EngineBridge* bridge, QWidget* parent)
    : QWidget(parent), document_(document), bridge_(bridge), model_(new ClusterModel(this)) {
  empty_ = new EmptyState(icons::Icon::clusters, this);
  connect(empty_->button(), &QPushButton::clicked, this, [this] {
    if (document_->project().corpora.empty())
      Q_EMIT pageWanted(0);
    else
      bridge_->start({QStringLiteral("cluster")});
  });

  heat_ = new HeatMap(this);
  auto* heat_box = new QGroupBox(tr("Share of each corpus's windows in each cluster"), this);
  (new QVBoxLayout(heat_box))->addWidget(heat_);
  table_ = new QTableView(this);
  table_->setModel(model_);
  setUpTable(table_, ClusterModel::corpus);
  table_->setAccessibleName(tr("Corpora over the clusters"));
  auto* table_box = new QGroupBox(tr("Domains to specialize for"), this);
  (new QVBoxLayout(table_box))->addWidget(table_);

  auto* detail = new QGroupBox(tr("Selected cluster"), this);
  cluster_title_ = new QLabel(detail);
  cluster_text_ = new QLabel(detail);
  for (QLabel* label : {cluster_title_, cluster_text_}) {
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  }
  auto* detail_layout = new QVBoxLayout(detail);
  detail_layout->addWidget(cluster_title_);
  detail_layout->addWidget(cluster_text_);
  detail_layout->addStretch();

  auto* lower = new QSplitter(Qt::Horizontal, this);
  lower->addWidget(table_box);
  lower->addWidget(detail);
  lower->setStretchFactor(0, 3);
  lower->setStretchFactor(1, 2);
  lower->setChildrenCollapsible(false);
  auto* content = new QSplitter(Qt::Vertical, this);
  content->addWidget(heat_box);
  content->addWidget(lower);
  content->setStretchFactor(0, 3);
  content->setStretchFactor(1, 2);
  content->setChildrenCollapsible(false);
  clusterings_ = new ClusteringsView(this);
  tabs_ = new QTabWidget(this);
  tabs_->setDocumentMode(true);
  tabs_->addTab(content, tr("Hi&stograms"));
  tabs_->addTab(clusterings_, tr("Clusterings com&pared"));
  stack_ = new QStackedWidget(this);
  stack_->addWidget(empty_);
  stack_->addWidget(tabs_);

  auto* layout = new QVBoxLayout(this);
  layout->addWidget(makeSettings());
  layout->addWidget(stack_, 1);

  connect(heat_, &HeatMap::columnSelected, this, &ClustersPage::showCluster);
  connect(model_, &ClusterModel::domainToggled, this, &ClustersPage::toggleDomain);
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& current) {
    if (const cluster::ClusterHistogram* histogram = model_->histogram(current.row()))
      heat_->selectColumn(histogram->most_frequent);
  });
  connect(document_, &ProjectDocument::changed, this, &ClustersPage::refresh);
  connect(bridge_, &EngineBridge::viewChanged, this, [this] { showView(bridge_->view()); });
  connect(bridge_, &EngineBridge::runStarted, this, &ClustersPage::refresh);
  connect(bridge_, &EngineBridge::runEnded, this, &ClustersPage::refresh);
  showView(bridge_->view());
}

QWidget* ClustersPage::makeSettings() {
  auto* box = new QGroupBox(tr("Clustering of the generic set"), this);
  auto* grid = new QGridLayout(box);
  const auto spin = [&](int low, int high, const QString& tip) {
    auto* widget = new QSpinBox(box);
    widget->setRange(low, high);
    widget->setGroupSeparatorShown(true);
    widget->setKeyboardTracking(false);
    widget->setToolTip(tip);
    return widget;
  };
  clusters_ = spin(1, 65536, tr("k: clusters of the generic set, and experts of the projected network"));
  embedder_ = new QComboBox(box);
  for (const job::EmbedderChoice& choice : job::embedder_choices())
    embedder_->addItem(QString::fromStdString(choice.name), QString::fromStdString(choice.id));
  dimensions_ = spin(1, 4096, tr("Dimensions that the SVD keeps"));
  window_ = spin(0, 1 << 20, tr("Tokens of a window; 0 takes the context of the small network"));
  window_->setSpecialValueText(tr("context"));
  sample_ = new CountEdit(box);
  sample_->setZeroText(tr("all"));
  sample_->setToolTip(tr("Windows that the SVD and k-means are fitted on; all windows are assigned"));
  restarts_ = spin(1, 100, tr("k-means starts this often; the best is kept"));
  cluster_ = new QPushButton(tr("C&luster"), box);
  cluster_->setToolTip(tr("Bring clustering, and what it needs, up to date"));
  state_ = new QLabel(box);
  int column = 0;
  const auto add = [&](const QString& text, QWidget* widget) {
    auto* label = new QLabel(text, box);
    label->setBuddy(widget);
    widget->setAccessibleName(QString(text).remove('&'));
    grid->addWidget(label, 0, column);
    grid->addWidget(widget, 1, column);
    grid->setColumnStretch(column++, 1);
  };
  add(tr("Cl&usters (k)"), clusters_);
  add(tr("&Embedder"), embedder_);
  add(tr("Di&mensions"), dimensions_);
  add(tr("&Window (tokens)"), window_);
  add(tr("Fitted on (win&dows)"), sample_);
  add(tr("Restarts"), restarts_);
  grid->addWidget(state_, 0, column, Qt::AlignRight);
  grid->addWidget(cluster_, 1, column, Qt::AlignRight);
  grid->setColumnStretch(column, 1);
  grid->addWidget(makeModelFolder(box), 2, 0, 1, column + 1);

  const auto bind = [this](QSpinBox* widget, const QString& text, int project::ClusteringSpec::*member) {
    connect(widget, &QSpinBox::valueChanged, this, [this, text, member](int value) {
      document_->change(
          text, [=](project::Project& project) { project.clustering.*member = value; },
          QStringLiteral("clustering/") + text);
    });
  };
  bind(clusters_, tr("Change the number of clusters"), &project::ClusteringSpec::clusters);
  bind(dimensions_, tr("Change the dimensions"), &project::ClusteringSpec::dimensions);
  bind(window_, tr("Change the window"), &project::ClusteringSpec::window);
  bind(restarts_, tr("Change the restarts"), &project::ClusteringSpec::restarts);
  connect(sample_, &CountEdit::countEdited, this, [this](quint64 count) {
    document_->change(tr("Change the windows fitted on"), [&](project::Project& project) {
      project.clustering.sample_windows = static_cast<int>(std::min<quint64>(count, 1U << 30));
    });
  });
  connect(embedder_, &QComboBox::activated, this, [this](int row) {
    document_->change(tr("Change the embedder"), [&](project::Project& project) {
      project.clustering.embedder = embedder_->itemData(row).toString().toStdString();
    });
  });
  connect(cluster_, &QPushButton::clicked, this, [this] { bridge_->start({QStringLiteral("cluster")}); });
  return box;
}

QWidget* ClustersPage::makeModelFolder(QWidget* parent) {
  auto* line = new QWidget(parent);
  model_folder_ = new QLineEdit(line);
  model_folder_->setToolTip(tr("Folder of the embedder's trained model; bert: as sentence-transformers lays it out"));
  model_folder_->setAccessibleName(tr("Folder of the embedder's trained model"));
  browse_ = new QPushButton(tr("&Browse…"), line);
  auto* label = new QLabel(tr("Tr&ained model (folder)"), line);
  label->setBuddy(model_folder_);
  auto* row = new QHBoxLayout(line);
  row->setContentsMargins(0, 0, 0, 0);
  row->addWidget(label);
  row->addWidget(model_folder_, 1);
  row->addWidget(browse_);
  const auto set = [this](const std::string& folder) {
    document_->change(tr("Change the embedder's model"),
                      [&](project::Project& project) { project.clustering.model = folder; });
  };
  connect(model_folder_, &QLineEdit::editingFinished, this, [this, set] {
    model_folder_->setModified(false);
    set(model_folder_->text().trimmed().toStdString());
    model_folder_->setText(QString::fromStdString(document_->project().clustering.model));
  });
  connect(browse_, &QPushButton::clicked, this, [this, set] {
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Folder of the embedder's trained model"));
    if (!folder.isEmpty()) set(document_->pathForProject(folder));
  });
  return line;
}

bool ClustersPage::takesModel() const {
  const std::string& id = document_->project().clustering.embedder;
  for (const job::EmbedderChoice& choice : job::embedder_choices()) {
    if (choice.id == id) return choice.takes_model;
  }
  return true;  // of a plugin that is not here
}

void ClustersPage::showView(std::shared_ptr<const job::ProjectView> view) {
  view_ = std::move(view);
  refresh();
}

void ClustersPage::refresh() {
  const project::Project& project = document_->project();
  const project::ClusteringSpec& spec = project.clustering;
  const QSignalBlocker blocks[] = {QSignalBlocker(clusters_), QSignalBlocker(dimensions_), QSignalBlocker(window_),
                                   QSignalBlocker(restarts_)};
  clusters_->setValue(spec.clusters);
  dimensions_->setValue(spec.dimensions);
  window_->setValue(spec.window);
  restarts_->setValue(spec.restarts);
  sample_->setCount(static_cast<std::uint64_t>(std::max(0, spec.sample_windows)));
  const QString id = QString::fromStdString(spec.embedder);
  if (embedder_->findData(id) < 0) embedder_->addItem(id, id);
  embedder_->setCurrentIndex(embedder_->findData(id));
  const bool takes_model = takesModel();
  const QString folder = QString::fromStdString(spec.model);
  const bool typing = model_folder_->hasFocus() && model_folder_->isModified();
  if (!typing && model_folder_->text() != folder) model_folder_->setText(folder);
  model_folder_->setPlaceholderText(takes_model ? tr("none yet: choose the folder that holds the model")
                                                : tr("this embedder takes none"));
  // A folder that is there for nothing can be taken out.
  for (QWidget* widget : {static_cast<QWidget*>(model_folder_), static_cast<QWidget*>(browse_)})
    widget->setEnabled(takes_model || !folder.isEmpty());

  const auto& view = view_;
  job::StepState state = job::StepState::missing;
  if (view) {
    for (const job::StepInfo& step : view->steps) {
      if (step.key == pantograph::job::StepKey::clustering()) state = step.state;
    }
  }
  state_->setText(view && view->clustering ? stepStateText(state) : QString());
  const bool idle = !bridge_->isRunning();
  cluster_->setEnabled(idle && !project.corpora.empty());
  model_->set(project, view);
  if (!view || !view->clustering) {
    if (project.corpora.empty()) {
      empty_->set(tr("Nothing to cluster yet"),
                  tr("Clusters come from the generic set. Add text on the data page first."), tr("Go to &data"));
    } else {
      empty_->set(tr("Not clustered yet"),
                  tr("Clustering shows how each domain falls over the generic set's topics. Each cluster becomes one "
                     "expert of the "
                     "projected network. Corpora that are not imported and tokenized yet will be."),
                  tr("&Cluster now"));
    }
    empty_->button()->setEnabled(idle || project.corpora.empty());
    stack_->setCurrentIndex(0);
    return;
  }
  stack_->setCurrentIndex(1);
  QStringList domains;
  for (const project::CorpusSpec& corpus : project.corpora) {
    if (corpus.role == project::Role::domain) domains << QString::fromStdString(corpus.name);
  }
  clusterings_->showClusterings(view->clusterings, domains);
  QStringList names;
  std::vector<std::vector<double>> shares;
  for (int row = 0; row < model_->rowCount(); ++row) {
    const cluster::ClusterHistogram* histogram = model_->histogram(row);
    if (!histogram) continue;
    names << model_->index(row, ClusterModel::corpus).data().toString();
    const double sum = std::accumulate(histogram->windows.begin(), histogram->windows.end(), 0.0);
    std::vector<double> row_shares;
    for (const std::uint64_t count : histogram->windows)
      row_shares.push_back(sum > 0 ? static_cast<double>(count) / sum : 0);
    shares.push_back(std::move(row_shares));
  }
  heat_->setData(names, shares);
  if (heat_->selectedColumn() < 0) heat_->selectColumn(view->clustering->generic.most_frequent);
  showCluster(heat_->selectedColumn());
}

void ClustersPage::showCluster(int cluster) {
  const auto& view = view_;
  if (!view || !view->clustering || cluster < 0 || cluster >= view->clustering->clusters) return;
  const cluster::ClusteringSummary& summary = *view->clustering;
  const auto at = static_cast<std::size_t>(cluster);
  QStringList terms, lines;
  if (at < summary.top_terms.size()) {
    for (const auto& term : summary.top_terms[at]) terms << QString::fromStdString(term).toHtmlEscaped();
  }
  const auto line = [&](const QString& name, const cluster::ClusterHistogram& histogram) {
    const double sum = std::accumulate(histogram.windows.begin(), histogram.windows.end(), 0.0);
    if (at < histogram.windows.size() && sum > 0) {
      lines << tr("%1: %2 (%3 of %4 windows)")
                   .arg(name.toHtmlEscaped(), formatPercent(static_cast<double>(histogram.windows[at]) / sum),
                        formatInteger(histogram.windows[at]), formatInteger(static_cast<std::uint64_t>(sum)));
    }
  };
  line(tr("generic set"), summary.generic);
  for (const auto& [name, histogram] : summary.domains) line(QString::fromStdString(name), histogram);
  cluster_title_->setText(tr("<b>Cluster %1</b> · top terms: %2")
                              .arg(cluster)
                              .arg(terms.isEmpty() ? tr("none") : terms.join(QStringLiteral(", "))));
  cluster_text_->setText(lines.join(QStringLiteral("<br>")));
}

void ClustersPage::toggleDomain(const QString& domain, bool picked) {
  const std::string name = domain.toStdString();
  document_->change(picked ? tr("Pick %1").arg(domain) : tr("Leave %1 out").arg(domain),
                    [&](project::Project& project) {
                      auto& domains = project.specialization.domains;
                      std::erase(domains, name);
                      if (picked) domains.push_back(name);
                    });
  sendProbes();
}

void ClustersPage::sendProbes() {
  const project::SpecializationSpec& spec = document_->project().specialization;
  train::ExpertChoice choice;
  if (spec.selection == "best-before") {
    choice.kind = train::ExpertChoice::lowest_loss;
  } else if (!spec.selection.empty() && spec.selection.find_first_not_of("0123456789") == std::string::npos) {
    choice = {train::ExpertChoice::fixed, std::stoi(spec.selection)};
  }
  std::vector<method::ProbePick> picks;
  for (const auto& domain : spec.domains) picks.push_back({domain, choice});
  bridge_->setProbes(picks);
}
