// SPDX-License-Identifier: GPL-3.0-or-later
// List and details of the methods.
#include "pages/methods_editor.h"

#include <QAction>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSignalBlocker>
#include <QToolButton>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <optional>

#include "format.h"
#include "method_edits.h"
#include "pages/generic_form.h"
#include "pages/method_form.h"
#include "pages/method_grid_form.h"
#include "project/method_kind.h"
#include "project/project_grid.h"
#include "project_document.h"
#include "theme.h"
#include "widgets/count_edit.h"

using namespace pantograph;

namespace {

/// "small, 1M tokens", "slm's network, LoRA".
QString summary(const project::MethodSpec& method) {
  QStringList parts{QString::fromStdString(method.network)};
  if (!method.pretrained.empty())
    parts << MethodsEditor::tr("pretrained by %1").arg(QString::fromStdString(method.pretrained));
  else if (project::pretrains(method))
    parts << MethodsEditor::tr("%1 tokens").arg(formatShort(static_cast<double>(method.generic.tokens)));
  if (!method.start.empty()) {
    const QString from = QString::fromStdString(method.start);
    const double budget = static_cast<double>(method.start_budget);
    parts << (budget > 0 ? MethodsEditor::tr("grown from %1 at %2").arg(from, formatShort(budget))
                         : MethodsEditor::tr("grown from %1").arg(from));
  }
  if (method.adaptation == "lora") parts << MethodsEditor::tr("LoRA");
  if (!method.teacher.empty()) parts << MethodsEditor::tr("taught by %1").arg(QString::fromStdString(method.teacher));
  if (!method.grid.empty()) parts << MethodsEditor::tr("grid of %1").arg(project::grid_size(method.grid));
  if (method.clusters > 0) parts << MethodsEditor::tr("k = %1").arg(method.clusters);
  return parts.join(QStringLiteral(", "));
}

}  // namespace

MethodsEditor::MethodsEditor(ProjectDocument* document, QWidget* parent) : QWidget(parent), document_(document) {
  list_ = new QTreeWidget(this);
  list_->setAccessibleName(tr("Methods"));
  list_->setHeaderLabels({tr("Method"), tr("Kind"), tr("Of")});
  list_->setRootIsDecorated(false);
  list_->setUniformRowHeights(true);
  list_->setAlternatingRowColors(true);
  list_->setTextElideMode(Qt::ElideRight);
  list_->setMinimumHeight(list_->fontMetrics().height() * 11);
  makeButtons();
  problem_ = new QLabel(this);
  differ_ = new QLabel(tr("The methods' budgets differ: their results are not at equal cost."), this);
  for (QLabel* label : {problem_, differ_}) {
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  }
  form_ = new MethodForm(document_, this);
  grid_ = new MethodGridForm(document_, this);
  generic_title_ = new QLabel(this);
  generic_title_->setWordWrap(true);
  generic_title_->setTextFormat(Qt::PlainText);
  QFont bold = font();
  bold.setBold(true);
  generic_title_->setFont(bold);
  generic_ = new GenericForm(this);

  auto* buttons = new QVBoxLayout;
  buttons->addWidget(add_);
  buttons->addWidget(duplicate_);
  buttons->addWidget(remove_);
  buttons->addStretch();
  auto* top = new QHBoxLayout;
  top->addWidget(list_, 1);
  top->addLayout(buttons);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addLayout(top);
  layout->addWidget(problem_);
  layout->addWidget(differ_);
  layout->addWidget(form_);
  layout->addWidget(grid_);
  layout->addWidget(generic_title_);
  layout->addWidget(generic_);

  connect(list_, &QTreeWidget::currentItemChanged, this, [this] {
    if (!refreshing_) refreshDetails();
  });
  connect(form_, &MethodForm::renamed, this, [this](const std::string& to) {
    const QSignalBlocker quiet(list_);
    if (QTreeWidgetItem* item = list_->currentItem()) item->setData(0, Qt::UserRole, QString::fromStdString(to));
  });
  connect(generic_, &GenericForm::edited, this, &MethodsEditor::editGeneric);
  connect(document_, &ProjectDocument::changed, this, &MethodsEditor::refresh);
  refresh();
}

void MethodsEditor::makeButtons() {
  add_menu_ = new QMenu(this);
  add_menu_->setToolTipsVisible(true);
  for (const project::MethodKind& kind : project::method_kinds()) {
    QAction* action = add_menu_->addAction(
        QStringLiteral("%1: %2").arg(QString::fromStdString(kind.id), QString::fromStdString(kind.title)));
    action->setObjectName(QString::fromStdString(kind.id));
    action->setToolTip(tr("Generic phase: %1\nSpecialization: %2")
                           .arg(QString::fromStdString(kind.generic), QString::fromStdString(kind.specialization)));
    connect(action, &QAction::triggered, this, [this, id = kind.id] { add(id); });
  }
  add_ = new QToolButton(this);
  add_->setText(tr("A&dd"));
  add_->setToolTip(tr("Add a method, with the networks and the teacher that it needs"));
  add_->setMenu(add_menu_);
  add_->setPopupMode(QToolButton::InstantPopup);
  add_->setToolButtonStyle(Qt::ToolButtonTextOnly);
  duplicate_ = new QPushButton(tr("Du&plicate"), this);
  duplicate_->setToolTip(tr("A copy under its own name, to compare settings of one kind"));
  remove_ = new QPushButton(tr("Re&move"), this);
  add_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  auto* by_key = new QAction(list_);
  by_key->setShortcut(QKeySequence::Delete);
  by_key->setShortcutContext(Qt::WidgetShortcut);
  list_->addAction(by_key);
  connect(by_key, &QAction::triggered, remove_, &QPushButton::click);
  connect(duplicate_, &QPushButton::clicked, this, [this] {
    std::string made;
    document_->change(tr("Duplicate the method %1").arg(QString::fromStdString(selected())),
                      [&](project::Project& project) { made = method_edits::duplicate(project, selected()); });
    select(made);
  });
  connect(remove_, &QPushButton::clicked, this, [this] {
    const std::string name = selected();
    if (name.empty()) return;
    QStringList gone{QString::fromStdString(name)};
    for (const std::string& other : method_edits::removedWith(document_->project(), name))
      gone << QString::fromStdString(other);
    document_->change(tr("Remove the method %1").arg(gone.join(tr(" and "))),
                      [&](project::Project& project) { method_edits::remove(project, name); });
  });
}

void MethodsEditor::add(const std::string& kind) {
  std::string made;
  document_->change(tr("Add the method %1").arg(QString::fromStdString(kind)),
                    [&](project::Project& project) { made = method_edits::add(project, kind); });
  select(made);
}

void MethodsEditor::select(const std::string& name) {
  for (int row = 0; row < list_->topLevelItemCount(); ++row) {
    QTreeWidgetItem* item = list_->topLevelItem(row);
    if (item->data(0, Qt::UserRole).toString().toStdString() == name) list_->setCurrentItem(item);
  }
}

std::string MethodsEditor::selected() const {
  const QTreeWidgetItem* item = list_->currentItem();
  return item == nullptr ? std::string() : item->data(0, Qt::UserRole).toString().toStdString();
}

void MethodsEditor::editGeneric(const QString& text, const std::function<void(project::GenericSpec&)>& change) {
  const std::string only = selected();
  document_->change(text, [&](project::Project& project) {
    for (project::MethodSpec& method : project.methods) {
      if (only.empty() ? project::pretrains(method) : method.name == only) change(method.generic);
    }
    method_edits::mend(project);
  });
}

void MethodsEditor::refresh() {
  refreshing_ = true;
  const auto& methods = document_->project().methods;
  const int rows = static_cast<int>(methods.size()) + 1;
  while (list_->topLevelItemCount() < rows) new QTreeWidgetItem(list_);
  while (list_->topLevelItemCount() > rows) delete list_->topLevelItem(list_->topLevelItemCount() - 1);
  QTreeWidgetItem* all = list_->topLevelItem(0);
  all->setText(0, tr("All methods"));
  all->setText(2, tr("their generic phase"));
  bool differ = false;
  std::optional<std::uint64_t> first;
  for (int row = 1; row < rows; ++row) {
    const project::MethodSpec& method = methods[static_cast<std::size_t>(row - 1)];
    QTreeWidgetItem* item = list_->topLevelItem(row);
    item->setText(0, QString::fromStdString(method.name));
    item->setData(0, Qt::UserRole, QString::fromStdString(method.name));
    item->setText(1, QString::fromStdString(method.kind));
    item->setText(2, summary(method));
    item->setToolTip(2, item->text(2));
    item->setToolTip(1, QString::fromStdString(project::method_kind(method.kind).title));
    if (!project::pretrains(method)) continue;
    const std::uint64_t tokens = document_->project().tokens_before(method) + method.generic.tokens;
    differ = differ || first.value_or(tokens) != tokens;
    first = tokens;
  }
  if (list_->currentItem() == nullptr) list_->setCurrentItem(all);
  for (const int column : {0, 1}) list_->resizeColumnToContents(column);
  differ_->setVisible(differ);
  const auto found = method_edits::problem(document_->project());
  problem_->setText(found ? formatError(*found) : QString());
  problem_->setVisible(found.has_value());
  const auto color = [this](QLabel* label, const QColor& text) {
    QPalette colors = palette();
    colors.setColor(QPalette::WindowText, text);
    label->setPalette(colors);
  };
  color(differ_, theme::warningColor(palette()));
  color(problem_, theme::errorColor(palette()));
  refreshing_ = false;
  refreshDetails();
}

void MethodsEditor::refreshDetails() {
  const project::Project& project = document_->project();
  const project::MethodSpec* const method = project.method(selected());
  duplicate_->setEnabled(method != nullptr);
  remove_->setEnabled(method != nullptr);
  QString tip = tr("Remove the method from the comparison (Delete); its runs stay on disk");
  if (method != nullptr) {
    const auto also = method_edits::removedWith(project, method->name);
    if (!also.empty()) tip += tr("\nIts student %1 goes with it").arg(QString::fromStdString(also.front()));
  }
  remove_->setToolTip(tip);
  form_->setVisible(method != nullptr);
  form_->setMethod(method != nullptr ? method->name : std::string());
  grid_->setMethod(form_->method());
  const project::MethodSpec* source = method;
  if (method == nullptr) {
    const auto first = std::find_if(project.methods.begin(), project.methods.end(), project::pretrains);
    source = first == project.methods.end() ? nullptr : &*first;
  }
  generic_->setVisible(source != nullptr && source->pretrained.empty());
  if (source == nullptr) {
    generic_title_->setText(project.methods.empty() ? tr("No method yet. “Add” offers those of the paper.")
                                                    : tr("No method pretrains a network."));
  } else if (!source->pretrained.empty()) {
    generic_title_->setText(tr("Its generic phase is that of %1.").arg(QString::fromStdString(source->pretrained)));
  } else if (!project::method_kind(source->kind).generic_phase) {
    generic_title_->setText(tr("No generic phase: trained on each domain alone, at this rate"));
    generic_->set(source->generic, GenericForm::Fields::rate);
  } else {
    generic_title_->setText(method == nullptr ? tr("Generic phase of all methods that pretrain a network")
                                              : tr("Generic phase"));
    const project::MethodKind& kind = project::method_kind(source->kind);
    const bool clusters = method == nullptr || kind.one_run();
    generic_->set(source->generic, clusters ? GenericForm::Fields::all : GenericForm::Fields::no_clusters);
  }
}

CountEdit* MethodsEditor::tokensEdit() const {
  return generic_->tokensEdit();
}
CountEdit* MethodsEditor::tokensPerStepEdit() const {
  return generic_->tokensPerStepEdit();
}
QString MethodsEditor::problem() const {
  return problem_->isHidden() ? QString() : problem_->text();
}
