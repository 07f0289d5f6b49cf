// SPDX-License-Identifier: GPL-3.0-or-later
// The files of a corpus: a row a path or pattern, and, where the user brings their own split, which part it belongs to.
#pragma once

#include <QWidget>

#include "project/project.h"

class QPushButton;
class QTableWidget;

class PathList : public QWidget {
  Q_OBJECT
 public:
  explicit PathList(QWidget* parent = nullptr);
  void show(const pantograph::project::CorpusSpec& corpus);
  /// Writes the rows into the corpus: into `paths`, or into train, validation and test.
  void store(pantograph::project::CorpusSpec& corpus) const;
  bool ownSplit() const { return own_split_; }
  void setOwnSplit(bool own);  ///< keeps the rows
  QTableWidget* table() const { return table_; }

 Q_SIGNALS:
  void edited();
  void filesWanted();  ///< a button: the page opens its dialog
  void folderWanted();

 private:
  void addRow(const QString& path, int part);
  QTableWidget* table_;
  QPushButton* remove_;
  bool own_split_ = false;
};
