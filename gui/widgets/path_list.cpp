// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/path_list.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPushButton>
#include <QSignalBlocker>
#include <QTableWidget>
#include <QVBoxLayout>

PathList::PathList(QWidget* parent) : QWidget(parent) {
  table_ = new QTableWidget(0, 2, this);
  table_->setHorizontalHeaderLabels({tr("File, folder or * pattern"), tr("Part")});
  table_->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
  table_->horizontalHeader()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  table_->verticalHeader()->hide();
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setTextElideMode(Qt::ElideMiddle);
  table_->setTabKeyNavigation(false);
  table_->setAccessibleName(tr("Paths of the corpus"));
  auto* files = new QPushButton(tr("Add &files…"), this);
  auto* folder = new QPushButton(tr("Add f&older…"), this);
  remove_ = new QPushButton(tr("Remove &path"), this);
  auto* buttons = new QHBoxLayout;
  buttons->addWidget(files);
  buttons->addWidget(folder);
  buttons->addWidget(remove_);
  buttons->addStretch();
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(table_, 1);
  layout->addLayout(buttons);
  connect(files, &QPushButton::clicked, this, &PathList::filesWanted);
  connect(folder, &QPushButton::clicked, this, &PathList::folderWanted);
  connect(table_, &QTableWidget::itemChanged, this, &PathList::edited);
  connect(table_, &QTableWidget::itemSelectionChanged, this,
          [this] { remove_->setEnabled(!table_->selectedItems().isEmpty()); });
  connect(remove_, &QPushButton::clicked, this, [this] {
    for (int row = table_->rowCount() - 1; row >= 0; --row) {
      if (table_->item(row, 0) && table_->item(row, 0)->isSelected()) table_->removeRow(row);
    }
    Q_EMIT edited();
  });
  remove_->setEnabled(false);
}

void PathList::addRow(const QString& path, int part) {
  const int row = table_->rowCount();
  table_->insertRow(row);
  auto* item = new QTableWidgetItem(path);
  item->setToolTip(path);
  table_->setItem(row, 0, item);
  auto* combo = new QComboBox(table_);
  combo->addItems({tr("training"), tr("validation"), tr("test")});
  combo->setCurrentIndex(part);
  combo->setAccessibleName(tr("Part of %1").arg(path));
  connect(combo, &QComboBox::activated, this, &PathList::edited);
  table_->setCellWidget(row, 1, combo);
}

void PathList::show(const pantograph::project::CorpusSpec& corpus) {
  pantograph::project::CorpusSpec shown;
  store(shown);
  own_split_ = !corpus.train.empty() || !corpus.validation.empty() || !corpus.test.empty();
  table_->setColumnHidden(1, !own_split_);
  if (shown.paths == corpus.paths && shown.train == corpus.train && shown.validation == corpus.validation &&
      shown.test == corpus.test) {
    return;  // keeps selection and an open editor
  }
  const QSignalBlocker block(table_);
  table_->setRowCount(0);
  for (const auto& path : corpus.paths) addRow(QString::fromStdString(path), 0);
  for (const auto& path : corpus.train) addRow(QString::fromStdString(path), 0);
  for (const auto& path : corpus.validation) addRow(QString::fromStdString(path), 1);
  for (const auto& path : corpus.test) addRow(QString::fromStdString(path), 2);
  remove_->setEnabled(false);
}

void PathList::store(pantograph::project::CorpusSpec& corpus) const {
  for (auto* list : {&corpus.paths, &corpus.train, &corpus.validation, &corpus.test}) list->clear();
  for (int row = 0; row < table_->rowCount(); ++row) {
    const std::string path =
        table_->item(row, 0) ? table_->item(row, 0)->text().trimmed().toStdString() : std::string();
    if (path.empty()) continue;
    const auto* combo = qobject_cast<QComboBox*>(table_->cellWidget(row, 1));
    const int part = combo ? combo->currentIndex() : 0;
    (!own_split_ ? corpus.paths
     : part == 0 ? corpus.train
     : part == 1 ? corpus.validation
                 : corpus.test)
        .push_back(path);
  }
}

void PathList::setOwnSplit(bool own) {
  if (own == own_split_) return;
  own_split_ = own;
  table_->setColumnHidden(1, !own);
  Q_EMIT edited();
}
