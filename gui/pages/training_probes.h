// SPDX-License-Identifier: GPL-3.0-or-later
// Which domains are probed while training, each with its choice of an expert.
#pragma once

#include <QHash>
#include <QStringList>
#include <QWidget>
#include <vector>

#include "method/method.h"

class QCheckBox;
class QComboBox;
class QGridLayout;
class QLabel;
class QSpinBox;

/// Most frequent cluster, lowest loss, or an expert's number.
class ExpertEdit : public QWidget {
  Q_OBJECT
 public:
  explicit ExpertEdit(QWidget* parent = nullptr);
  void setExperts(int count);
  void setChoice(const pantograph::train::ExpertChoice& choice);
  pantograph::train::ExpertChoice choice() const;
  void setAccessible(const QString& what);

 Q_SIGNALS:
  void edited();

 private:
  QComboBox* kind_;
  QSpinBox* number_;
};

class ProbeTable : public QWidget {
  Q_OBJECT
 public:
  explicit ProbeTable(QWidget* parent = nullptr);

  /// Keeps what the user picked; a domain newly among the project's specialization domains is picked, one that left is
  /// not.
  void setProject(const pantograph::project::Project& project);
  std::vector<pantograph::method::ProbePick> picks() const;
  void setPicked(const QString& domain, bool picked);
  void setChoice(const QString& domain, const pantograph::train::ExpertChoice& choice);
  void setNewest(const QString& domain, const QString& text);  ///< newest losses

  /// The project's way to choose an expert.
  static pantograph::train::ExpertChoice projectChoice(const pantograph::project::Project& project);

 Q_SIGNALS:
  void picksEdited();

 private:
  struct Row {
    QCheckBox* check = nullptr;
    ExpertEdit* expert = nullptr;
    QLabel* newest = nullptr;
  };
  QGridLayout* grid_;
  QLabel* empty_;
  QStringList domains_, specialized_;
  QHash<QString, Row> rows_;
};
