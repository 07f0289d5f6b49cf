// SPDX-License-Identifier: GPL-3.0-or-later
// How files are read: reader, text field, encoding. Rows of a form.
#pragma once

#include <QComboBox>
#include <QTimer>
#include <string>

#include "project/project.h"

class QFormLayout;
class ReaderCombo;

/// What of a corpus says how its files are read.
struct Reading {
  std::string reader;  ///< empty: not known yet
  std::string text_field = pantograph::project::CorpusSpec().text_field;
  std::string encoding = pantograph::project::CorpusSpec().encoding;
  bool operator==(const Reading&) const = default;
};

class ReadingForm : public QObject {
  Q_OBJECT
 public:
  /// Adds its rows to the form.
  ReadingForm(QFormLayout* form, QWidget* parent);

  Reading reading() const;
  void setReading(const Reading& reading);
  void setFields(const QStringList& fields);  ///< those that there are to choose

  ReaderCombo* readerCombo() const { return reader_; }
  QComboBox* fieldCombo() const { return field_; }
  QComboBox* encodingCombo() const { return encoding_; }

 Q_SIGNALS:
  void edited();  ///< by the user, a moment ago

 private:
  void refresh();
  ReaderCombo* reader_;
  QComboBox* field_;
  QComboBox* encoding_;
  QTimer typing_;
};
