// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/differences_view.h"

#include "report/tables.h"
#include "widgets/tables.h"

DifferencesView::DifferencesView(QWidget* parent) : QTableWidget(parent) {
  setAccessibleName(tr("Differences from the chosen method"));
  setColumnCount(static_cast<int>(pantograph::report::differences_table({}).columns.size()));
  setUpTable(this, 2);  // the method
  setEditTriggers(NoEditTriggers);
}

void DifferencesView::setRecords(const std::vector<pantograph::measure::ResultRecord>& records) {
  const pantograph::report::Table table = pantograph::report::differences_table(records);
  clearContents();
  setRowCount(static_cast<int>(table.rows.size()));
  for (int column = 0; column < columnCount(); ++column) {
    const auto& from = table.columns[static_cast<std::size_t>(column)];
    const Qt::Alignment side = from.number ? Qt::AlignRight : Qt::AlignLeft;
    auto* title = new QTableWidgetItem(QString::fromStdString(from.title));
    title->setTextAlignment(side | Qt::AlignVCenter);
    title->setToolTip(QString::fromStdString(table.note));
    setHorizontalHeaderItem(column, title);
    for (int row = 0; row < rowCount(); ++row) {
      const auto& cell = table.rows[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
      auto* item = new QTableWidgetItem(QString::fromStdString(cell.text));
      item->setTextAlignment(side | Qt::AlignVCenter);
      setItem(row, column, item);
    }
  }
}
