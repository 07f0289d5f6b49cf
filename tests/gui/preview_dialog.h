// SPDX-License-Identifier: GPL-3.0-or-later
// Files dropped on a widget, and the dialog that then shows them.
#pragma once

#include <QApplication>
#include <QDropEvent>
#include <QLabel>
#include <QMimeData>
#include <QRadioButton>
#include <QTest>
#include <QUrl>

#include "dialogs.h"
#include "dialogs/corpus_preview_dialog.h"

inline void drop(QWidget* widget, const QStringList& files) {
  QMimeData mime;
  QList<QUrl> urls;
  for (const QString& file : files) urls << QUrl::fromLocalFile(file);
  mime.setUrls(urls);
  QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(widget, &enter);
  QVERIFY2(enter.isAccepted(), "the drag was refused");
  QDropEvent event(QPointF(50, 50), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(widget, &event);
}

template <typename Widget>
Widget* named(QWidget* where, const QString& accessible_name) {
  for (Widget* widget : where->findChildren<Widget*>()) {
    if (widget->accessibleName() == accessible_name) return widget;
  }
  qFatal("nothing is called %s", qPrintable(accessible_name));
}

/// Waits for the answer to what was asked last.
inline bool answered(CorpusPreviewDialog* dialog, int milliseconds = 20'000) {
  const auto* state = named<QLabel>(dialog, QStringLiteral("What would be taken"));
  return QTest::qWaitFor([state] { return !state->text().startsWith(QLatin1String("Reading")); }, milliseconds);
}

inline void check(QWidget* where, const QString& text) {
  for (QRadioButton* button : where->findChildren<QRadioButton*>()) {
    if (button->text().remove('&') == text) return button->click();
  }
  qFatal("no button %s", qPrintable(text));
}

/// The dialog that is open; null where none is.
inline CorpusPreviewDialog* openPreview() {
  CorpusPreviewDialog* dialog = nullptr;
  const auto found = [&] {
    dialog = qobject_cast<CorpusPreviewDialog*>(QApplication::activeModalWidget());
    return dialog != nullptr;
  };
  return QTest::qWaitFor(found) ? dialog : nullptr;
}

/// Drops files on the page and adds what the dialog shows, after `act`.
inline void dropAndAdd(QWidget* page, const QStringList& files,
                       const std::function<void(CorpusPreviewDialog*)>& act = {}) {
  drop(page, files);
  CorpusPreviewDialog* const dialog = openPreview();
  QVERIFY(dialog != nullptr);
  QVERIFY(answered(dialog));
  if (act) act(dialog);
  QVERIFY(answered(dialog));
  click(dialog, QStringLiteral("Add"));
  QVERIFY(!dialog->isVisible());
}
