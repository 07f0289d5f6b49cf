// SPDX-License-Identifier: GPL-3.0-or-later
// One prompt, and what each chosen model goes on with, side by side as it comes.
#pragma once

#include <QVariantMap>
#include <QWidget>

#include "use/used_model.h"

class AnswerSettings;
class ModelColumn;
class ModelColumns;
class QCheckBox;
class QPlainTextEdit;
class QPushButton;
class QToolButton;

class AnswerView : public QWidget {
  Q_OBJECT
 public:
  explicit AnswerView(QWidget* parent = nullptr);

  ModelColumns* columns() const { return columns_; }
  QPlainTextEdit* prompt() const { return prompt_; }
  AnswerSettings* settings() const { return settings_; }
  QCheckBox* colourBox() const { return colour_; }
  QPushButton* answerButton() const { return answer_; }
  QPushButton* stopButton() const { return stop_; }

  void answer();
  QVariantMap saved() const;
  void restore(const QVariantMap& saved);

 Q_SIGNALS:
  void exportWanted(UsedModel* model);

 private:
  void setUp(ModelColumn* column);
  void showEnd(ModelColumn* column, const AnswerEnd& end);
  void refresh();
  QPlainTextEdit* prompt_;
  QPushButton *answer_, *stop_;
  QCheckBox* colour_;
  QToolButton* fold_;
  AnswerSettings* settings_;
  ModelColumns* columns_;
};
