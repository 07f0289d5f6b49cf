// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/empty_state.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

namespace {

/// Paints the icon at the widget's size, in whatever the palette is now.
class IconLabel : public QWidget {
 public:
  IconLabel(QIcon icon, QWidget* parent) : QWidget(parent), icon_(std::move(icon)) {}
  QSize sizeHint() const override { return QSize(4, 4) * fontMetrics().height(); }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.setOpacity(0.6);
    icon_.paint(&painter, rect());
  }

 private:
  QIcon icon_;
};

}  // namespace

EmptyState::EmptyState(icons::Icon icon, QWidget* parent) : QWidget(parent) {
  auto* image = new IconLabel(icons::get(icon), this);
  title_ = new QLabel(this);
  QFont big = title_->font();
  big.setPointSizeF(big.pointSizeF() * 1.4);
  title_->setFont(big);
  text_ = new QLabel(this);
  text_->setWordWrap(true);
  text_->setAlignment(Qt::AlignHCenter);
  text_->setFixedWidth(fontMetrics().averageCharWidth() * 64);
  button_ = new QPushButton(this);
  second_ = new QPushButton(this);
  auto* buttons = new QHBoxLayout;
  buttons->addStretch();
  buttons->addWidget(button_);
  buttons->addWidget(second_);
  buttons->addStretch();
  auto* layout = new QVBoxLayout(this);
  layout->setSpacing(fontMetrics().height() * 2 / 3);
  layout->addStretch(2);
  layout->addWidget(image, 0, Qt::AlignHCenter);
  layout->addWidget(title_, 0, Qt::AlignHCenter);
  layout->addWidget(text_, 0, Qt::AlignHCenter);
  layout->addLayout(buttons);
  layout->addStretch(3);
}

void EmptyState::set(const QString& title, const QString& text, const QString& button, const QString& second_button) {
  title_->setText(title);
  text_->setText(text);
  text_->setMinimumHeight(
      text_->heightForWidth(text_->maximumWidth()));  // an aligned label gets no height for its width
  button_->setText(button);
  button_->setVisible(!button.isEmpty());
  second_->setText(second_button);
  second_->setVisible(!second_button.isEmpty());
}
