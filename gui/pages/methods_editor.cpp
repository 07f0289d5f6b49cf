// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/methods_editor.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleValidator>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>

#include "method/method.h"
#include "project_document.h"
#include "project_template.h"
#include "theme.h"
#include "widgets/count_edit.h"

using namespace pantograph;

MethodsEditor::MethodsEditor(ProjectDocument* document, QWidget* parent) : QWidget(parent), document_(document) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  for (const MethodKind& kind : method_kinds()) {
    auto* box = new QCheckBox(
        QStringLiteral("%1: %2").arg(QString::fromStdString(kind.id), QString::fromStdString(kind.title)), this);
    box->setAccessibleName(QString::fromStdString(kind.id));
    boxes_.push_back({kind.id, box});
    layout->addWidget(box);
    connect(box, &QCheckBox::toggled, this, [this, id = kind.id](bool on) { toggle(id, on); });
  }
  of_ = new QComboBox(this);
  differ_ = new QLabel(tr("The methods' budgets differ: their results are not at equal cost."), this);
  differ_->setWordWrap(true);
  tokens_ = new CountEdit(this);
  per_step_ = new CountEdit(this);
  rate_ = new QLineEdit(this);
  auto* validator = new QDoubleValidator(0, 10, 12, rate_);
  validator->setLocale(QLocale::c());
  rate_->setValidator(validator);
  rate_->setToolTip(tr("Peak learning rate, for example 1e-3"));
  warmup_ = new CountEdit(this);
  warmup_->setZeroText(tr("0"));
  schedule_ = new QComboBox(this);
  schedule_->addItems({QStringLiteral("cosine"), QStringLiteral("linear"), QStringLiteral("constant")});
  precision_ = new QComboBox(this);
  precision_->addItems({QStringLiteral("fp32"), QStringLiteral("bf16")});
  auto* grid = new QGridLayout;
  const auto add = [&](int row, int column, const QString& text, QWidget* widget) {
    auto* label = new QLabel(text, this);
    label->setBuddy(widget);
    widget->setAccessibleName(QString(text).remove('&'));
    grid->addWidget(label, row, 2 * column);
    grid->addWidget(widget, row, 2 * column + 1);
  };
  add(0, 0, tr("&Budget of"), of_);
  add(1, 0, tr("Tokens (&generic)"), tokens_);
  add(1, 1, tr("Tokens per ste&p"), per_step_);
  add(2, 0, tr("&Learning rate"), rate_);
  add(2, 1, tr("Warm-&up (steps)"), warmup_);
  add(3, 0, tr("S&chedule"), schedule_);
  add(3, 1, tr("Prec&ision"), precision_);
  grid->setColumnStretch(1, 1);
  grid->setColumnStretch(3, 1);
  layout->addLayout(grid);
  layout->addWidget(differ_);

  connect(of_, &QComboBox::activated, this, &MethodsEditor::refresh);
  connect(tokens_, &CountEdit::countEdited, this, [this](quint64 count) {
    edit(tr("Change the token budget"), [=](GenericSpec& spec) { spec.tokens = count; });
  });
  connect(per_step_, &CountEdit::countEdited, this, [this](quint64 count) {
    edit(tr("Change the tokens per step"), [=](GenericSpec& spec) { spec.tokens_per_step = count; });
  });
  connect(rate_, &QLineEdit::editingFinished, this, [this] {
    bool good = false;
    const double rate = QLocale::c().toDouble(rate_->text(), &good);
    if (good && rate > 0)
      edit(tr("Change the learning rate"), [=](GenericSpec& spec) { spec.rate = rate; });
    else
      refresh();
  });
  connect(warmup_, &CountEdit::countEdited, this,
          [this](quint64 count) { edit(tr("Change the warm-up"), [=](GenericSpec& spec) { spec.warmup = count; }); });
  connect(schedule_, &QComboBox::textActivated, this, [this](const QString& text) {
    edit(tr("Change the schedule"), [&](GenericSpec& spec) { spec.schedule = text.toStdString(); });
  });
  connect(precision_, &QComboBox::textActivated, this, [this](const QString& text) {
    edit(tr("Change the precision"), [&](GenericSpec& spec) { spec.precision = text.toStdString(); });
  });
  connect(document_, &ProjectDocument::changed, this, &MethodsEditor::refresh);
  refresh();
}

void MethodsEditor::toggle(const std::string& kind, bool on) {
  document_->change(on ? tr("Add the method %1").arg(QString::fromStdString(kind))
                       : tr("Remove the method %1").arg(QString::fromStdString(kind)),
                    [&](Project& project) {
                      std::erase_if(project.methods,
                                    [&](const MethodSpec& method) { return method.kind == kind && !on; });
                      const bool there = std::any_of(project.methods.begin(), project.methods.end(),
                                                     [&](const MethodSpec& method) { return method.kind == kind; });
                      if (on && !there) project.methods.push_back(newMethod(project, kind));
                    });
}

void MethodsEditor::edit(const QString& text, const std::function<void(GenericSpec&)>& change) {
  const std::string only = of_->currentData().toString().toStdString();
  document_->change(text, [&](Project& project) {
    for (MethodSpec& method : project.methods) {
      if (only.empty() ? !method_kind(method.kind).generic_phase : method.name != only) continue;
      change(method.generic);
    }
  });
}

void MethodsEditor::refresh() {
  const auto& methods = document_->project().methods;
  for (const MethodBox& entry : boxes_) {
    const QSignalBlocker block(entry.box);
    entry.box->setChecked(std::any_of(methods.begin(), methods.end(),
                                      [&](const MethodSpec& method) { return method.kind == entry.kind; }));
  }
  const QString chosen = of_->currentData().toString();
  of_->clear();
  of_->addItem(tr("all methods"), QString());
  const GenericSpec* shown = nullptr;
  bool differ = false;
  for (const MethodSpec& method : methods) {
    const auto kind = std::find_if(method_kinds().begin(), method_kinds().end(),
                                   [&](const MethodKind& k) { return k.id == method.kind; });
    if (kind == method_kinds().end() || !kind->generic_phase) continue;
    const QString name = QString::fromStdString(method.name);
    of_->addItem(name, name);
    if (shown && !(*shown == method.generic)) differ = true;
    if (!shown) shown = &method.generic;
  }
  of_->setCurrentIndex(std::max(0, of_->findData(chosen)));
  if (const MethodSpec* method = document_->project().method(of_->currentData().toString().toStdString()))
    shown = &method->generic;
  differ_->setVisible(differ);
  QPalette colors = palette();
  colors.setColor(QPalette::WindowText, theme::warningColor(palette()));
  differ_->setPalette(colors);
  for (QWidget* widget : {static_cast<QWidget*>(of_), static_cast<QWidget*>(tokens_), static_cast<QWidget*>(per_step_),
                          static_cast<QWidget*>(rate_), static_cast<QWidget*>(warmup_),
                          static_cast<QWidget*>(schedule_), static_cast<QWidget*>(precision_)}) {
    widget->setEnabled(shown != nullptr);
  }
  if (!shown) return;
  tokens_->setCount(shown->tokens);
  per_step_->setCount(shown->tokens_per_step);
  const QString rate = QString::number(shown->rate, 'g', 6);
  if (rate_->text() != rate) rate_->setText(rate);
  warmup_->setCount(shown->warmup);
  schedule_->setCurrentText(QString::fromStdString(shown->schedule));
  precision_->setCurrentText(QString::fromStdString(shown->precision));
}
