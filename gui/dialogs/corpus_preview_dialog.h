// SPDX-License-Identifier: GPL-3.0-or-later
// A look at files before a corpus is made of them, or at those of a corpus: the first documents, what would be left
// out, and how they are read.
#pragma once

#include <QDialog>
#include <map>

#include "dialogs/preview_reader.h"
#include "dialogs/reading_form.h"

class PreviewDocuments;
class QFormLayout;
class QLabel;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QRadioButton;
class QVBoxLayout;

class CorpusPreviewDialog : public QDialog {
  Q_OBJECT
 public:
  /// Files and folders that are to be added. Several: it is asked whether they are one corpus. `role`: of one corpus;
  /// several are domains, as long as nothing else is chosen.
  CorpusPreviewDialog(const QStringList& paths, pantograph::project::Role role, QWidget* parent = nullptr);
  /// A corpus that is there, whose relative paths start from `folder`.
  CorpusPreviewDialog(const pantograph::project::CorpusSpec& corpus, const std::filesystem::path& folder,
                      QWidget* parent = nullptr);

  /// As they were chosen, with the names and paths that came in.
  std::vector<pantograph::project::CorpusSpec> corpora() const;

  void accept() override;

 private:
  CorpusPreviewDialog(bool adds, const QStringList& paths, QWidget* parent);
  void build();
  void addQuestion(QVBoxLayout* layout);
  void addRole(QFormLayout* form);
  bool each() const;
  bool ready() const;
  void choose();
  void ask();
  void showAnswer(const PreviewAnswer& answer);
  void setState(const QString& text, bool warns);
  pantograph::project::CorpusSpec corpusNow() const;
  Reading& readingNow();

  const bool adds_;
  const QStringList paths_;
  pantograph::project::CorpusSpec corpus_;  ///< of all paths
  std::filesystem::path folder_;
  pantograph::project::Role role_ = pantograph::project::Role::generic;
  Reading all_;                          ///< of one corpus
  std::vector<std::string> kinds_;       ///< the reader that each path has for itself; empty: not known yet
  std::map<std::string, Reading> each_;  ///< of a corpus for each: files of one kind are read in one way

  PreviewReader reader_;
  ReadingForm* reading_;
  QFormLayout* form_;
  QRadioButton* one_button_ = nullptr;
  QRadioButton* each_button_ = nullptr;
  QComboBox* role_combo_ = nullptr;
  QComboBox* file_ = nullptr;
  QLabel* state_;
  QPlainTextEdit* left_out_;
  PreviewDocuments* documents_;
  QProgressBar* busy_;
  QPushButton* accept_;
};
