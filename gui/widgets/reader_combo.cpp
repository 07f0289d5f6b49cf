// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/reader_combo.h"

#include <QStringList>

#include "corpus/document.h"

using namespace pantograph;

ReaderCombo::ReaderCombo(QWidget* parent) : QComboBox(parent) {
  setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  for (const corpus::ReaderInfo* info : corpus::ReaderRegistry::instance().all()) {
    addItem(QString::fromStdString(info->name), QString::fromStdString(info->id));
    QStringList patterns;
    for (const auto& pattern : info->patterns) patterns << QString::fromStdString(pattern);
    setItemData(count() - 1, patterns.join(QStringLiteral(", ")), Qt::ToolTipRole);
  }
}

std::string ReaderCombo::reader() const {
  return currentData().toString().toStdString();
}

void ReaderCombo::setReader(const std::string& id) {
  const QString wanted = QString::fromStdString(id);
  int row = id.empty() ? -1 : findData(wanted);
  if (row < 0 && !id.empty()) {
    addItem(tr("%1 (unknown)").arg(wanted), wanted);
    row = count() - 1;
  }
  setCurrentIndex(row);
}
