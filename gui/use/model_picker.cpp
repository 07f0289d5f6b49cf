// SPDX-License-Identifier: GPL-3.0-or-later
#include "use/model_picker.h"

#include <QEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "base/numbers.h"
#include "format.h"
#include "plot/run_curves.h"
#include "run_names.h"
#include "theme.h"

using pantograph::catalog::ModelInfo;
using pantograph::catalog::ModelKind;

namespace {

constexpr int kSourceRole = Qt::UserRole;
constexpr int kGroupRole = Qt::UserRole + 1;
constexpr int kEarlierRole = Qt::UserRole + 2;                       // of earlier settings
constexpr int kFiles = static_cast<int>(ModelKind::checkpoint) + 1;  // opened by the user

QString titleOf(int kind) {
  switch (kind) {
    case static_cast<int>(ModelKind::specialized):
      return ModelPicker::tr("Specialized");
    case static_cast<int>(ModelKind::generic):
      return ModelPicker::tr("Generic");
    case static_cast<int>(ModelKind::checkpoint):
      return ModelPicker::tr("Newest checkpoints");
  }
  return ModelPicker::tr("Opened files");
}

/// The name that its user gave the run, or what it is, short.
QString labelOf(const pantograph::project::Project& project, const ModelInfo& model) {
  const auto key = RunKey::of(model.run->record.step);
  QStringList parts{QString::fromStdString(model.run->notes.name)};
  if (parts[0].isEmpty()) parts[0] = key ? run_names::whole(project, *key) : QString::fromStdString(model.name);
  if (!model.of_run.empty()) parts << QString::fromStdString(model.of_run);
  return parts.join(QStringLiteral(", "));
}

QString tipOf(const ModelInfo& model) {
  QStringList lines{QString::fromStdString(model.name)};
  if (model.run->result) {
    lines << ModelPicker::tr("Test perplexity %1 (%2)")
                 .arg(QString::fromStdString(pantograph::format_perplexity(model.run->result->perplexity_after)),
                      QString::fromStdString(model.run->result->domain));
  }
  if (!model.run->present) lines << ModelPicker::tr("Of earlier settings");
  lines << toQString(model.file) << formatBytes(static_cast<double>(model.bytes));
  return lines.join('\n');
}

}  // namespace

ModelPicker::ModelPicker(QWidget* parent) : QWidget(parent) {
  filter_ = new QLineEdit(this);
  filter_->setPlaceholderText(tr("Find a model"));
  filter_->setAccessibleName(filter_->placeholderText());
  filter_->setClearButtonEnabled(true);
  tree_ = new QTreeWidget(this);
  tree_->setAccessibleName(tr("Models"));
  tree_->setHeaderHidden(true);
  tree_->setUniformRowHeights(true);
  tree_->setRootIsDecorated(false);
  tree_->setIndentation(fontMetrics().averageCharWidth() * 2);
  tree_->setTextElideMode(Qt::ElideRight);
  open_ = new QPushButton(tr("Open a model &file…"), this);
  open_->setToolTip(tr("A model file of this program from anywhere"));
  auto* hint = new QLabel(tr("Check up to four to see them side by side; a fifth takes the first one's place."), this);
  hint->setWordWrap(true);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(filter_);
  column->addWidget(tree_, 1);
  column->addWidget(hint);
  column->addWidget(open_);
  connect(filter_, &QLineEdit::textChanged, this, &ModelPicker::applyFilter);
  connect(open_, &QPushButton::clicked, this, &ModelPicker::openFile);
  connect(tree_, &QTreeWidget::itemChanged, this, &ModelPicker::itemChanged);
  // Return and a double click do what Space does.
  connect(tree_, &QTreeWidget::itemActivated, this, [](QTreeWidgetItem* item) {
    if ((item->flags() & Qt::ItemIsUserCheckable) != 0)
      item->setCheckState(0, item->checkState(0) == Qt::Checked ? Qt::Unchecked : Qt::Checked);
  });
}

QString ModelPicker::sourceOf(const ModelInfo& model) {
  return toQString(model.kind == ModelKind::checkpoint ? model.run->folder : model.file);
}

QTreeWidgetItem* ModelPicker::group(int kind) {
  int place = 0;
  for (; place < tree_->topLevelItemCount(); ++place) {
    const int there = tree_->topLevelItem(place)->data(0, kGroupRole).toInt();
    if (there == kind) return tree_->topLevelItem(place);
    if (there > kind) break;
  }
  auto* made = new QTreeWidgetItem({titleOf(kind)});
  made->setData(0, kGroupRole, kind);
  made->setFlags(Qt::ItemIsEnabled);
  QFont bold = font();
  bold.setBold(true);
  made->setFont(0, bold);
  tree_->insertTopLevelItem(place, made);
  made->setExpanded(true);
  return made;
}

QTreeWidgetItem* ModelPicker::addItem(int kind, const QString& source, const QString& name, const QString& tip) {
  auto* item = new QTreeWidgetItem(group(kind), {name});
  item->setData(0, kSourceRole, source);
  item->setToolTip(0, tip);
  item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
  item->setCheckState(0, chosen_.contains(source) ? Qt::Checked : Qt::Unchecked);
  return item;
}

void ModelPicker::setModels(const pantograph::project::Project& project, const std::vector<ModelInfo>& models) {
  QList<Row> rows;
  for (const ModelInfo& model : models) {
    rows.push_back(
        {static_cast<int>(model.kind), sourceOf(model), labelOf(project, model), tipOf(model), !model.run->present});
  }
  if (rows == rows_) return;
  rows_ = rows;
  filling_ = true;
  const int scrolled = tree_->verticalScrollBar()->value();
  const QString current =
      tree_->currentItem() != nullptr ? tree_->currentItem()->data(0, kSourceRole).toString() : QString();
  for (int i = tree_->topLevelItemCount() - 1; i >= 0; --i) {
    if (tree_->topLevelItem(i)->data(0, kGroupRole).toInt() != kFiles) delete tree_->takeTopLevelItem(i);
  }
  for (const Row& row : rows_) addItem(row.kind, row.source, row.label, row.tip)->setData(0, kEarlierRole, row.earlier);
  dropListedFiles();
  if (QTreeWidgetItem* item = itemOf(current)) tree_->setCurrentItem(item);
  muteEarlier();
  applyFilter();
  tree_->doItemsLayout();
  tree_->verticalScrollBar()->setValue(scrolled);
  filling_ = false;
  QStringList there;
  for (const QString& source : chosen_) {
    if (itemOf(source) != nullptr) there << source;
  }
  if (there != chosen_) setChosen(there);
}

void ModelPicker::muteEarlier() {
  for (int i = 0; i < tree_->topLevelItemCount(); ++i) {
    QTreeWidgetItem* of = tree_->topLevelItem(i);
    for (int j = 0; j < of->childCount(); ++j) {
      if (of->child(j)->data(0, kEarlierRole).toBool()) of->child(j)->setForeground(0, theme::mutedText(palette()));
    }
  }
}

void ModelPicker::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::PaletteChange) return;
  filling_ = true;
  muteEarlier();
  filling_ = false;
}

/// A file that was chosen before the project's models were known.
void ModelPicker::dropListedFiles() {
  if (tree_->topLevelItemCount() == 0) return;
  QTreeWidgetItem* files = tree_->topLevelItem(tree_->topLevelItemCount() - 1);
  if (files->data(0, kGroupRole).toInt() != kFiles) return;
  for (int i = files->childCount() - 1; i >= 0; --i) {
    if (itemOf(files->child(i)->data(0, kSourceRole).toString()) != files->child(i)) delete files->takeChild(i);
  }
  if (files->childCount() == 0) delete files;
}

void ModelPicker::clear() {
  filling_ = true;
  for (int i = tree_->topLevelItemCount() - 1; i >= 0; --i) delete tree_->takeTopLevelItem(i);
  rows_.clear();
  filling_ = false;
  setChosen({});
}

bool ModelPicker::isEmpty() const {
  return tree_->topLevelItemCount() == 0;
}

QTreeWidgetItem* ModelPicker::itemOf(const QString& source) const {
  for (int i = 0; i < tree_->topLevelItemCount() && !source.isEmpty(); ++i) {
    QTreeWidgetItem* of = tree_->topLevelItem(i);
    for (int j = 0; j < of->childCount(); ++j) {
      if (of->child(j)->data(0, kSourceRole).toString() == source) return of->child(j);
    }
  }
  return nullptr;
}

QString ModelPicker::nameOf(const QString& source) const {
  const QTreeWidgetItem* item = itemOf(source);
  return item != nullptr && item->parent()->data(0, kGroupRole).toInt() != kFiles ? item->text(0) : QString();
}

void ModelPicker::choose(const QString& source) {
  QTreeWidgetItem* item = itemOf(source);
  if (item == nullptr) {
    filling_ = true;
    item = addItem(kFiles, source, QFileInfo(source).fileName(), source);
    filling_ = false;
  }
  tree_->setCurrentItem(item);
  if (item->isHidden()) filter_->clear();
  if (!chosen_.contains(source)) setChosen(chosen_ + QStringList{source});
}

void ModelPicker::openFile() {
  const QString file =
      QFileDialog::getOpenFileName(this, tr("Open a model"), {}, tr("Models of this program (*.h5);;All files (*)"));
  if (!file.isEmpty()) choose(QFileInfo(file).absoluteFilePath());
}

void ModelPicker::itemChanged(QTreeWidgetItem* item) {
  if (filling_) return;
  const QString source = item->data(0, kSourceRole).toString();
  if (source.isEmpty()) return;
  QStringList chosen = chosen_;
  chosen.removeAll(source);
  if (item->checkState(0) == Qt::Checked) chosen << source;
  setChosen(chosen);
}

void ModelPicker::setChosen(QStringList chosen) {
  while (chosen.size() > kMostChosen) chosen.removeFirst();
  if (chosen == chosen_) return;
  chosen_ = chosen;
  filling_ = true;
  for (int i = 0; i < tree_->topLevelItemCount(); ++i) {
    QTreeWidgetItem* of = tree_->topLevelItem(i);
    for (int j = 0; j < of->childCount(); ++j) {
      const bool on = chosen_.contains(of->child(j)->data(0, kSourceRole).toString());
      of->child(j)->setCheckState(0, on ? Qt::Checked : Qt::Unchecked);
    }
  }
  filling_ = false;
  Q_EMIT chosenChanged(chosen_);
}

void ModelPicker::applyFilter() {
  const QStringList words = filter_->text().split(' ', Qt::SkipEmptyParts);
  for (int i = 0; i < tree_->topLevelItemCount(); ++i) {
    QTreeWidgetItem* of = tree_->topLevelItem(i);
    bool any = false;
    for (int j = 0; j < of->childCount(); ++j) {
      const QString text = of->child(j)->text(0);
      const bool fits = std::all_of(words.begin(), words.end(),
                                    [&](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
      of->child(j)->setHidden(!fits);
      any = any || fits;
    }
    of->setHidden(!any);
  }
}
