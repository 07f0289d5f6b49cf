// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tables.h"

#include <QHeaderView>
#include <QStyledItemDelegate>
#include <QTableView>

namespace {

int room(const QWidget* widget) {
  return widget->fontMetrics().averageCharWidth() * 2;
}

/// Columns that are exactly as wide as their text read as one sentence.
class RoomyHeader : public QHeaderView {
 public:
  explicit RoomyHeader(QWidget* parent) : QHeaderView(Qt::Horizontal, parent) {
    setSectionsClickable(true);
    setHighlightSections(false);
  }

 protected:
  QSize sectionSizeFromContents(int section) const override {
    return QHeaderView::sectionSizeFromContents(section) + QSize(room(this), 2);
  }
};

class RoomyDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    return QStyledItemDelegate::sizeHint(option, index) + QSize(option.fontMetrics.averageCharWidth() * 3, 0);
  }
};

}  // namespace

void setUpTable(QTableView* table, int stretched) {
  auto* header = new RoomyHeader(table);
  table->setHorizontalHeader(header);
  table->setItemDelegate(new RoomyDelegate(table));
  table->setSelectionBehavior(QAbstractItemView::SelectRows);
  table->setSelectionMode(QAbstractItemView::SingleSelection);
  table->setAlternatingRowColors(true);
  table->setShowGrid(false);
  table->setTabKeyNavigation(false);
  table->verticalHeader()->hide();
  table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() * 8 / 5);
  header->setSectionResizeMode(QHeaderView::ResizeToContents);
  header->setSectionResizeMode(stretched, QHeaderView::Stretch);
}
