// SPDX-License-Identifier: GPL-3.0-or-later
// Corpora as a table: what the project declares beside what importing and tokenizing found.
#pragma once

#include <QAbstractTableModel>
#include <memory>
#include <vector>

#include "job/engine.h"

class CorpusModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { name, role, reader, files, documents, tokens, split, dropped, state, column_count };
  using QAbstractTableModel::QAbstractTableModel;

  void setProject(const std::vector<pantograph::project::CorpusSpec>& corpora);
  void setView(std::shared_ptr<const pantograph::job::ProjectView> view);  ///< may be null

  /// What the engine knows about a row; null before it was imported.
  const pantograph::job::CorpusView* corpusView(int row) const;
  /// State of the row's import and tokenize steps together: the one that is furthest behind.
  pantograph::job::StepState stepState(int row) const;
  QString note(int row) const;  ///< what its steps say besides their state; empty: nothing

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::vector<pantograph::project::CorpusSpec> corpora_;
  std::shared_ptr<const pantograph::job::ProjectView> view_;
};

QString stepStateText(pantograph::job::StepState state);
