// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/notice_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

#include "icons.h"

NoticeBar::NoticeBar(QWidget* parent) : QFrame(parent) {
  setFrameShape(QFrame::StyledPanel);
  setAccessibleName(tr("Notice"));
  auto* icon = new QLabel(this);
  const int side = fontMetrics().height();
  icon->setPixmap(icons::get(icons::Icon::warning).pixmap(side, side));
  text_ = new QLabel(this);
  text_->setTextFormat(Qt::PlainText);
  text_->setWordWrap(true);
  buttons_ = new QHBoxLayout;
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(8, 4, 8, 4);
  layout->addWidget(icon);
  layout->addWidget(text_, 1);
  layout->addLayout(buttons_);
  hide();
}

void NoticeBar::ask(const QString& text, const QList<Answer>& answers) {
  QStringList words = {text};
  for (const Answer& answer : answers) words << answer.text;
  if (words == asked_ && !isHidden()) return;  // a button may be about to be clicked
  asked_ = words;
  text_->setText(text);
  while (QLayoutItem* item = buttons_->takeAt(0)) {
    item->widget()->hide();
    item->widget()->deleteLater();
    delete item;
  }
  for (const Answer& answer : answers) {
    auto* button = new QPushButton(answer.text, this);
    button->setToolTip(answer.tip);
    connect(button, &QPushButton::clicked, this, answer.act);
    buttons_->addWidget(button);
    button->show();
  }
  show();
}

QString NoticeBar::text() const {
  return isHidden() ? QString() : text_->text();
}
