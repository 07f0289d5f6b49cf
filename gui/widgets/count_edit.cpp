// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/count_edit.h"

#include <QToolTip>

#include "base/error.h"
#include "base/numbers.h"
#include "format.h"

CountEdit::CountEdit(QWidget* parent) : QLineEdit(parent) {
  setToolTip(tr("A number, or one with k, M or G: 100k, 2M"));
  connect(this, &QLineEdit::editingFinished, this, &CountEdit::commit);
}

void CountEdit::setCount(std::uint64_t count) {
  count_ = count;
  const QString text =
      count == 0 && !zero_.isEmpty() ? QString() : QString::fromStdString(pantograph::format_count(count));
  if (text != this->text()) setText(text);
}

void CountEdit::setZeroText(const QString& text) {
  zero_ = text;
  setPlaceholderText(text);
  setCount(count_);
}

void CountEdit::commit() {
  const QString text = this->text().trimmed();
  std::uint64_t value = 0;
  QString problem;
  if (!text.isEmpty() || zero_.isEmpty()) {
    try {
      value = pantograph::parse_count(text.toStdString());
      if (value == 0 && zero_.isEmpty()) problem = tr("This must be above 0.");
    } catch (const pantograph::Error& error) {
      problem = formatError(error.text());
    }
  }
  if (!problem.isEmpty()) {
    setCount(count_);  // what stood there before
    QToolTip::showText(mapToGlobal(QPoint(0, height())), problem, this);
    return;
  }
  if (value != count_) {
    setCount(value);
    Q_EMIT countEdited(value);
  } else {
    setCount(value);
  }
}
