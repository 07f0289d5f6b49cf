// SPDX-License-Identifier: GPL-3.0-or-later
// Disk use: the items of a prune plan as a tree of check boxes.
#include "disk_dialog.h"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <map>

#include "engine_bridge.h"
#include "format.h"
#include "project_document.h"

using pantograph::job::PruneItem;
using pantograph::job::PrunePlan;

namespace {

enum Column { place, taken };
constexpr int kIndexRole = Qt::UserRole;  // of a group its kind, of a line its place in the plan's items
constexpr int kMostOpen = 12;             // lines of a group that is open at first

struct Kind {
  QString name, tip;
  bool checked;  // at first
};

Kind kindOf(PruneItem::Kind kind) {
  switch (kind) {
    case PruneItem::former:
      return {DiskDialog::tr("Former format"), DiskDialog::tr("Made by an earlier program; this one does not read it"),
              true};
    case PruneItem::unused:
      return {DiskDialog::tr("Data of earlier settings"),
              DiskDialog::tr("Imports, tokenizers, tokens and clusterings; made again when the settings come back, "
                             "which takes time"),
              false};
    case PruneItem::checkpoints:
      return {DiskDialog::tr("Checkpoints of finished runs"),
              DiskDialog::tr("Their networks, curves and results stay; runs whose checkpoints you keep are not here"),
              true};
    case PruneItem::leftover:
      return {DiskDialog::tr("Left over from crashes"),
              DiskDialog::tr("Files half written or damaged, and folders that belong to no step"), true};
    case PruneItem::declaration:
      break;
  }
  return {DiskDialog::tr("Settings that no run refers to"),
          DiskDialog::tr("Copies of the project, kept for runs that are deleted by now"), true};
}

}  // namespace

DiskDialog::DiskDialog(ProjectDocument* document, EngineBridge* bridge, QWidget* parent)
    : QDialog(parent), document_(document), bridge_(bridge) {
  setWindowTitle(tr("Disk use"));
  runs_ = new QLabel(this);
  runs_->setWordWrap(true);
  runs_->setAccessibleName(tr("What runs take"));
  items_ = new QTreeWidget(this);
  items_->setAccessibleName(tr("What can be removed"));
  items_->setHeaderLabels({tr("What can be removed"), tr("Size")});
  items_->headerItem()->setTextAlignment(taken, Qt::AlignRight | Qt::AlignVCenter);
  items_->setUniformRowHeights(true);
  items_->setTextElideMode(Qt::ElideMiddle);
  items_->header()->setStretchLastSection(false);
  items_->header()->setSectionResizeMode(place, QHeaderView::Stretch);
  items_->header()->setSectionResizeMode(taken, QHeaderView::ResizeToContents);
  why_ = new QLabel(this);
  why_->setWordWrap(true);
  why_->setAccessibleName(tr("Why it can go"));
  chosen_ = new QLabel(this);
  answer_ = new QLabel(this);
  answer_->setWordWrap(true);
  answer_->setAccessibleName(tr("What was removed"));
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  remove_ = buttons->addButton(tr("&Remove what is checked…"), QDialogButtonBox::ActionRole);
  remove_->setAutoDefault(false);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(runs_);
  layout->addWidget(items_, 1);
  layout->addWidget(why_);
  layout->addWidget(chosen_);
  layout->addWidget(answer_);
  layout->addWidget(buttons);
  resize(fontMetrics().averageCharWidth() * 90, fontMetrics().height() * 28);

  connect(remove_, &QPushButton::clicked, this, &DiskDialog::askAndRemove);
  connect(items_, &QTreeWidget::itemChanged, this, [this] {
    if (!filling_) refreshButton();
  });
  connect(items_, &QTreeWidget::currentItemChanged, this, &DiskDialog::explain);
  connect(bridge_, &EngineBridge::prunePlanned, this, &DiskDialog::showPlan);
  connect(bridge_, &EngineBridge::pruned, this, [this](const pantograph::job::Pruned& pruned) {
    answer_->setText(pruned.error.empty()
                         ? tr("%1 freed.").arg(formatBytes(static_cast<double>(pruned.bytes)))
                         : tr("Not all of it was removed. %1").arg(QString::fromStdString(pruned.error)));
    look();
  });
  connect(bridge_, &EngineBridge::viewChanged, this, &DiskDialog::showRuns);
  connect(bridge_, &EngineBridge::runStarted, this, &DiskDialog::refreshButton);
  connect(bridge_, &EngineBridge::runEnded, this, [this] {
    if (isVisible()) look();
  });
  showRuns();
  refreshButton();
}

void DiskDialog::look() {
  chosen_->setText(bridge_->hasEngine() ? tr("Looking…") : tr("Save the project first; it has no files yet."));
  bridge_->planPrune();
}

void DiskDialog::explain(const QTreeWidgetItem* item) {
  if (item == nullptr) return why_->clear();
  const QTreeWidgetItem* group = item->parent() != nullptr ? item->parent() : item;
  const Kind kind = kindOf(static_cast<PruneItem::Kind>(group->data(place, kIndexRole).toInt()));
  why_->setText(tr("%1. %2.").arg(kind.name, kind.tip));
}

void DiskDialog::showRuns() {
  double bytes = 0, checkpoints = 0;
  const auto view = bridge_->view();
  if (view) {
    for (const auto& run : view->history) {
      bytes += static_cast<double>(run->bytes);
      checkpoints += static_cast<double>(run->checkpoint_bytes);
    }
  }
  const int count = view ? static_cast<int>(view->history.size()) : 0;
  runs_->setText(tr("Runs: %1, which take %2, of it checkpoints %3. They stay until you delete them on the runs page; "
                    "what is listed here belongs to none, or can go without losing one.")
                     .arg(count)
                     .arg(formatBytes(bytes), formatBytes(checkpoints)));
}

void DiskDialog::showPlan(const PrunePlan& plan) {
  filling_ = true;
  std::map<int, Qt::CheckState> before;  // what the user chose of each kind
  for (int i = 0; i < items_->topLevelItemCount(); ++i)
    before[items_->topLevelItem(i)->data(place, kIndexRole).toInt()] = items_->topLevelItem(i)->checkState(place);
  items_->clear();
  plan_ = plan;
  const auto root = document_->project().artifacts();
  std::map<int, QTreeWidgetItem*> groups;
  std::map<int, double> bytes;
  for (std::size_t i = 0; i < plan_.items.size(); ++i) {
    const PruneItem& item = plan_.items[i];
    QTreeWidgetItem*& group = groups[item.kind];
    const Kind kind = kindOf(item.kind);
    if (group == nullptr) {
      group = new QTreeWidgetItem(items_);
      group->setFlags(group->flags() | Qt::ItemIsAutoTristate | Qt::ItemIsUserCheckable);
      group->setData(place, kIndexRole, static_cast<int>(item.kind));
      group->setToolTip(place, kind.tip);
    }
    const auto chosen = before.find(item.kind);
    const bool on = chosen == before.end() ? kind.checked : chosen->second != Qt::Unchecked;
    auto* line = new QTreeWidgetItem(
        group, {toQString(item.path.lexically_relative(root)), formatBytes(static_cast<double>(item.bytes))});
    line->setToolTip(place, toQString(item.path));
    line->setTextAlignment(taken, Qt::AlignRight | Qt::AlignVCenter);
    line->setData(place, kIndexRole, static_cast<int>(i));
    line->setFlags(line->flags() | Qt::ItemIsUserCheckable);
    line->setCheckState(place, on ? Qt::Checked : Qt::Unchecked);
    bytes[item.kind] += static_cast<double>(item.bytes);
  }
  for (const auto& [kind, group] : groups) {
    const Kind words = kindOf(static_cast<PruneItem::Kind>(kind));
    group->setText(place, tr("%1 (%2)").arg(words.name).arg(group->childCount()));
    group->setText(taken, formatBytes(bytes[kind]));
    group->setTextAlignment(taken, Qt::AlignRight | Qt::AlignVCenter);
    group->setExpanded(group->childCount() <= kMostOpen);
  }
  filling_ = false;
  explain(items_->topLevelItem(0));
  refreshButton();
}

PrunePlan DiskDialog::checked() const {
  PrunePlan chosen;
  for (int i = 0; i < items_->topLevelItemCount(); ++i) {
    const QTreeWidgetItem* group = items_->topLevelItem(i);
    for (int j = 0; j < group->childCount(); ++j) {
      const int index = group->child(j)->data(place, kIndexRole).toInt();
      if (group->child(j)->checkState(place) == Qt::Checked)
        chosen.items.push_back(plan_.items[static_cast<std::size_t>(index)]);
    }
  }
  return chosen;
}

void DiskDialog::refreshButton() {
  const PrunePlan chosen = checked();
  const bool running = bridge_->isRunning();
  remove_->setEnabled(!chosen.items.empty() && !running);
  if (plan_.items.empty())
    chosen_->setText(bridge_->hasEngine() ? tr("Nothing to remove.")
                                          : tr("Save the project first; it has no files yet."));
  else
    chosen_->setText(
        tr("Checked: %1 of %2.")
            .arg(formatBytes(static_cast<double>(chosen.bytes())), formatBytes(static_cast<double>(plan_.bytes()))) +
        (running ? ' ' + tr("Nothing is removed while a run goes on.") : QString()));
}

QString DiskDialog::removalText() const {
  std::map<int, std::pair<int, double>> kinds;
  for (const PruneItem& item : checked().items) {
    auto& [count, bytes] = kinds[item.kind];
    ++count;
    bytes += static_cast<double>(item.bytes);
  }
  QStringList lines;
  for (const auto& [kind, sum] : kinds) {
    lines << tr("%1 (%2): %3")
                 .arg(kindOf(static_cast<PruneItem::Kind>(kind)).name)
                 .arg(sum.first)
                 .arg(formatBytes(sum.second));
  }
  return lines.join('\n');
}

void DiskDialog::askAndRemove() {
  const PrunePlan chosen = checked();
  if (chosen.items.empty()) return;
  QMessageBox box(QMessageBox::Warning, tr("Remove files"),
                  tr("Remove %1 for good?").arg(formatBytes(static_cast<double>(chosen.bytes()))),
                  QMessageBox::NoButton, this);
  box.setInformativeText(removalText());
  QPushButton* gone = box.addButton(tr("&Remove"), QMessageBox::DestructiveRole);
  QPushButton* stay = box.addButton(tr("&Keep"), QMessageBox::RejectRole);
  box.setDefaultButton(stay);
  box.setEscapeButton(stay);
  box.exec();
  if (box.clickedButton() != gone) return;
  answer_->setText(tr("Removing…"));
  remove_->setEnabled(false);
  bridge_->prune(chosen);
}

QString DiskDialog::summary() const {
  return runs_->text();
}

QString DiskDialog::answer() const {
  return answer_->text();
}
