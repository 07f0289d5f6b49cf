// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/message_panel.h"

#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>

#include "format.h"
#include "icons.h"

namespace {
constexpr int kMostMessages = 50;
}

class MessagePanel::Message : public QFrame {
 public:
  Message(Kind kind, const QString& title, const QString& text, QWidget* parent) : QFrame(parent) {
    setFrameShape(QFrame::StyledPanel);
    auto* icon = new QToolButton(this);
    icon->setAutoRaise(true);
    icon->setFocusPolicy(Qt::NoFocus);
    icon->setAttribute(Qt::WA_TransparentForMouseEvents);
    icon->setIcon(icons::get(kind == Kind::error     ? icons::Icon::error
                             : kind == Kind::warning ? icons::Icon::warning
                                                     : icons::Icon::info));
    icon->setAccessibleName(kind == Kind::error ? tr("Error") : kind == Kind::warning ? tr("Warning") : tr("Note"));
    title_ = new QLabel(title, this);
    QFont bold = title_->font();
    bold.setBold(true);
    title_->setFont(bold);
    title_->setWordWrap(true);
    text_ = new QLabel(text, this);
    text_->setTextFormat(Qt::PlainText);
    text_->setWordWrap(true);
    text_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    text_->setVisible(!text.isEmpty());
    close = new QToolButton(this);
    close->setAutoRaise(true);
    close->setIcon(icons::get(icons::Icon::close));
    close->setAccessibleName(tr("Dismiss"));
    close->setToolTip(tr("Dismiss this message"));
    auto* lines = new QVBoxLayout;
    lines->setSpacing(2);
    lines->addWidget(title_);
    lines->addWidget(text_);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(6, 4, 6, 4);
    layout->addWidget(icon, 0, Qt::AlignTop);
    layout->addLayout(lines, 1);
    layout->addWidget(close, 0, Qt::AlignTop);
  }
  QString whole() const { return title_->text() + '\n' + text_->text(); }
  QToolButton* close;

 private:
  QLabel* title_;
  QLabel* text_;
};

MessagePanel::MessagePanel(QWidget* parent) : QWidget(parent) {
  heading_ = new QLabel(this);
  auto* clear_button = new QPushButton(tr("&Dismiss all"), this);
  connect(clear_button, &QPushButton::clicked, this, &MessagePanel::clear);
  list_ = new QWidget;
  rows_ = new QVBoxLayout(list_);
  rows_->setContentsMargins(0, 0, 0, 0);
  rows_->addStretch();
  area_ = new QScrollArea(this);
  area_->setWidgetResizable(true);
  area_->setFrameShape(QFrame::NoFrame);
  area_->setWidget(list_);
  auto* top = new QHBoxLayout;
  top->addWidget(heading_, 1);
  top->addWidget(clear_button);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(8, 4, 8, 4);
  layout->addLayout(top);
  layout->addWidget(area_, 1);
  setAccessibleName(tr("Messages"));
  refresh();
}

void MessagePanel::add(Kind kind, const QString& title, const QString& text) {
  auto* message = new Message(kind, title, text, list_);
  for (int i = 0; i < count(); ++i) {  // the same thing again moves to the top instead of filling the panel
    auto* old = static_cast<Message*>(rows_->itemAt(i)->widget());
    if (old->whole() == message->whole()) {
      rows_->removeWidget(old);
      old->hide();
      old->deleteLater();
      break;
    }
  }
  rows_->insertWidget(0, message);
  connect(message->close, &QToolButton::clicked, this, [this, message] {
    rows_->removeWidget(message);
    message->hide();
    message->deleteLater();
    refresh();
  });
  while (count() > kMostMessages) {
    QWidget* oldest = rows_->itemAt(count() - 1)->widget();
    rows_->removeWidget(oldest);
    oldest->deleteLater();
  }
  refresh();
}

void MessagePanel::add(const QString& title, const pantograph::Error& error) {
  add(Kind::error, title, formatError(error.text()));
}

int MessagePanel::count() const {
  return rows_->count() - 1;
}

QString MessagePanel::text(int index) const {
  return index >= 0 && index < count() ? static_cast<Message*>(rows_->itemAt(index)->widget())->whole() : QString();
}

void MessagePanel::clear() {
  while (count() > 0) {
    QWidget* message = rows_->itemAt(0)->widget();
    rows_->removeWidget(message);
    message->hide();
    message->deleteLater();
  }
  refresh();
}

void MessagePanel::refresh() {
  heading_->setText(tr("%n message(s)", nullptr, count())
                        .replace(QStringLiteral("(s)"), count() == 1 ? QString() : QStringLiteral("s")));
  const int line = fontMetrics().height();
  setMaximumHeight(line * (count() <= 1 ? 9 : 16));
  setMinimumHeight(line * (count() <= 1 ? 7 : 12));
  setVisible(count() > 0);
}
