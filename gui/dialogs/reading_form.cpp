// SPDX-License-Identifier: GPL-3.0-or-later
#include "dialogs/reading_form.h"

#include <QFormLayout>
#include <QLineEdit>
#include <QSignalBlocker>

#include "corpus/record_fields.h"
#include "widgets/reader_combo.h"

using namespace pantograph;

namespace {

constexpr int kTypingMilliseconds = 400;
constexpr const char* kEncodings[] = {"UTF-8",        "windows-1252", "ISO-8859-2", "ISO-8859-15", "windows-1250",
                                      "windows-1251", "KOI8-R",       "UTF-16LE",   "Shift_JIS",   "EUC-JP",
                                      "GB18030",      "Big5",         "EUC-KR"};

QComboBox* editable(QWidget* parent) {
  auto* combo = new QComboBox(parent);
  combo->setEditable(true);
  combo->setInsertPolicy(QComboBox::NoInsert);
  combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  combo->setCompleter(nullptr);  // it would turn "text" into "text_html"
  return combo;
}

}  // namespace

ReadingForm::ReadingForm(QFormLayout* form, QWidget* parent) : QObject(parent) {
  reader_ = new ReaderCombo(parent);
  reader_->setPlaceholderText(tr("being found out…"));
  reader_->setAccessibleName(tr("Reader"));
  field_ = editable(parent);
  field_->lineEdit()->setPlaceholderText(QString::fromStdString(Reading().text_field));
  field_->setAccessibleName(tr("Text field"));
  field_->setToolTip(
      tr("The field that holds the text, one within another as in article.body, or a template such as "
         "{question}\\n{answer}."));
  encoding_ = editable(parent);
  encoding_->lineEdit()->setPlaceholderText(tr("found out"));
  encoding_->setAccessibleName(tr("Encoding"));
  encoding_->setToolTip(tr("Of text files that are not UTF-8, as in windows-1252. Empty: found out."));
  encoding_->addItem(QString());
  encoding_->setItemData(0, tr("found out"), Qt::ToolTipRole);
  for (const char* name : kEncodings) encoding_->addItem(QString::fromLatin1(name));
  form->addRow(tr("&Reader"), reader_);
  form->addRow(tr("Text &field"), field_);
  form->addRow(tr("&Encoding"), encoding_);

  typing_.setSingleShot(true);
  typing_.setInterval(kTypingMilliseconds);
  connect(&typing_, &QTimer::timeout, this, &ReadingForm::edited);
  connect(reader_, &QComboBox::activated, this, [this] {
    refresh();
    Q_EMIT edited();
  });
  for (QComboBox* combo : {field_, encoding_}) {
    connect(combo->lineEdit(), &QLineEdit::textEdited, &typing_, qOverload<>(&QTimer::start));
    connect(combo, &QComboBox::activated, this, [this] {
      typing_.stop();
      Q_EMIT edited();
    });
    connect(combo->lineEdit(), &QLineEdit::editingFinished, this, [this] {
      if (!typing_.isActive()) return;
      typing_.stop();
      Q_EMIT edited();
    });
  }
  refresh();
}

Reading ReadingForm::reading() const {
  Reading reading;
  reading.reader = reader_->reader();
  const std::string field = field_->currentText().toStdString();
  if (!field.empty()) reading.text_field = field;
  reading.encoding = encoding_->currentText().trimmed().toStdString();
  return reading;
}

void ReadingForm::setReading(const Reading& reading) {
  typing_.stop();
  const QSignalBlocker block_field(field_), block_encoding(encoding_);
  reader_->setReader(reading.reader);
  field_->setEditText(QString::fromStdString(reading.text_field));
  encoding_->setEditText(QString::fromStdString(reading.encoding));
  refresh();
}

void ReadingForm::setFields(const QStringList& fields) {
  const QString text = field_->currentText();
  const int cursor = field_->lineEdit()->cursorPosition();
  QStringList now;
  for (int i = 0; i < field_->count(); ++i) now << field_->itemText(i);
  if (now == fields) return;  // an open list stays
  const QSignalBlocker block(field_);
  field_->clear();
  field_->addItems(fields);
  field_->setCurrentIndex(static_cast<int>(fields.indexOf(text)));
  field_->setEditText(text);
  field_->lineEdit()->setCursorPosition(cursor);
}

/// What the reader does not use cannot be changed.
void ReadingForm::refresh() {
  const std::string reader = reader_->reader();
  field_->setEnabled(!reader.empty() && corpus::reads_fields(reader));
  encoding_->setEnabled(!reader.empty() && corpus::reads_encodings(reader));
}
