// SPDX-License-Identifier: GPL-3.0-or-later
// Warnings and errors, newest first: what was found, where, what was expected, what to do. Each can be dismissed.
#pragma once

#include <QWidget>

#include "base/error.h"

class QLabel;
class QScrollArea;
class QVBoxLayout;

class MessagePanel : public QWidget {
  Q_OBJECT
 public:
  enum class Kind { info, warning, error };
  explicit MessagePanel(QWidget* parent = nullptr);

  void add(Kind kind, const QString& title, const QString& text);
  void add(const QString& title, const pantograph::Error& error);
  int count() const;
  QString text(int index) const;  ///< title and text of a message, newest first

 public Q_SLOTS:
  void clear();

 private:
  class Message;
  void refresh();
  QLabel* heading_;
  QScrollArea* area_;
  QWidget* list_;
  QVBoxLayout* rows_;
};
