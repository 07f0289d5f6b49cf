// SPDX-License-Identifier: GPL-3.0-or-later
#include "use/answer_view.h"

#include <QCheckBox>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "format.h"
#include "icons.h"
#include "use/answer_settings.h"
#include "use/model_column.h"
#include "use/model_columns.h"
#include "use/token_text.h"

using pantograph::infer::Finish;

namespace {

QString endText(Finish finish) {
  switch (finish) {
    case Finish::end:
      return AnswerView::tr("the model ended the document");
    case Finish::stop:
      return AnswerView::tr("a stop string came");
    case Finish::length:
      return AnswerView::tr("as long as asked for, or as the context");
    case Finish::interrupted:
      break;
  }
  return AnswerView::tr("stopped");
}

}  // namespace

AnswerView::AnswerView(QWidget* parent) : QWidget(parent) {
  prompt_ = new QPlainTextEdit(this);
  prompt_->setPlaceholderText(
      tr("A beginning that the models go on from. They complete text; they were not taught to "
         "follow instructions."));
  prompt_->setAccessibleName(tr("Prompt"));
  prompt_->setTabChangesFocus(true);
  prompt_->setFixedHeight(fontMetrics().height() * 4);
  answer_ = new QPushButton(icons::get(icons::Icon::run), tr("&Answer"), this);
  answer_->setToolTip(tr("Go on from the prompt with each chosen model (Ctrl+Return)"));
  stop_ = new QPushButton(icons::get(icons::Icon::stop), tr("&Stop"), this);
  stop_->setToolTip(tr("Stop answering; what is there stays (Esc)"));
  colour_ = new QCheckBox(tr("Colour by s&urprise"), this);
  colour_->setChecked(true);
  colour_->setToolTip(
      tr("The less likely a token was to the model, the darker or brighter its ground; very unlikely "
         "ones are underlined. Rest the mouse on one to see its probability and what else was likely."));
  fold_ = new QToolButton(this);
  fold_->setCheckable(true);
  fold_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  fold_->setArrowType(Qt::RightArrow);
  fold_->setAutoRaise(true);
  fold_->setToolTip(tr("How answers are drawn"));
  settings_ = new AnswerSettings(this);
  settings_->hide();
  columns_ = new ModelColumns(this);

  auto* row = new QHBoxLayout;
  row->addWidget(answer_);
  row->addWidget(stop_);
  row->addWidget(fold_);
  row->addStretch();
  row->addWidget(colour_);
  auto* column = new QVBoxLayout(this);
  column->addWidget(prompt_);
  column->addLayout(row);
  column->addWidget(settings_);
  column->addWidget(columns_, 1);
  const auto summarize = [this] {
    fold_->setText(fold_->isChecked() ? tr("Settings") : settings_->summary());
    fold_->setArrowType(fold_->isChecked() ? Qt::DownArrow : Qt::RightArrow);
  };
  connect(fold_, &QToolButton::toggled, settings_, &QWidget::setVisible);
  connect(fold_, &QToolButton::toggled, this, summarize);
  connect(settings_, &AnswerSettings::changed, this, summarize);
  connect(answer_, &QPushButton::clicked, this, &AnswerView::answer);
  connect(stop_, &QPushButton::clicked, columns_, &ModelColumns::stop);
  connect(colour_, &QCheckBox::toggled, columns_, &ModelColumns::setColoured);
  connect(columns_, &ModelColumns::columnAdded, this, &AnswerView::setUp);
  connect(columns_, &ModelColumns::stateChanged, this, &AnswerView::refresh);
  summarize();
  refresh();
}

void AnswerView::setUp(ModelColumn* column) {
  UsedModel* model = column->model();
  QPushButton* copy = column->addButton(tr("Copy"), tr("Copy the answer"));
  QPushButton* out = column->addButton(tr("Export…"), tr("Write the model in another program's format"));
  connect(copy, &QPushButton::clicked, column,
          [column] { QGuiApplication::clipboard()->setText(column->text()->answer()); });
  connect(out, &QPushButton::clicked, this, [this, model] { Q_EMIT exportWanted(model); });
  connect(model, &UsedModel::tokensAdded, column->text(), &TokenText::add);
  connect(model, &UsedModel::answered, column, [this, column](const AnswerEnd& end) { showEnd(column, end); });
}

void AnswerView::answer() {
  for (ModelColumn* one : columns_->columns()) {
    one->model()->answer(prompt_->toPlainText(), settings_->settings());  // first: it ends what went on
    one->text()->begin(prompt_->toPlainText());
    one->setNote(tr("Answering…"));
  }
}

void AnswerView::showEnd(ModelColumn* column, const AnswerEnd& end) {
  if (!end.error.isEmpty()) return column->setError(end.error);
  if (end.tokens == 0) return column->setNote(tr("No tokens: %1.").arg(endText(end.finish)));
  column->setNote(tr("%1 tokens, %2 a second; %3.")
                      .arg(formatInteger(static_cast<quint64>(end.tokens)),
                           formatShort(end.seconds > 0 ? end.tokens / end.seconds : 0), endText(end.finish)));
}

void AnswerView::refresh() {
  answer_->setEnabled(!columns_->columns().isEmpty());
  stop_->setEnabled(columns_->isBusy());
}

QVariantMap AnswerView::saved() const {
  QVariantMap out = settings_->saved();
  out.insert("colour", colour_->isChecked());
  out.insert("unfolded", fold_->isChecked());
  return out;
}

void AnswerView::restore(const QVariantMap& saved) {
  settings_->restore(saved);
  if (saved.contains("colour")) colour_->setChecked(saved.value("colour").toBool());
  fold_->setChecked(saved.value("unfolded").toBool());
}
