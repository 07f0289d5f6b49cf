// SPDX-License-Identifier: GPL-3.0-or-later
// One model beside others: its name, the expert that it answers for, what it says, and a line about that.
#pragma once

#include <QWidget>

#include "use/used_model.h"

class QComboBox;
class QHBoxLayout;
class QLabel;
class QPushButton;
class TokenText;

class ModelColumn : public QWidget {
  Q_OBJECT
 public:
  /// `name`: empty where the model says its own.
  ModelColumn(UsedModel* model, const QString& name, QWidget* parent = nullptr);

  UsedModel* model() const { return model_; }
  TokenText* text() const { return text_; }
  QComboBox* experts() const { return experts_; }
  QString title() const;
  void setName(const QString& name);
  QString note() const;
  void setNote(const QString& note);
  void setError(const QString& error);
  QPushButton* addButton(const QString& text, const QString& tip);

 private:
  void showAbout();
  UsedModel* model_;
  QString name_;
  QLabel *title_, *facts_, *expert_label_, *note_;
  QComboBox* experts_;
  TokenText* text_;
  QHBoxLayout* buttons_;
  bool failed_ = false;
};
