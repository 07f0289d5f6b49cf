// SPDX-License-Identifier: GPL-3.0-or-later
// What a page shows while there is nothing: what it will show, and a button for the next step.
#pragma once

#include <QWidget>

#include "icons.h"

class QLabel;
class QPushButton;

class EmptyState : public QWidget {
  Q_OBJECT
 public:
  explicit EmptyState(icons::Icon icon, QWidget* parent = nullptr);
  void set(const QString& title, const QString& text, const QString& button = {}, const QString& second_button = {});
  QPushButton* button() const { return button_; }
  QPushButton* secondButton() const { return second_; }

 private:
  QLabel* title_;
  QLabel* text_;
  QPushButton* button_;
  QPushButton* second_;
};
