// SPDX-License-Identifier: GPL-3.0-or-later
#include "use/model_column.h"

#include <QComboBox>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include "theme.h"
#include "use/token_text.h"

ModelColumn::ModelColumn(UsedModel* model, const QString& name, QWidget* parent)
    : QWidget(parent), model_(model), name_(name) {
  title_ = new QLabel(this);
  QFont bold = font();
  bold.setBold(true);
  title_->setFont(bold);
  facts_ = new QLabel(tr("Reading…"), this);
  note_ = new QLabel(this);
  note_->setAccessibleName(tr("About the answer"));
  for (QLabel* label : {title_, facts_, note_}) {
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setMinimumWidth(1);  // a long name must not widen its column
  }
  experts_ = new QComboBox(this);
  experts_->setEditable(true);
  experts_->setInsertPolicy(QComboBox::NoInsert);
  experts_->setMinimumContentsLength(6);
  experts_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  experts_->setToolTip(tr("The expert that answers, or a mixture of several as in 0:0.5,3:0.5"));
  expert_label_ = new QLabel(tr("Expert"), this);
  expert_label_->setBuddy(experts_);
  text_ = new TokenText(this);
  buttons_ = new QHBoxLayout;
  buttons_->addWidget(expert_label_);
  buttons_->addWidget(experts_, 1);
  buttons_->addStretch();
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(4);
  column->addWidget(title_);
  column->addWidget(facts_);
  column->addWidget(text_, 1);
  column->addWidget(note_);
  column->addLayout(buttons_);
  connect(experts_, &QComboBox::currentTextChanged, model_, &UsedModel::setExperts);
  connect(model_, &UsedModel::expertsChanged, this, [this] {
    const QSignalBlocker quiet(experts_);
    experts_->setCurrentText(model_->experts());
  });
  connect(model_, &UsedModel::aboutChanged, this, &ModelColumn::showAbout);
  showAbout();
}

void ModelColumn::showAbout() {
  const auto about = model_->about();
  expert_label_->setVisible(about && about->experts > 0);
  experts_->setVisible(about && about->experts > 0);
  QString title = name_;
  if (title.isEmpty() && about) title = about->name;
  if (title.isEmpty()) title = QFileInfo(model_->source()).fileName();
  title_->setText(title);
  text_->setAccessibleName(title);
  title_->setToolTip(about && !about->name.isEmpty() ? about->name + '\n' + model_->source() : model_->source());
  if (!about) return;
  facts_->setText(about->facts);
  facts_->setVisible(!about->facts.isEmpty());
  if (!about->error.isEmpty()) setError(about->error);
  if (about->error.isEmpty() && failed_) setNote({});
  if (experts_->count() == about->experts) return;
  const QSignalBlocker quiet(experts_);
  experts_->clear();
  for (int i = 0; i < about->experts; ++i) experts_->addItem(QString::number(i));
  experts_->setCurrentText(model_->experts().isEmpty() ? QStringLiteral("0") : model_->experts());
}

void ModelColumn::setName(const QString& name) {
  if (name == name_) return;
  name_ = name;
  showAbout();
}

QString ModelColumn::title() const {
  return title_->text();
}

QString ModelColumn::note() const {
  return note_->text();
}

void ModelColumn::setNote(const QString& note) {
  failed_ = false;
  note_->setPalette({});
  note_->setText(note);
}

void ModelColumn::setError(const QString& error) {
  failed_ = true;
  QPalette colours = palette();
  colours.setColor(QPalette::WindowText, theme::errorColor(colours));
  note_->setPalette(colours);
  note_->setText(error);
}

QPushButton* ModelColumn::addButton(const QString& text, const QString& tip) {
  auto* button = new QPushButton(text, this);
  button->setToolTip(tip);
  button->setMinimumWidth(1);
  buttons_->addWidget(button);
  return button;
}
