// SPDX-License-Identifier: GPL-3.0-or-later
// Answers to dialogs that a test expects.
#pragma once

#include <QApplication>
#include <QDialog>
#include <QPushButton>
#include <QTimer>
#include <functional>

/// Does `act` with the next dialog of this class that opens.
template <typename Dialog>
void meet(const std::function<void(Dialog*)>& act, bool* met) {
  auto* timer = new QTimer(qApp);
  QObject::connect(timer, &QTimer::timeout, timer, [timer, act, met] {
    auto* dialog = qobject_cast<Dialog*>(QApplication::activeModalWidget());
    if (dialog == nullptr) return;
    *met = true;
    timer->stop();
    timer->deleteLater();
    act(dialog);
  });
  timer->start(20);
}

inline void click(QWidget* where, const QString& text) {
  for (QPushButton* button : where->findChildren<QPushButton*>()) {
    if (button->text().remove('&').startsWith(text) && !button->isHidden()) return button->click();
  }
  qFatal("no button %s", qPrintable(text));
}

template <typename Dialog>
void answer(const QString& text, bool* met) {
  meet<Dialog>([text](Dialog* dialog) { click(dialog, text); }, met);
}
