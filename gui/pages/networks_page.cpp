// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/networks_page.h"

#include <QComboBox>
#include <QFormLayout>
#include <QFutureWatcher>
#include <QGroupBox>
#include <QHeaderView>
#include <QLabel>
#include <QScrollArea>
#include <QSpinBox>
#include <QTableWidget>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>
#include <QtConcurrent/QtConcurrentRun>
#include <algorithm>

#include "engine_bridge.h"
#include "format.h"
#include "method_edits.h"
#include "network/config.h"
#include "pages/block_choice.h"
#include "pages/methods_editor.h"
#include "project_document.h"
#include "theme.h"
#include "widgets/slider_spin.h"

using namespace pantograph;

namespace {

constexpr int kSettleMilliseconds = 500;

project::SmallNetworkSpec* find_network(std::vector<project::SmallNetworkSpec>& all, const std::string& name) {
  const auto at = std::find_if(all.begin(), all.end(), [&](const auto& spec) { return spec.name == name; });
  return at == all.end() ? nullptr : &*at;
}
project::ProjectedNetworkSpec* find_network(std::vector<project::ProjectedNetworkSpec>& all, const std::string& name) {
  const auto at = std::find_if(all.begin(), all.end(), [&](const auto& spec) { return spec.name == name; });
  return at == all.end() ? nullptr : &*at;
}

/// Heads of keys follow: they have to divide those of queries.
void set_heads(project::SmallNetworkSpec& spec, int heads) {
  spec.heads = heads;
  if (spec.key_value_heads > 0 && heads % spec.key_value_heads != 0) spec.key_value_heads = 0;
}

void fill_choice(QComboBox* box, const QStringList& names) {
  const QString before = box->currentText();
  box->clear();
  box->addItems(names);
  box->setCurrentIndex(std::max<int>(0, static_cast<int>(names.indexOf(before))));
}

}  // namespace

NetworksPage::NetworksPage(ProjectDocument* document, EngineBridge* bridge, QWidget* parent)
    : QWidget(parent), document_(document), bridge_(bridge) {
  auto* small_box = new QGroupBox(tr("Small network: what a domain gets"), this);
  auto* projected_box = new QGroupBox(tr("Projected network: what is pretrained"), this);
  makeShapes(new QFormLayout(small_box), new QFormLayout(projected_box));
  costs_ = new QTableWidget(0, 3, this);
  costs_->setHorizontalHeaderLabels({QString(), tr("Small"), tr("Projected")});
  costs_->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
  costs_->horizontalHeader()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
  costs_->horizontalHeader()->setHighlightSections(false);
  costs_->horizontalHeaderItem(1)->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
  costs_->horizontalHeaderItem(2)->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
  costs_->verticalHeader()->hide();
  costs_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() * 8 / 5);
  costs_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  costs_->setSelectionMode(QAbstractItemView::NoSelection);
  costs_->setFocusPolicy(Qt::NoFocus);
  costs_->setShowGrid(false);
  costs_->setAlternatingRowColors(true);
  costs_->setFrameShape(QFrame::NoFrame);
  costs_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  costs_->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  costs_->setAccessibleName(tr("Costs of the networks"));
  total_ = new QLabel(this);
  total_->setWordWrap(true);
  auto* cost_box = new QGroupBox(tr("What it costs"), this);
  auto* cost_layout = new QVBoxLayout(cost_box);
  cost_layout->addWidget(costs_);
  cost_layout->addWidget(total_);
  methods_ = new MethodsEditor(document_, this);
  auto* method_box = new QGroupBox(tr("Methods"), this);
  (new QVBoxLayout(method_box))->addWidget(methods_);
  const auto column = [this](std::initializer_list<QWidget*> boxes) {
    auto* content = new QWidget;
    auto* inside = new QVBoxLayout(content);
    inside->setContentsMargins(0, 0, fontMetrics().averageCharWidth(), 0);
    for (QWidget* box : boxes) inside->addWidget(box);
    inside->addStretch();
    auto* area = new QScrollArea(this);
    area->setWidget(content);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    return area;
  };

  auto* layout = new QHBoxLayout(this);
  layout->addWidget(column({small_box, projected_box, cost_box}), 1);
  layout->addWidget(column({method_box}), 1);

  settle_ = new QTimer(this);
  settle_->setSingleShot(true);
  settle_->setInterval(kSettleMilliseconds);
  connect(settle_, &QTimer::timeout, this, &NetworksPage::measureSpeed);
  connect(document_, &ProjectDocument::changed, this, &NetworksPage::refresh);
  connect(bridge_, &EngineBridge::viewChanged, this, &NetworksPage::refresh);
  connect(bridge_, &EngineBridge::runEnded, settle_, qOverload<>(&QTimer::start));
  refresh();
}

void NetworksPage::makeShapes(QFormLayout* small, QFormLayout* projected) {
  for (QFormLayout* form : {small, projected}) form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  preset_ = new QComboBox(this);
  preset_->addItem(tr("choose…"));
  for (const network::Preset& preset : network::presets())
    preset_->addItem(QString::fromStdString(preset.title), QString::fromStdString(preset.id));
  preset_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  small_choice_ = new QComboBox(this);
  projected_choice_ = new QComboBox(this);
  problem_ = new QLabel(this);
  problem_->setWordWrap(true);
  small->addRow(tr("Pr&eset"), preset_);
  small_tools_ = makeChoice(small, tr("&Network"), small_choice_);
  projected_tools_ = makeChoice(projected, tr("Net&work"), projected_choice_);
  connect(preset_, &QComboBox::activated, this, &NetworksPage::applyPreset);
  connect(small_choice_, &QComboBox::activated, this, &NetworksPage::refresh);
  connect(projected_choice_, &QComboBox::activated, this, &NetworksPage::refresh);

  // One place per slider: limits, and how its value enters the project. A drag is one step of undo.
  const auto add = [this](QFormLayout* form, const QString& label, const QString& tip, int low, int high, int step,
                          SliderSpin::Scale scale, const std::function<void(project::Project&, int)>& store) {
    auto* control = new SliderSpin(low, high, step, scale, this);
    const QString name = QString(label).remove('&');
    control->setNames(name, tip);
    control->spinBox()->setMinimumWidth(fontMetrics().averageCharWidth() * 14);  // all sliders end at one line
    form->addRow(label, control);
    connect(control, &SliderSpin::valueEdited, this, [this, name, store](int value, int gesture) {
      document_->change(
          tr("Change %1").arg(name.toLower()), [&](project::Project& project) { store(project, value); },
          QStringLiteral("network/%1/%2").arg(name).arg(gesture));
    });
    return control;
  };
  const auto to_small = [this](auto&& set) {
    return [this, set](project::Project& project, int value) {
      if (project::SmallNetworkSpec* spec = find_network(project.small, smallName())) set(*spec, value);
    };
  };
  const auto to_projected = [this](int project::ProjectedNetworkSpec::*member) {
    return [this, member](project::Project& project, int value) {
      if (project::ProjectedNetworkSpec* spec = find_network(project.projected, projectedName())) spec->*member = value;
    };
  };
  using Scale = SliderSpin::Scale;
  layers_ = add(small, tr("&Layers"), tr("Transformer layers"), 1, 48, 1, Scale::linear,
                to_small([](auto& s, int v) { s.layers = v; }));
  width_ = add(small, tr("Wi&dth (d)"), tr("Model dimension; a multiple of the heads"), 8, 4096, 8, Scale::geometric,
               to_small([this](project::SmallNetworkSpec& s, int v) {
                 // An inner width that is no multiple stays, also where a drag passes a width that divides it.
                 const int before = std::max(1, s.width);
                 if (s.inner_width() % before != 0) kept_inner_ = s.inner;
                 if (s.inner != kept_inner_) s.inner = s.inner_width() == 4 * before ? 0 : s.inner / before * v;
                 s.width = v;
                 int heads = s.heads;  // heads follow: the width must be divisible by them
                 while (heads > 1 && v % heads != 0) --heads;
                 set_heads(s, heads);
               }));
  heads_ = add(small, tr("He&ads"), tr("Attention heads; they divide the width"), 1, 64, 1, Scale::linear,
               to_small([](auto& s, int v) { set_heads(s, v); }));
  inner_ = add(small, tr("&Inner factor"), tr("Width of the MLP, in widths"), 1, 8, 1, Scale::linear,
               to_small([this](project::SmallNetworkSpec& s, int v) {
                 kept_inner_ = -1;
                 s.inner = v == 4 ? 0 : v * s.width;
               }));
  context_ = add(small, tr("Conte&xt"), tr("Tokens that the network sees at once; windows for clustering are as long"),
                 16, 4096, 16, Scale::geometric, to_small([](auto& s, int v) { s.context = v; }));
  makeBlock(small);
  small->addRow(problem_);
  h_ = add(projected, tr("Capacity (&h)"), tr("Capacity multiplier: parallel MLP parameter sets"), 1, 128, 1,
           Scale::geometric, to_projected(&project::ProjectedNetworkSpec::h));
  m_ = add(projected, tr("Expert &vector (m)"), tr("Size of an expert's own vector"), 1, 128, 1, Scale::geometric,
           to_projected(&project::ProjectedNetworkSpec::m));
  k_ = add(projected, tr("Exper&ts (k)"), tr("One expert per cluster of the generic set"), 1, 1024, 1, Scale::geometric,
           [](project::Project& project, int value) { project.clustering.clusters = value; });
}

void NetworksPage::makeBlock(QFormLayout* small) {
  block_ = new BlockChoice(this);
  small->addRow(tr("&Block"), block_);
  const auto change = [this](const QString& what, auto&& set) {
    document_->change(what, [&](project::Project& project) {
      if (project::SmallNetworkSpec* spec = find_network(project.small, smallName())) set(*spec);
    });
  };
  connect(block_, &BlockChoice::blockChosen, this, [change](const QString& block, const QString& activation) {
    change(tr("Change block"), [&](project::SmallNetworkSpec& spec) {
      spec.block = block.toStdString();
      spec.activation = activation.toStdString();
      if (spec.block == "llama") return;
      spec.key_value_heads = 0;  // which only a llama block has
      spec.rope_base = project::SmallNetworkSpec{}.rope_base;
    });
  });
  connect(block_, &BlockChoice::keyHeadsChosen, this, [change](int heads) {
    change(tr("Change heads of keys"), [&](project::SmallNetworkSpec& spec) { spec.key_value_heads = heads; });
  });
}

NetworksPage::Tools NetworksPage::makeChoice(QFormLayout* form, const QString& label, QComboBox* choice) {
  Tools tools{new QToolButton(this), new QToolButton(this)};
  tools.copy->setText(tr("Copy"));
  tools.copy->setToolTip(tr("Another network, like this one at first"));
  tools.remove->setText(tr("Remove"));
  auto* row = new QHBoxLayout;
  row->addWidget(choice, 1);
  row->addWidget(tools.copy);
  row->addWidget(tools.remove);
  auto* text = new QLabel(label, this);
  text->setBuddy(choice);
  form->addRow(text, row);
  connect(tools.copy, &QToolButton::clicked, this, [this, choice] {
    const std::string name = choice->currentText().toStdString();
    std::string made;
    document_->change(tr("Copy the network %1").arg(choice->currentText()),
                      [&](project::Project& project) { made = method_edits::duplicateNetwork(project, name); });
    choice->setCurrentText(QString::fromStdString(made));
    refresh();
  });
  connect(tools.remove, &QToolButton::clicked, this, [this, choice] {
    const std::string name = choice->currentText().toStdString();
    document_->change(tr("Remove the network %1").arg(choice->currentText()),
                      [&](project::Project& project) { method_edits::removeNetwork(project, name); });
  });
  return tools;
}

void NetworksPage::refreshTools(const Tools& tools, const std::string& network) {
  QStringList users;
  for (const std::string& user : method_edits::usersOf(document_->project(), network))
    users << QString::fromStdString(user);
  tools.copy->setEnabled(!network.empty());
  tools.remove->setEnabled(!network.empty() && users.isEmpty());
  tools.remove->setToolTip(users.isEmpty() ? tr("Remove this network, which nothing uses")
                                           : tr("Used by %1").arg(users.join(QStringLiteral(", "))));
}

std::string NetworksPage::smallName() const {
  return small_choice_->currentText().toStdString();
}
std::string NetworksPage::projectedName() const {
  return projected_choice_->currentText().toStdString();
}

QString NetworksPage::problem() const {
  return problem_->text();
}

int NetworksPage::vocabulary() const {
  const auto view = bridge_->view();
  return view && view->vocabulary > 0 ? view->vocabulary : document_->project().tokenizer.vocabulary;
}

void NetworksPage::applyPreset(int row) {
  const QString id = preset_->itemData(row).toString();
  preset_->setCurrentIndex(0);
  const auto& all = network::presets();
  const auto preset =
      std::find_if(all.begin(), all.end(), [&](const network::Preset& p) { return p.id == id.toStdString(); });
  if (preset == all.end()) return;
  document_->change(tr("Take the preset %1").arg(QString::fromStdString(preset->title)),
                    [&](project::Project& project) {
                      const network::NetworkConfig& config = preset->config;
                      if (project::SmallNetworkSpec* spec = find_network(project.small, smallName())) {
                        spec->layers = config.small.layers;
                        spec->width = config.small.width;
                        set_heads(*spec, config.small.heads);
                        spec->inner = config.small.inner == 4 * config.small.width ? 0 : config.small.inner;
                        spec->context = config.small.context;
                      }
                      if (project::ProjectedNetworkSpec* spec = find_network(project.projected, projectedName());
                          spec && config.projected) {
                        spec->h = config.h;
                        spec->m = config.m;
                        project.clustering.clusters = config.k;
                      }
                    });
}

void NetworksPage::refresh() {
  const project::Project& project = document_->project();
  QStringList small_names, projected_names;
  for (const auto& spec : project.small) small_names << QString::fromStdString(spec.name);
  for (const auto& spec : project.projected) projected_names << QString::fromStdString(spec.name);
  fill_choice(small_choice_, small_names);
  fill_choice(projected_choice_, projected_names);
  small_choice_->setEnabled(small_names.size() > 1);
  projected_choice_->setEnabled(projected_names.size() > 1);
  refreshTools(small_tools_, smallName());
  refreshTools(projected_tools_, projectedName());
  const project::SmallNetworkSpec* small = project.small_network(smallName());
  const project::ProjectedNetworkSpec* projected = project.projected_network(projectedName());
  for (SliderSpin* control : {layers_, width_, heads_, inner_, context_}) control->setEnabled(small != nullptr);
  for (SliderSpin* control : {h_, m_}) control->setEnabled(projected != nullptr);
  block_->setSpec(small);
  QString problem;
  if (small) {
    layers_->setValue(small->layers);
    width_->setValue(small->width);
    heads_->setValue(small->heads);
    const bool multiple = small->inner_width() % std::max(1, small->width) == 0;
    inner_->setValue(small->inner_width() / std::max(1, small->width));
    inner_->spinBox()->setSuffix(multiple ? QString() : tr(" (%1 wide)").arg(small->inner_width()));
    context_->setValue(small->context);
    if (small->heads > 0 && small->width % small->heads != 0) {
      problem = tr("%1 heads do not divide a width of %2.").arg(small->heads).arg(small->width);
    } else if (small->heads > 0 && small->block == "llama" && small->width / small->heads % 2 != 0) {
      problem = tr("A Llama block needs heads of an even size; %1 numbers are odd.").arg(small->width / small->heads);
    }
  }
  problem_->setText(problem);
  problem_->setVisible(!problem.isEmpty());
  QPalette colors = palette();
  colors.setColor(QPalette::WindowText, theme::errorColor(palette()));
  problem_->setPalette(colors);
  if (projected) {
    h_->setValue(projected->h);
    m_->setValue(projected->m);
  }
  k_->setValue(project.clustering.clusters);

  const std::vector<CostRow> rows = problem.isEmpty() ? costRows(project, small, projected, vocabulary(), rates_)
                                                      : costRows(project, nullptr, nullptr, vocabulary(), rates_);
  costs_->setRowCount(static_cast<int>(rows.size()));
  for (int row = 0; row < static_cast<int>(rows.size()); ++row) {
    const CostRow& cost = rows[static_cast<std::size_t>(row)];
    const QString texts[] = {cost.label, cost.small, cost.projected};
    for (int column = 0; column < 3; ++column) {
      if (!costs_->item(row, column)) {
        costs_->setItem(row, column, new QTableWidgetItem);
        costs_->item(row, column)->setTextAlignment((column == 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
      }
      costs_->item(row, column)->setText(texts[column]);
      costs_->item(row, column)->setToolTip(cost.tip);
    }
  }
  costs_->setFixedHeight(costs_->horizontalHeader()->sizeHint().height() + costs_->verticalHeader()->length() +
                         2 * costs_->frameWidth());
  const double seconds = problem.isEmpty() ? genericSeconds(document_->expanded(), vocabulary(), rates_) : -1;
  total_->setText(seconds < 0
                      ? QString()
                      : tr("All methods and seeds, generic phase, on this machine: %1.").arg(formatDuration(seconds)));
  if (small && rates_.find({small->width, "fp32"}) == rates_.end()) settle_->start();
}

void NetworksPage::measureSpeed() {
  const project::SmallNetworkSpec* small = document_->project().small_network(smallName());
  // A measurement beside a run would be wrong, and slow the run down.
  if (!small || measuring_ || bridge_->isRunning()) return;
  std::vector<std::pair<int, std::string>> wanted;
  wanted.emplace_back(small->width, "fp32");
  for (const project::MethodSpec& method : document_->project().methods) {
    if (const int width = widthOf(document_->project(), method); width > 0)
      wanted.emplace_back(width, method.generic.precision);
  }
  std::erase_if(wanted, [this](const auto& key) { return rates_.contains(key); });
  if (wanted.empty()) return;
  const auto key = wanted.front();
  measuring_ = true;
  auto* watcher = new QFutureWatcher<double>(this);
  connect(watcher, &QFutureWatcher<double>::finished, this, [this, watcher, key] {
    measuring_ = false;
    rates_[key] = watcher->result();
    watcher->deleteLater();
    refresh();
    settle_->start();
  });
  watcher->setFuture(QtConcurrent::run([key]() -> double {
    try {
      return plan::measured_flop_rate(key.first, "cpu", key.second);
    } catch (const std::exception&) {
      return 0;  // shown as unknown
    }
  }));
}
