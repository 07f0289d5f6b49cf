// SPDX-License-Identifier: GPL-3.0-or-later
// Fields of one method. Which rows there are depends on its kind; which choices, on what the rules accept.
#include "pages/method_form.h"
#include "base/numbers.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>
#include <algorithm>
#include <cmath>

#include "method_edits.h"
#include "project/method_kind.h"
#include "project_document.h"
#include "theme.h"

using namespace pantograph;

namespace {

project::MethodSpec* spec_of(project::Project& project, const std::string& name) {
  const auto at = std::find_if(project.methods.begin(), project.methods.end(),
                               [&](const project::MethodSpec& m) { return m.name == name; });
  return at == project.methods.end() ? nullptr : &*at;
}

/// Rows of a choice: text, and the word of the project file.
using Rows = std::vector<std::pair<QString, std::string>>;

void fill(QComboBox* box, const Rows& rows, const std::string& current) {
  box->clear();
  for (const auto& [text, word] : rows) box->addItem(text, QString::fromStdString(word));
  int at = box->findData(QString::fromStdString(current));
  if (at < 0) {  // a file may hold what the rules refuse: it is shown, and the message below says why
    box->addItem(QString::fromStdString(current), QString::fromStdString(current));
    at = box->count() - 1;
  }
  box->setCurrentIndex(at);
}

}  // namespace

MethodForm::MethodForm(ProjectDocument* document, QWidget* parent) : QWidget(parent), document_(document) {
  // Not a form layout: Qt 6.4 damages memory where it hides rows of one beside labels that wrap.
  grid_ = new QGridLayout(this);
  grid_->setContentsMargins(0, 0, 0, 0);
  grid_->setVerticalSpacing(4);
  grid_->setColumnStretch(1, 1);
  makeRows();
  connect(document_, &ProjectDocument::changed, this, &MethodForm::refresh);
  refresh();
}

void MethodForm::addRow(const QString& label, QWidget* field) {
  auto* text = new QLabel(label, this);
  text->setBuddy(field);
  if (field->accessibleName().isEmpty()) field->setAccessibleName(QString(label).remove('&'));
  const int row = grid_->rowCount();
  grid_->addWidget(text, row, 0);
  grid_->addWidget(field, row, 1);
  labels_.insert(field, text);
}

void MethodForm::showRow(QWidget* field, bool visible) {
  field->setVisible(visible);
  labels_.value(field)->setVisible(visible);
}

QComboBox* MethodForm::addChoice(
    const QString& label, const QString& tip, const QString& undo,
    const std::function<void(project::Project&, project::MethodSpec&, const std::string&)>& set) {
  auto* box = new QComboBox(this);
  box->setToolTip(tip);
  box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  box->setMinimumContentsLength(12);
  addRow(label, box);
  connect(box, &QComboBox::activated, this, [this, box, undo, set](int row) {
    const std::string word = box->itemData(row).toString().toStdString();
    change(undo, [&](project::Project& project, project::MethodSpec& method) { set(project, method, word); });
  });
  return box;
}

QSpinBox* MethodForm::addNumber(const QString& label, const QString& tip, int low, int high,
                                int project::MethodSpec::*member) {
  auto* box = new QSpinBox(this);
  box->setRange(low, high);
  box->setToolTip(tip);
  box->setKeyboardTracking(false);
  addRow(label, box);
  const QString name = QString(label).remove('&').toLower();
  connect(box, &QSpinBox::valueChanged, this, [this, name, member](int value) {
    change(
        tr("Change %1").arg(name), [&](project::Project&, project::MethodSpec& method) { method.*member = value; },
        name);
  });
  return box;
}

QDoubleSpinBox* MethodForm::addReal(const QString& label, const QString& tip, double low, double high, double step,
                                    double project::MethodSpec::*member) {
  auto* box = new QDoubleSpinBox(this);
  box->setDecimals(3);
  box->setRange(low, high);
  box->setSingleStep(step);
  box->setToolTip(tip);
  box->setKeyboardTracking(false);
  addRow(label, box);
  const QString name = QString(label).remove('&').toLower();
  connect(box, &QDoubleSpinBox::valueChanged, this, [this, name, member](double value) {
    change(
        tr("Change %1").arg(name), [&](project::Project&, project::MethodSpec& method) { method.*member = value; },
        name);
  });
  return box;
}

void MethodForm::makeRows() {
  kind_ = new QLabel(this);
  kind_->setWordWrap(true);
  kind_->setTextFormat(Qt::PlainText);
  QFont bold = font();
  bold.setBold(true);
  kind_->setFont(bold);
  grid_->addWidget(kind_, 0, 0, 1, 2);
  name_edit_ = new QLineEdit(this);
  name_edit_->setToolTip(tr("Runs and results are kept under this name: under another one they are made anew"));
  addRow(tr("&Name"), name_edit_);
  name_problem_ = new QLabel(this);
  name_problem_->setWordWrap(true);
  grid_->addWidget(name_problem_, grid_->rowCount(), 0, 1, 2);
  name_problem_->hide();
  connect(name_edit_, &QLineEdit::editingFinished, this, &MethodForm::commitName);

  network_ =
      addChoice(tr("Networ&k"), tr("Drawn on the left"), tr("Change the network"),
                [](project::Project&, project::MethodSpec& method, const std::string& word) { method.network = word; });
  pretrained_ =
      addChoice(tr("P&retraining"), tr("A generic phase of its own, or the network that another method pretrains"),
                tr("Change the pretraining"),
                [](project::Project& project, project::MethodSpec& method, const std::string& word) {
                  method_edits::setPretrained(project, std::string(method.name), word);
                });
  start_ =
      addChoice(tr("Starts &from"),
                tr("Random weights, or the trained network of another method, grown so that it computes the same "
                   "function (HyperCloning)"),
                tr("Change the start"), [](project::Project&, project::MethodSpec& method, const std::string& word) {
                  method.start = word;
                  method.start_budget = 0;
                });
  start_budget_ = addChoice(tr("Grown after"), tr("The end of that method's run, or one of its smaller budgets"),
                            tr("Change the budget to start from"),
                            [](project::Project&, project::MethodSpec& method, const std::string& word) {
                              method.start_budget = QString::fromStdString(word).toULongLong();
                            });
  start_variant_ = addChoice(
      tr("Copies"), tr("How the small network's matrices fill the larger ones"), tr("Change the copies"),
      [](project::Project&, project::MethodSpec& method, const std::string& word) { method.start_variant = word; });
  start_noise_ = addReal(tr("Noise of the copies"), tr("Signal-to-noise ratio; the paper: about 10 dB"), 0, 100, 1,
                         &project::MethodSpec::start_noise);
  start_noise_->setSuffix(tr(" dB"));
  start_noise_->setDecimals(1);
  start_noise_->setSpecialValueText(tr("none"));
  clusters_ =
      addNumber(tr("Cl&usters (k)"), tr("Clusters of this method alone, one expert for each where it has experts"), 0,
                65535, &project::MethodSpec::clusters);
  experts_ = addChoice(
      tr("E&xperts trained"), tr("All, or only those of the domains' most frequent clusters, which costs less"),
      tr("Change the experts trained"),
      [](project::Project&, project::MethodSpec& method, const std::string& word) { method.experts = word; });
  selection_ = addChoice(
      tr("Expert &selection"), tr("Which expert a domain gets"), tr("Change the expert selection"),
      [](project::Project&, project::MethodSpec& method, const std::string& word) { method.selection = word; });
  expert_number_ = new QSpinBox(this);
  expert_number_->setKeyboardTracking(false);
  addRow(tr("Number of the expert"), expert_number_);
  connect(expert_number_, &QSpinBox::valueChanged, this, [this](int value) {
    change(
        tr("Change the expert"),
        [&](project::Project&, project::MethodSpec& method) { method.selection = std::to_string(value); },
        QStringLiteral("expert"));
  });
  static const char* const names[] = {QT_TR_NOOP("Rate of T"), QT_TR_NOOP("Rate of E"), QT_TR_NOOP("Rate of M")};
  double project::MethodSpec::*const members[] = {&project::MethodSpec::rate_t, &project::MethodSpec::rate_e,
                                                  &project::MethodSpec::rate_m};
  for (int i = 0; i < 3; ++i)
    rates_[i] = addReal(tr(names[i]), tr("As a factor of the learning rate"), 0, 100, 0.05, members[i]);
  t_moments_ = addChoice(
      tr("Moments of T"), tr("Adam's; bf16 halves their memory and rounds stochastically"),
      tr("Change the moments of T"),
      [](project::Project&, project::MethodSpec& method, const std::string& word) { method.t_moments = word; });
  adaptation_ = addChoice(
      tr("&Adaptation"), tr("Fine-tune all weights, or adapters of low rank (LoRA)"), tr("Change the adaptation"),
      [](project::Project&, project::MethodSpec& method, const std::string& word) { method.adaptation = word; });
  lora_rank_ = addNumber(tr("LoRA rank"), tr("Rank of B·A in W + (alpha / rank)·B·A"), 1, 65536,
                         &project::MethodSpec::lora_rank);
  lora_alpha_ = addReal(tr("LoRA alpha"), tr("The adapters count alpha / rank times"), 0.001, 1e6, 1,
                        &project::MethodSpec::lora_alpha);
  teacher_ =
      addChoice(tr("&Teacher"), tr("The large model that, specialized on the same set, teaches the student"),
                tr("Change the teacher"),
                [](project::Project&, project::MethodSpec& method, const std::string& word) { method.teacher = word; });
  temperature_ = addReal(tr("Temperature"), tr("Of the teacher's and the student's distribution"), 0.001, 1000, 0.5,
                         &project::MethodSpec::temperature);
  teacher_weight_ = addReal(tr("Teacher's &weight"), tr("Share of the teacher in the loss; the rest is the text's"), 0,
                            1, 0.05, &project::MethodSpec::teacher_weight);
  rate_factor_ = addReal(tr("Fine-tuning rat&e"), tr("As a factor of the generic learning rate, for this method alone"),
                         0, 1000, 0.05, &project::MethodSpec::rate_factor);
  rate_factor_->setSpecialValueText(tr("as on the specialization page"));
}

void MethodForm::setMethod(const std::string& name) {
  name_ = name;
  name_problem_->hide();
  refresh();
}

void MethodForm::change(const QString& text, const Edit& edit, const QString& merge) {
  if (refreshing_) return;
  const QString key =
      merge.isEmpty() ? QString() : QStringLiteral("method/%1/%2").arg(QString::fromStdString(name_), merge);
  document_->change(
      text,
      [&](project::Project& project) {
        project::MethodSpec* method = spec_of(project, name_);
        if (method == nullptr) return;
        edit(project, *method);
        method_edits::mend(project);
      },
      key);
}

void MethodForm::commitName() {
  const std::string to = name_edit_->text().trimmed().toStdString();
  if (!name_edit_->isModified() || to == name_) return;
  project::Project tried = document_->project();
  const std::string why = method_edits::rename(tried, name_, to);
  name_problem_->setVisible(!why.empty());
  if (!why.empty()) {
    QPalette colors = palette();
    colors.setColor(QPalette::WindowText, theme::errorColor(colors));
    name_problem_->setPalette(colors);
    name_problem_->setText(QString::fromStdString(why));
    return;
  }
  const std::string from = name_;
  name_ = to;
  Q_EMIT renamed(to);
  document_->change(tr("Rename the method %1").arg(QString::fromStdString(from)),
                    [&](project::Project& project) { method_edits::rename(project, from, to); });
}

void MethodForm::refresh() {
  const project::Project& project = document_->project();
  const project::MethodSpec* const method = project.method(name_);
  setEnabled(method != nullptr);
  if (method == nullptr) return;
  refreshing_ = true;
  const project::MethodKind& kind = project::method_kind(method->kind);
  const bool own = method->pretrained.empty();
  kind_->setText(QStringLiteral("%1: %2").arg(QString::fromStdString(kind.id), QString::fromStdString(kind.title)));
  name_edit_->setText(QString::fromStdString(method->name));
  refreshChoices(project, *method);
  const auto set = [this](QWidget* field, bool visible, bool enabled = true) {
    showRow(field, visible);
    field->setEnabled(enabled);
  };
  const bool grows = kind.grows && own;
  set(rate_factor_, kind.generic_phase);
  set(network_, true, own);
  set(pretrained_, kind.generic_phase && (pretrained_->count() > 1 || !own));
  set(start_, grows && (start_->count() > 1 || !method->start.empty()));
  set(start_budget_, grows && !method->start.empty() && (start_budget_->count() > 1 || method->start_budget > 0));
  set(start_variant_, grows && !method->start.empty() && !kind.projected);
  set(start_noise_, grows && !method->start.empty() && !kind.projected);
  set(clusters_, kind.own_clusters(), own && method->grid.clusters.empty());
  set(experts_, kind.per_cluster, own);
  set(selection_, kind.experts());
  bool by_hand = false;
  const int expert = QString::fromStdString(method->selection).toInt(&by_hand);
  set(expert_number_, kind.experts() && by_hand);
  for (QDoubleSpinBox* rate : rates_) set(rate, kind.projected && own);
  set(t_moments_, kind.projected && own);
  set(adaptation_, kind.adapters);
  for (QWidget* field : {static_cast<QWidget*>(lora_rank_), static_cast<QWidget*>(lora_alpha_)})
    set(field, method->adaptation == "lora");
  for (QWidget* field :
       {static_cast<QWidget*>(teacher_), static_cast<QWidget*>(temperature_), static_cast<QWidget*>(teacher_weight_)})
    set(field, kind.taught);

  start_noise_->setValue(method->start_noise);
  clusters_->setValue(method->clusters);
  const std::vector<int>& counts = method->grid.clusters;
  clusters_->setSpecialValueText(counts.empty() ? tr("the project's (%1)").arg(project.clustering.clusters)
                                                : tr("the grid's"));
  const int experts = counts.empty() ? project.clusters_of(*method) : *std::min_element(counts.begin(), counts.end());
  expert_number_->setRange(0, std::max(0, experts - 1));
  if (by_hand) expert_number_->setValue(expert);
  lora_rank_->setValue(method->lora_rank);
  // A value of the file with more digits than a box shows must not be rounded by looking at it.
  const auto real = [](QDoubleSpinBox* box, double value) {
    if (std::abs(box->value() - value) > 0.0005) box->setValue(value);
  };
  real(lora_alpha_, method->lora_alpha);
  real(temperature_, method->temperature);
  real(teacher_weight_, method->teacher_weight);
  real(rate_factor_, method->rate_factor);
  real(rates_[0], method->rate_t);
  real(rates_[1], method->rate_e);
  real(rates_[2], method->rate_m);
  refreshing_ = false;
}

void MethodForm::refreshChoices(const project::Project& project, const project::MethodSpec& method) {
  const auto text = [](const std::string& name) { return QString::fromStdString(name); };
  const auto fitting =
      [&](const std::vector<std::string>& names,
          const std::function<void(project::Project&, project::MethodSpec&, const std::string&)>& set) {
        return method_edits::accepted(project, names, [&](project::Project& tried, const std::string& candidate) {
          set(tried, *spec_of(tried, method.name), candidate);
        });
      };
  std::vector<std::string> others = method_edits::namesOf(project);
  std::erase(others, method.name);
  Rows rows;
  if (project::method_kind(method.kind).projected) {
    for (const auto& network : project.projected) rows.emplace_back(text(network.name), network.name);
  } else {
    for (const auto& network : project.small)
      rows.emplace_back(tr("%1 (d %2, %3 layers)").arg(text(network.name)).arg(network.width).arg(network.layers),
                        network.name);
  }
  fill(network_, rows, method.network);

  rows = {{tr("its own"), ""}};
  for (const auto& name : method_edits::pretrainedFrom(project, method.name))
    rows.emplace_back(tr("that of %1").arg(text(name)), name);
  fill(pretrained_, rows, method.pretrained);

  rows = {{tr("random weights"), ""}};
  for (const auto& name :
       fitting(others, [](project::Project&, project::MethodSpec&m, const std::string&other) { m.start = other; }))
    rows.emplace_back(tr("%1, grown").arg(text(name)), name);
  fill(start_, rows, method.start);
  rows.clear();
  if (const project::MethodSpec* const source = project.method(method.start)) {
    for (const std::uint64_t budget : source->generic.budgets)
      rows.emplace_back(tr("%1 tokens").arg(text(format_count(budget))), std::to_string(budget));
    rows.emplace_back(tr("the end, %1 tokens").arg(text(format_count(source->generic.tokens))), "0");
  }
  fill(start_budget_, rows, std::to_string(method.start_budget));
  fill(start_variant_, {{tr("repeated (symmetric)"), "symmetric"}, {tr("on the diagonal"), "diagonal"}},
       method.start_variant);

  rows.clear();
  for (const auto& name :
       fitting(method_edits::namesOf(project, &project::MethodKind::teaches),
               [](project::Project&, project::MethodSpec&m, const std::string&other) { m.teacher = other; }))
    rows.emplace_back(text(name), name);
  fill(teacher_, rows, method.teacher);

  const auto select = [](project::Project&, project::MethodSpec& m, const std::string& word) { m.selection = word; };
  const QString usual = QString::fromStdString(project.specialization.selection);
  rows.clear();
  for (const auto& word : fitting({"", "frequent", "best-before", "best-after"}, select)) {
    rows.emplace_back(word.empty()            ? tr("the project's (%1)").arg(usual)
                      : word == "frequent"    ? tr("most frequent cluster")
                      : word == "best-before" ? tr("lowest loss before fine-tuning")
                                              : tr("lowest loss after fine-tuning (all)"),
                      word);
  }
  bool number = false;
  QString::fromStdString(method.selection).toInt(&number);
  rows.emplace_back(tr("by hand"), number ? method.selection : "0");
  fill(selection_, rows, method.selection);

  rows.clear();
  for (const auto& word :
       fitting({"all", "needed"}, [](project::Project&, project::MethodSpec&m, const std::string&w) { m.experts = w; }))
    rows.emplace_back(word == "all" ? tr("all") : tr("those that the domains need"), word);
  fill(experts_, rows, method.experts);
  fill(t_moments_, {{QStringLiteral("fp32"), "fp32"}, {QStringLiteral("bf16"), "bf16"}}, method.t_moments);
  fill(adaptation_, {{tr("all weights"), "full"}, {tr("LoRA adapters"), "lora"}}, method.adaptation);
}
