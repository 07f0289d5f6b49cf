// SPDX-License-Identifier: GPL-3.0-or-later
// The first documents of files: a list, and the text of the one that is chosen.
#pragma once

#include <QWidget>

#include "dialogs/preview_reader.h"

class QListWidget;
class QPlainTextEdit;

class PreviewDocuments : public QWidget {
  Q_OBJECT
 public:
  explicit PreviewDocuments(QWidget* parent = nullptr);
  void show(const QList<PreviewDocument>& documents);

 private:
  QList<PreviewDocument> documents_;
  QListWidget* list_;
  QPlainTextEdit* text_;
};
