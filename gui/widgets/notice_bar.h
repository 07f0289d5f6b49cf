// SPDX-License-Identifier: GPL-3.0-or-later
// A line above the pages that something waits for an answer, without standing in the way.
#pragma once

#include <QFrame>
#include <functional>

class QHBoxLayout;
class QLabel;

class NoticeBar : public QFrame {
  Q_OBJECT
 public:
  explicit NoticeBar(QWidget* parent = nullptr);
  struct Answer {
    QString text, tip;
    std::function<void()> act;
  };
  void ask(const QString& text, const QList<Answer>& answers);  ///< the same again changes nothing
  QString text() const;

 private:
  QLabel* text_;
  QHBoxLayout* buttons_;
  QStringList asked_;
};
