// SPDX-License-Identifier: GPL-3.0-or-later
// Text typed as a user types it.
#pragma once

#include <QLineEdit>
#include <QTest>

/// In place of what the field holds, and confirmed.
inline void enter(QLineEdit* edit, const QString& text) {
  edit->setFocus();
  edit->selectAll();
  QTest::keyClick(edit, Qt::Key_Delete);
  QTest::keyClicks(edit, text);
  QTest::keyClick(edit, Qt::Key_Return);
}
