// SPDX-License-Identifier: GPL-3.0-or-later
#include "dialogs/preview_documents.h"

#include <QLabel>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QSignalBlocker>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>

#include "format.h"

namespace {

/// "law.jsonl:12" of "/texts/law.jsonl:12"; what follows the file's name may have slashes of its own.
QString nameOf(const QString& source) {
  const qsizetype place = source.indexOf(':'), slash = source.lastIndexOf('/', place < 0 ? -1 : place);
  return source.mid(slash + 1);
}

}  // namespace

PreviewDocuments::PreviewDocuments(QWidget* parent) : QWidget(parent) {
  list_ = new QListWidget(this);
  list_->setAccessibleName(tr("First documents"));
  list_->setTextElideMode(Qt::ElideMiddle);
  list_->setUniformItemSizes(true);
  list_->setAlternatingRowColors(true);
  text_ = new QPlainTextEdit(this);
  text_->setReadOnly(true);
  text_->setTabChangesFocus(true);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  text_->setAccessibleName(tr("Text of the document"));
  for (QWidget* widget : {static_cast<QWidget*>(list_), static_cast<QWidget*>(text_)})
    widget->setMinimumHeight(fontMetrics().height() * 4);
  auto* label = new QLabel(tr("First &documents"), this);
  label->setBuddy(list_);
  auto* splitter = new QSplitter(Qt::Vertical, this);
  splitter->addWidget(list_);
  splitter->addWidget(text_);
  splitter->setChildrenCollapsible(false);
  splitter->setStretchFactor(0, 1);
  splitter->setStretchFactor(1, 3);
  splitter->setSizes({fontMetrics().height() * 7, fontMetrics().height() * 21});
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(label);
  layout->addWidget(splitter, 1);
  connect(list_, &QListWidget::currentRowChanged, this,
          [this](int row) { text_->setPlainText(row < 0 ? QString() : documents_.value(row).text); });
}

void PreviewDocuments::show(const QList<PreviewDocument>& documents) {
  const int row = list_->currentRow();
  documents_ = documents;
  {
    const QSignalBlocker block(list_);
    list_->clear();
    for (const PreviewDocument& document : documents_) {
      auto* item = new QListWidgetItem(tr("%1  (%2)").arg(nameOf(document.source), formatBytes(document.bytes)), list_);
      item->setToolTip(document.source);
    }
  }
  list_->setCurrentRow(documents_.isEmpty() ? -1 : std::clamp(row, 0, static_cast<int>(documents_.size()) - 1));
  if (documents_.isEmpty()) text_->clear();
}
