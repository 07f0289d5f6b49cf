// SPDX-License-Identifier: GPL-3.0-or-later
// Fields of a generic phase.
#include "pages/generic_form.h"

#include <QComboBox>
#include <QDoubleValidator>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>

#include "method_edits.h"
#include "plot/quantities.h"
#include "theme.h"
#include "widgets/count_edit.h"

using pantograph::project::GenericSpec;

GenericForm::GenericForm(QWidget* parent) : QWidget(parent) {
  tokens_ = new CountEdit(this);
  per_step_ = new CountEdit(this);
  budgets_ = new QLineEdit(this);
  budgets_->setPlaceholderText(tr("none; for instance 5M, 10M"));
  budgets_->setToolTip(
      tr("Smaller budgets: domains are specialized from networks of these, too. With the schedule wsd each ends as a\n"
         "run of that budget would; with constant it is the network that the run passes there."));
  rate_ = new QLineEdit(this);
  auto* validator = new QDoubleValidator(0, 10, 12, rate_);
  validator->setLocale(QLocale::c());
  rate_->setValidator(validator);
  rate_->setToolTip(tr("Peak learning rate, for example 1e-3"));
  warmup_ = new CountEdit(this);
  warmup_->setZeroText(tr("0"));
  schedule_ = new QComboBox(this);
  precision_ = new QComboBox(this);
  precision_->addItems({QStringLiteral("fp32"), QStringLiteral("bf16")});
  experts_ = new QSpinBox(this);
  experts_->setRange(1, 65535);
  experts_->setKeyboardTracking(false);
  experts_->setToolTip(tr("Clusters drawn for one step; a step's rows are divided among them"));
  problem_ = new QLabel(this);
  problem_->setWordWrap(true);
  problem_->hide();

  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  const auto add = [&](int row, int column, const QString& text, QWidget* widget, int columns = 1) {
    auto* label = new QLabel(text, this);
    label->setBuddy(widget);
    widget->setAccessibleName(QString(text).remove('&'));
    grid->addWidget(label, row, 2 * column);
    grid->addWidget(widget, row, 2 * column + 1, 1, columns);
    auto& fields = widget == experts_ ? cluster_fields_ : budget_fields_;
    if (widget != rate_) fields.insert(fields.end(), {label, widget});
  };
  add(0, 0, tr("Tokens (&generic)"), tokens_);
  add(0, 1, tr("Tokens per ste&p"), per_step_);
  add(1, 0, tr("Smaller &budgets"), budgets_, 3);
  grid->addWidget(problem_, 2, 1, 1, 3);
  add(3, 0, tr("&Learning rate"), rate_);
  add(3, 1, tr("Warm-&up (steps)"), warmup_);
  add(4, 0, tr("S&chedule"), schedule_);
  add(4, 1, tr("Prec&ision"), precision_);
  add(5, 0, tr("Clusters per step"), experts_);
  grid->setColumnStretch(1, 1);
  grid->setColumnStretch(3, 1);

  connect(tokens_, &CountEdit::countEdited, this, [this](quint64 count) {
    Q_EMIT edited(tr("Change the token budget"), [=](GenericSpec& spec) {
      spec.tokens = count;
      std::erase_if(spec.budgets, [&](std::uint64_t budget) { return budget >= count; });
    });
  });
  connect(per_step_, &CountEdit::countEdited, this, [this](quint64 count) {
    Q_EMIT edited(tr("Change the tokens per step"), [=](GenericSpec& spec) { spec.tokens_per_step = count; });
  });
  connect(budgets_, &QLineEdit::editingFinished, this, &GenericForm::commitBudgets);
  connect(rate_, &QLineEdit::editingFinished, this, [this] {
    bool good = false;
    const double rate = QLocale::c().toDouble(rate_->text(), &good);
    if (good && rate > 0 && rate_->isModified())
      Q_EMIT edited(tr("Change the learning rate"), [=](GenericSpec& spec) { spec.rate = rate; });
    else
      rate_->setText(QString::number(shown_.rate, 'g', 6));
  });
  connect(warmup_, &CountEdit::countEdited, this, [this](quint64 count) {
    Q_EMIT edited(tr("Change the warm-up"), [=](GenericSpec& spec) { spec.warmup = count; });
  });
  connect(schedule_, &QComboBox::textActivated, this, [this](const QString& text) {
    Q_EMIT edited(tr("Change the schedule"), [word = text.toStdString()](GenericSpec& spec) { spec.schedule = word; });
  });
  connect(precision_, &QComboBox::textActivated, this, [this](const QString& text) {
    Q_EMIT edited(tr("Change the precision"),
                  [word = text.toStdString()](GenericSpec& spec) { spec.precision = word; });
  });
  connect(experts_, &QSpinBox::valueChanged, this, [this](int value) {
    if (refreshing_) return;
    Q_EMIT edited(tr("Change the clusters per step"), [=](GenericSpec& spec) { spec.experts_per_step = value; });
  });
}

void GenericForm::set(const GenericSpec& generic, Fields fields) {
  refreshing_ = true;
  shown_ = generic;
  tokens_->setCount(generic.tokens);
  per_step_->setCount(generic.tokens_per_step);
  budgets_->setText(quantities::formatCounts(generic.budgets));
  problem_->hide();
  rate_->setText(QString::number(generic.rate, 'g', 6));
  rate_->setModified(false);
  warmup_->setCount(generic.warmup);
  schedule_->clear();
  schedule_->addItems({QStringLiteral("wsd"), QStringLiteral("constant")});
  if (generic.budgets.empty()) schedule_->addItems({QStringLiteral("cosine"), QStringLiteral("linear")});
  schedule_->setCurrentText(QString::fromStdString(generic.schedule));
  schedule_->setToolTip(
      generic.budgets.empty()
          ? tr("What the rate does after the warm-up; wsd: constant, then a decay at the end")
          : tr("One that fits the smaller budgets: wsd, constant and then a decay of each, or constant"));
  precision_->setCurrentText(QString::fromStdString(generic.precision));
  experts_->setValue(generic.experts_per_step);
  for (QWidget* field : budget_fields_) field->setVisible(fields != Fields::rate);
  for (QWidget* field : cluster_fields_) field->setVisible(fields == Fields::all);
  refreshing_ = false;
}

void GenericForm::commitBudgets() {
  if (!budgets_->isModified()) return;
  QString why;
  std::optional<std::vector<std::uint64_t>> counts = std::vector<std::uint64_t>();
  if (!budgets_->text().trimmed().isEmpty()) counts = quantities::parseCounts(budgets_->text(), &why);
  if (counts && !counts->empty() && counts->back() >= shown_.tokens) {
    why = tr("Smaller budgets are below the whole one, %1").arg(quantities::formatCounts({shown_.tokens}));
    counts.reset();
  }
  problem_->setVisible(!counts);
  if (!counts) {
    QPalette colors = palette();
    colors.setColor(QPalette::WindowText, theme::errorColor(colors));
    problem_->setPalette(colors);
    problem_->setText(why + QLatin1Char('.'));
    return;
  }
  budgets_->setModified(false);
  Q_EMIT edited(tr("Change the smaller budgets"), [budgets = *counts](GenericSpec& spec) {
    spec.budgets = budgets;
    std::erase_if(spec.budgets, [&](std::uint64_t budget) { return budget >= spec.tokens; });
    method_edits::fitSchedule(spec);
  });
}

QString GenericForm::problem() const {
  return problem_->isHidden() ? QString() : problem_->text();
}
