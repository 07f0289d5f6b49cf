// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the first documents of files on another thread, one question at a time: a newer one takes the older one's
// place.
#pragma once

#include <QList>
#include <QObject>
#include <QStringList>
#include <filesystem>
#include <memory>

#include "corpus/preview.h"

namespace pantograph {
class Control;
}

struct PreviewQuestion {
  pantograph::project::CorpusSpec corpus;  ///< without a reader: it is guessed
  std::filesystem::path folder;            ///< that relative paths start from
  bool guess_each = false;                 ///< which reader each of the paths would have for itself
};

struct PreviewDocument {
  QString source;  ///< "/texts/law.jsonl:12"
  QString text;    ///< as shownText() gives it
  double bytes = 0;
};

struct PreviewAnswer {
  std::string reader;
  std::vector<std::string> each;  ///< the reader of each path, where that was asked
  QStringList fields;             ///< of the first file's records
  QList<PreviewDocument> documents;
  pantograph::corpus::Preview preview;  ///< without the documents
  QStringList warnings;
  QString error;  ///< not empty: what kept the files from being read
};

class PreviewReader : public QObject {
  Q_OBJECT
 public:
  using QObject::QObject;
  ~PreviewReader() override;  ///< waits for nothing

  void ask(const PreviewQuestion& question);
  void cancel();
  bool isReading() const { return control_ != nullptr; }

 Q_SIGNALS:
  void answered(std::shared_ptr<const PreviewAnswer> answer);

 private:
  std::shared_ptr<pantograph::Control> control_;  ///< of the question that is open
};
