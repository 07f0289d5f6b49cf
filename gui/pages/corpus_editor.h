// SPDX-License-Identifier: GPL-3.0-or-later
// Settings of one corpus: name, role, reader, files, split, limits. Edits go through the document.
#pragma once

#include <QWidget>

class CountEdit;
class PathList;
class ProjectDocument;
class ReaderCombo;
class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QLineEdit;

class CorpusEditor : public QWidget {
  Q_OBJECT
 public:
  explicit CorpusEditor(ProjectDocument* document, QWidget* parent = nullptr);
  void setCorpus(int index);  ///< -1: none
  PathList* paths() const { return paths_; }
  QLineEdit* nameEdit() const { return name_; }

 private:
  void refresh();
  void rename();
  void preview();

  ProjectDocument* document_;
  int index_ = -1;
  QLineEdit* name_;
  QLabel* problem_;
  QComboBox* role_;
  ReaderCombo* reader_;
  QLineEdit* field_;
  QLineEdit* encoding_;
  QComboBox* split_;
  QDoubleSpinBox* validation_;
  QDoubleSpinBox* test_;
  CountEdit* documents_;
  CountEdit* bytes_;
  CountEdit* characters_;
  QComboBox* near_copies_;
  QLineEdit* exclude_;
  PathList* paths_;
};
