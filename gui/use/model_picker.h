// SPDX-License-Identifier: GPL-3.0-or-later
// The models that there are, of which up to four are chosen.
#pragma once

#include <QStringList>
#include <QWidget>
#include <vector>

#include "catalog/models.h"

class QLabel;
class QLineEdit;
class QPushButton;
class QTreeWidget;
class QTreeWidgetItem;

class ModelPicker : public QWidget {
  Q_OBJECT
 public:
  static constexpr int kMostChosen = 4;
  explicit ModelPicker(QWidget* parent = nullptr);

  /// Of the project. What is chosen stays chosen where it is there still.
  void setModels(const pantograph::project::Project& project,
                 const std::vector<pantograph::catalog::ModelInfo>& models);
  void clear();  ///< of another project: what was opened goes, too
  bool isEmpty() const;

  /// As UsedModel takes them, in the order in which they were chosen.
  QStringList chosen() const { return chosen_; }
  /// Chooses one besides; a fifth takes the place of the one chosen first. One that is not listed is listed as a file.
  void choose(const QString& source);
  void openFile();  ///< asks for one

  QTreeWidget* tree() const { return tree_; }
  QLineEdit* filter() const { return filter_; }

  /// What stands for a model: its file, or the folder of the run whose checkpoint it is.
  static QString sourceOf(const pantograph::catalog::ModelInfo& model);
  QString nameOf(const QString& source) const;  ///< empty: a file, which has a name of its own

 Q_SIGNALS:
  void chosenChanged(const QStringList& sources);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  struct Row {
    int kind = 0;
    QString source, label, tip;
    bool earlier = false;  ///< of settings that the project no longer has
    bool operator==(const Row&) const = default;
  };
  void muteEarlier();
  QTreeWidgetItem* group(int kind);
  QTreeWidgetItem* itemOf(const QString& source) const;
  QTreeWidgetItem* addItem(int kind, const QString& source, const QString& name, const QString& tip);
  void dropListedFiles();
  void itemChanged(QTreeWidgetItem* item);
  void setChosen(QStringList chosen);
  void applyFilter();

  QLineEdit* filter_;
  QTreeWidget* tree_;
  QPushButton* open_;
  QList<Row> rows_;  // of the project's models
  QStringList chosen_;
  bool filling_ = false;
};
