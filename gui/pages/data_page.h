// SPDX-License-Identifier: GPL-3.0-or-later
// Corpora and tokenizer: bring text in, see what became of it.
#pragma once

#include <QWidget>

#include "corpus_model.h"

class CorpusEditor;
class CountEdit;
class EmptyState;
class EngineBridge;
class ProjectDocument;
class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QStackedLayout;
class QTabWidget;
class QTableView;

class DataPage : public QWidget {
  Q_OBJECT
 public:
  DataPage(ProjectDocument* document, EngineBridge* bridge, QWidget* parent = nullptr);

  void showView(std::shared_ptr<const pantograph::job::ProjectView> view);  ///< may be null
  QTableView* table() const { return table_; }
  QTabWidget* tabs() const { return tabs_; }
  QPlainTextEdit* overlapText() const { return overlap_; }

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void addFiles();
  void previewAndAdd(const QStringList& paths);  ///< a dialog shows what would be taken
  void addFolder();
  void removeCorpus();
  void addPathsToCorpus(const QStringList& paths);
  int currentRow() const;
  void refresh();
  void showDropped();
  void showOverlap();
  QWidget* makeTokenizer();

  ProjectDocument* document_;
  EngineBridge* bridge_;
  CorpusModel* model_;
  QStackedLayout* stack_;
  EmptyState* empty_;
  std::shared_ptr<const pantograph::job::ProjectView> view_;
  QTableView* table_;
  QTabWidget* tabs_;
  CorpusEditor* editor_;
  QPlainTextEdit* dropped_;
  QPlainTextEdit* overlap_;
  QPushButton* remove_;
  QPushButton* import_;
  QPushButton* tokenize_;
  QLabel* hint_;
  CountEdit* vocabulary_;
  CountEdit* sample_;
  QComboBox* algorithm_;
  QLineEdit* model_file_;
};
