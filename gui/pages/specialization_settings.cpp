// SPDX-License-Identifier: GPL-3.0-or-later
// Editor of [specialization].
#include "pages/specialization_settings.h"

#include <QBoxLayout>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QSpinBox>
#include <algorithm>
#include <cmath>

#include "format.h"
#include "method_edits.h"
#include "plot/quantities.h"
#include "project_document.h"
#include "theme.h"

using pantograph::project::Project;

SpecializationSettings::SpecializationSettings(ProjectDocument* document, QWidget* parent)
    : QWidget(parent), document_(document) {
  domains_ = new QListWidget(this);
  domains_->setAccessibleName(tr("Domains to specialize for"));
  domains_->setUniformItemSizes(true);
  domains_->setMinimumHeight(60);
  domains_->setMaximumHeight(150);
  sizes_ = new QLineEdit(this);
  sizes_->setPlaceholderText(tr("50k, 1M"));
  sizes_->setToolTip(tr("Tokens of the specialization sets, separated by commas"));
  problem_ = new QLabel(this);
  problem_->setWordWrap(true);
  problem_->hide();
  selection_ = new QComboBox(this);
  selection_->addItem(tr("Most frequent cluster"), QStringLiteral("frequent"));
  selection_->addItem(tr("Lowest loss before"), QStringLiteral("best-before"));
  selection_->addItem(tr("Lowest loss after"), QStringLiteral("best-after"));
  selection_->addItem(tr("By hand"), QString());
  selection_->setToolTip(
      tr("Which expert is projected and fine-tuned, for methods that have experts.\nMost frequent cluster: of the "
         "domain's own text, free.\nLowest loss before: evaluates every expert first.\nLowest loss after: fine-tunes "
         "every expert and keeps the best, at as many times the cost."));
  expert_ = new QSpinBox(this);
  expert_->setAccessibleName(tr("Number of the expert"));
  rate_ = new QDoubleSpinBox(this);
  rate_->setDecimals(3);
  rate_->setRange(0, 1000);
  rate_->setSingleStep(0.05);
  rate_->setSpecialValueText(tr("paper's rule (1/3 up to 1M tokens, then 1)"));
  rate_->setToolTip(
      tr("Learning rate of fine-tuning, as a factor of the method's generic rate.\nThe paper's rule: a "
         "third for sets of up to 1M tokens, the whole rate beyond that."));
  sweep_ = new QLineEdit(this);
  sweep_->setPlaceholderText(tr("one rate; for instance 0.1, 0.33, 1"));
  sweep_->setToolTip(
      tr("Rate factors that every fine-tuning of every method tries, separated by commas. The one with the lowest\n"
         "validation loss is kept; all of them are paid for."));
  const auto spin = [this](int low, int high, const QString& suffix, const QString& tip) {
    auto* box = new QSpinBox(this);
    box->setRange(low, high);
    box->setSuffix(suffix);
    box->setToolTip(tip);
    box->setGroupSeparatorShown(true);
    box->setKeyboardTracking(false);
    return box;
  };
  samples_ = spin(1, 1000, QString(),
                  tr("Draws of each set from the domain's documents, for every seed. They start from the same "
                     "pretrained network: cheap repeats that show how much the choice of documents matters."));
  max_steps_ = spin(0, 1'000'000, QString(),
                    tr("Fine-tuning never takes longer.\nThe paper's rule: 2,000 steps for sets of up to 1M tokens, "
                       "4,000 up to 8M, else 30,000."));
  max_steps_->setSpecialValueText(tr("paper's rule (2k, 4k, 30k)"));
  evaluate_ = spin(1, 100'000, tr(" steps"), tr("Steps between evaluations on the domain's validation set"));
  patience_ = spin(0, 1000, tr(" evaluations"), tr("Stop after so many evaluations without a better validation loss"));
  patience_->setSpecialValueText(tr("all steps, no early stopping"));
  rate_->setKeyboardTracking(false);
  expert_->setKeyboardTracking(false);

  auto* expert_row = new QHBoxLayout;
  expert_row->addWidget(selection_, 1);
  expert_row->addWidget(expert_);
  auto* form = new QFormLayout;
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(6, 4, 6, 4);
  column->addLayout(form);
  column->addStretch(1);
  form->setVerticalSpacing(4);
  const auto row = [&](const QString& text, QWidget* buddy) {
    auto* label = new QLabel(text, this);
    label->setBuddy(buddy);
    form->addRow(label, buddy);
  };
  row(tr("&Domains"), domains_);
  row(tr("Si&zes"), sizes_);
  form->addRow(problem_);
  row(tr("Sam&ples"), samples_);
  auto* label = new QLabel(tr("E&xpert"), this);
  label->setBuddy(selection_);
  form->addRow(label, expert_row);
  row(tr("&Rate factor"), rate_);
  row(tr("Rates &to try"), sweep_);
  row(tr("&Most steps"), max_steps_);
  row(tr("E&valuate every"), evaluate_);
  row(tr("Pat&ience"), patience_);
  // The longest special text must not make the form wider than its half of the page.
  for (QWidget* field :
       {static_cast<QWidget*>(rate_), static_cast<QWidget*>(max_steps_), static_cast<QWidget*>(patience_)})
    field->setMinimumWidth(fontMetrics().averageCharWidth() * 12);

  connect(domains_, &QListWidget::itemChanged, this, [this](QListWidgetItem* item) {
    if (refreshing_) return;
    const std::string name = item->text().toStdString();
    const bool on = item->checkState() == Qt::Checked;
    document_->change(tr("Pick domains"), [&](Project& project) {
      auto& picked = project.specialization.domains;
      picked.erase(std::remove(picked.begin(), picked.end(), name), picked.end());
      if (on) picked.push_back(name);
    });
  });
  connect(sizes_, &QLineEdit::editingFinished, this, &SpecializationSettings::commitSizes);
  connect(selection_, &QComboBox::currentIndexChanged, this, &SpecializationSettings::commitSelection);
  connect(expert_, &QSpinBox::valueChanged, this, &SpecializationSettings::commitSelection);
  connect(rate_, &QDoubleSpinBox::valueChanged, this, [this](double value) {
    if (refreshing_) return;
    document_->change(
        tr("Change rate factor"), [&](Project& p) { p.specialization.rate_factor = value; },
        QStringLiteral("rate-factor"));
  });
  connect(sweep_, &QLineEdit::editingFinished, this, &SpecializationSettings::commitSweep);
  connect(max_steps_, &QSpinBox::valueChanged, this, [this](int value) {
    if (refreshing_) return;
    document_->change(
        tr("Change most steps"), [&](Project& p) { p.specialization.max_steps = static_cast<std::uint64_t>(value); },
        QStringLiteral("max-steps"));
  });
  connect(samples_, &QSpinBox::valueChanged, this, [this](int value) {
    if (refreshing_) return;
    document_->change(
        tr("Change samples"), [&](Project& p) { p.specialization.samples = static_cast<std::uint64_t>(value); },
        QStringLiteral("samples"));
  });
  connect(evaluate_, &QSpinBox::valueChanged, this, [this](int value) {
    if (refreshing_) return;
    document_->change(
        tr("Change evaluations"),
        [&](Project& p) { p.specialization.evaluate_every = static_cast<std::uint64_t>(value); },
        QStringLiteral("evaluate-every"));
  });
  connect(patience_, &QSpinBox::valueChanged, this, [this](int value) {
    if (refreshing_) return;
    document_->change(
        tr("Change patience"), [&](Project& p) { p.specialization.patience = value; }, QStringLiteral("patience"));
  });
  connect(document_, &ProjectDocument::changed, this, &SpecializationSettings::refresh);
  refresh();
}

void SpecializationSettings::refresh() {
  refreshing_ = true;
  const Project& project = document_->project();
  const auto& spec = project.specialization;
  QStringList names;
  for (const auto& corpus : project.corpora) {
    if (corpus.role == pantograph::project::Role::domain) names << QString::fromStdString(corpus.name);
  }
  for (int i = 0; i < names.size(); ++i) {
    QListWidgetItem* item = i < domains_->count() ? domains_->item(i) : new QListWidgetItem(domains_);
    const bool on = std::find(spec.domains.begin(), spec.domains.end(), names[i].toStdString()) != spec.domains.end();
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
    item->setText(names[i]);
    item->setCheckState(on ? Qt::Checked : Qt::Unchecked);
  }
  while (domains_->count() > names.size()) delete domains_->takeItem(domains_->count() - 1);
  sizes_->setText(quantities::formatCounts(spec.tokens));
  // What the methods' rules say about the whole project, as long as it is so.
  const auto broken = method_edits::problem(project);
  showProblem(broken && broken->where.rfind("specialization.", 0) == 0 ? formatError(*broken) : QString());
  bool number = false;
  const int expert = QString::fromStdString(spec.selection).toInt(&number);
  selection_->setCurrentIndex(number ? selection_->count() - 1
                                     : std::max(0, selection_->findData(QString::fromStdString(spec.selection))));
  expert_->setRange(0, std::max(0, project.clustering.clusters - 1));
  if (number) expert_->setValue(expert);
  expert_->setEnabled(number);
  // A value of the file with more digits than the box shows must not be rounded by looking at it.
  if (std::abs(rate_->value() - spec.rate_factor) > 0.0005) rate_->setValue(spec.rate_factor);
  sweep_->setText(quantities::formatFactors(spec.sweep.rate_factor));
  rate_->setEnabled(spec.sweep.rate_factor.empty());
  max_steps_->setValue(static_cast<int>(std::min<std::uint64_t>(spec.max_steps, 1'000'000)));
  samples_->setValue(static_cast<int>(spec.samples));
  evaluate_->setValue(static_cast<int>(std::min<std::uint64_t>(spec.evaluate_every, 100'000)));
  patience_->setValue(spec.patience);
  // Of a text that is longer than its box the beginning is what matters.
  for (QWidget* box : {static_cast<QWidget*>(rate_), static_cast<QWidget*>(max_steps_)})
    box->findChild<QLineEdit*>()->home(false);
  refreshing_ = false;
}

void SpecializationSettings::commitSizes() {
  if (refreshing_) return;
  QString why;
  const auto counts = quantities::parseCounts(sizes_->text(), &why);
  if (!counts) return showProblem(why + QLatin1Char('.'));
  showProblem({});
  document_->change(tr("Change sizes"), [&](Project& project) { project.specialization.tokens = *counts; });
  sizes_->setText(quantities::formatCounts(*counts));
}

void SpecializationSettings::commitSweep() {
  if (refreshing_ || !sweep_->isModified()) return;
  QString why;
  const auto factors = quantities::parseFactors(sweep_->text(), &why);
  if (!factors) return showProblem(why + QLatin1Char('.'));
  showProblem({});
  document_->change(tr("Change the rates to try"), [&](Project& project) {
    project.specialization.sweep.rate_factor = *factors;
    if (factors->empty()) return;
    project.specialization.rate_factor = 0;  // one of the two: every method tries the same
    for (auto& method : project.methods) method.rate_factor = 0;
  });
  sweep_->setText(quantities::formatFactors(*factors));
}

void SpecializationSettings::showProblem(const QString& text) {
  QPalette colors = palette();
  colors.setColor(QPalette::WindowText, theme::errorColor(colors));
  problem_->setPalette(colors);
  problem_->setText(text);
  problem_->setVisible(!text.isEmpty());
}

void SpecializationSettings::commitSelection() {
  if (refreshing_) return;
  const QString name = selection_->currentData().toString();
  const std::string value = name.isEmpty() ? std::to_string(expert_->value()) : name.toStdString();
  document_->change(tr("Change expert selection"), [&](Project& project) { project.specialization.selection = value; });
}

QString SpecializationSettings::problem() const {
  return problem_->isHidden() ? QString() : problem_->text();
}
