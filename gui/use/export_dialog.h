// SPDX-License-Identifier: GPL-3.0-or-later
// A model in another program's format: which, where, and what of it is exact.
#pragma once

#include <QDialog>

#include "use/used_model.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;

class ExportDialog : public QDialog {
  Q_OBJECT
 public:
  ExportDialog(UsedModel* model, const QString& name, QWidget* parent = nullptr);

  QComboBox* formats() const { return formats_; }
  QComboBox* numbers() const { return numbers_; }
  QLineEdit* place() const { return place_; }
  QPushButton* exportButton() const { return export_; }
  QPushButton* showButton() const { return show_; }
  QString answer() const;

 private:
  void formatChanged();
  void browse();
  void refresh();
  void begin();
  void showEnd(const ExportEnd& end);
  UsedModel* model_;
  QString name_;
  QComboBox *formats_, *numbers_, *what_;
  QLabel *what_label_, *answer_;
  QLineEdit* place_;
  QProgressBar* progress_;
  QPushButton *export_, *show_;
  QString written_;  // the file or folder
  bool exporting_ = false;
};
