// SPDX-License-Identifier: GPL-3.0-or-later
// Fields for what the user says of a run.
#include "pages/run_notes_form.h"

#include <QCheckBox>
#include <QEvent>
#include <QFormLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <algorithm>

using pantograph::job::RunNotes;

namespace {
constexpr int kTypingMilliseconds = 1000;  // after the last letter of a note

std::vector<std::string> words(const QString& text) {
  std::vector<std::string> out;
  for (const QString& part : QString(text).replace(QLatin1Char(','), QLatin1Char(' ')).simplified().split(' ')) {
    const std::string word = part.toStdString();
    if (!word.empty() && std::find(out.begin(), out.end(), word) == out.end()) out.push_back(word);
  }
  return out;
}

QString text(const std::vector<std::string>& list) {
  QStringList out;
  for (const std::string& word : list) out << QString::fromStdString(word);
  return out.join(QStringLiteral(", "));
}

}  // namespace

RunNotesForm::RunNotesForm(QWidget* parent) : QWidget(parent) {
  name_ = new QLineEdit(this);
  name_->setPlaceholderText(tr("a name of your own"));
  tags_ = new QLineEdit(this);
  tags_->setPlaceholderText(tr("words, for searching"));
  note_ = new QPlainTextEdit(this);
  note_->setPlaceholderText(tr("What you want to remember of this run"));
  note_->setAccessibleName(tr("Note"));
  note_->setTabChangesFocus(true);
  note_->setMinimumHeight(fontMetrics().height() * 3);
  note_->installEventFilter(this);
  star_ = new QCheckBox(tr("S&tar"), this);
  keep_ = new QCheckBox(tr("&Keep its checkpoints"), this);
  keep_->setToolTip(
      tr("Otherwise they may be removed once the run is finished; its networks, curves and results stay"));
  auto* form = new QFormLayout(this);
  form->setContentsMargins(6, 4, 6, 4);
  form->setVerticalSpacing(4);
  form->addRow(tr("&Name"), name_);
  form->addRow(tr("Ta&gs"), tags_);
  form->addRow(tr("N&ote"), note_);
  form->addRow(star_);
  form->addRow(keep_);
  typing_.setSingleShot(true);
  typing_.setInterval(kTypingMilliseconds);
  connect(&typing_, &QTimer::timeout, this, &RunNotesForm::commit);
  connect(note_, &QPlainTextEdit::textChanged, this, [this] {
    if (!filling_) typing_.start();
  });
  for (QLineEdit* edit : {name_, tags_}) connect(edit, &QLineEdit::editingFinished, this, &RunNotesForm::commit);
  for (QCheckBox* box : {star_, keep_}) connect(box, &QCheckBox::clicked, this, &RunNotesForm::commit);
}

void RunNotesForm::setRun(std::shared_ptr<const pantograph::job::RunInfo> run) {
  if (run == run_) return;
  const bool same = run != nullptr && run_ != nullptr && run->folder == run_->folder;
  if (!same) commit();
  const RunNotes before = run_ != nullptr ? run_->notes : RunNotes();
  run_ = std::move(run);
  setEnabled(run_ != nullptr);
  if (run_ == nullptr) return fill({});
  // A view that was on its way when the fields changed does not know of that yet.
  if (!same || run_->notes != before) fill(run_->notes);
}

void RunNotesForm::fill(const RunNotes& notes) {
  filling_ = true;
  const bool note_in_work = note_->hasFocus() && typing_.isActive();
  known_ = notes;
  const QString name = QString::fromStdString(notes.name), note = QString::fromStdString(notes.note);
  if (!(name_->hasFocus() && name_->isModified())) name_->setText(name);
  if (!(tags_->hasFocus() && tags_->isModified())) tags_->setText(text(notes.tags));
  if (!note_in_work && note_->toPlainText() != note) note_->setPlainText(note);
  star_->setChecked(notes.star);
  keep_->setChecked(notes.keep);
  filling_ = false;
}

void RunNotesForm::commit() {
  typing_.stop();
  name_->setModified(false);
  tags_->setModified(false);
  if (run_ == nullptr || filling_) return;
  const RunNotes notes{name_->text().trimmed().toStdString(), note_->toPlainText().toStdString(), words(tags_->text()),
                       star_->isChecked(), keep_->isChecked()};
  if (notes == known_) return;
  known_ = notes;
  Q_EMIT edited(QString::fromStdString(run_->record.key), notes);
}

bool RunNotesForm::eventFilter(QObject* object, QEvent* event) {
  if (object == note_ && event->type() == QEvent::FocusOut) commit();
  return QWidget::eventFilter(object, event);
}
