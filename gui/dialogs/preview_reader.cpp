// SPDX-License-Identifier: GPL-3.0-or-later
#include "dialogs/preview_reader.h"

#include <QCoreApplication>
#include <QFutureWatcher>
#include <QThreadPool>
#include <QtConcurrent/QtConcurrentRun>
#include <utility>

#include "base/control.h"
#include "base/text.h"
#include "corpus/intake.h"
#include "corpus/record_fields.h"
#include "corpus_text.h"
#include "format.h"

using namespace pantograph;

namespace {

constexpr std::uint64_t kDocuments = 20;
constexpr int kThreads = 4;  // a large item ends late when it is cancelled

using Answer = std::shared_ptr<const PreviewAnswer>;

/// Not the one that everything else in the window uses.
QThreadPool* threads() {
  static QThreadPool* const pool = [] {
    auto* made = new QThreadPool(qApp);
    made->setMaxThreadCount(kThreads);
    return made;
  }();
  return pool;
}

void read(PreviewQuestion question, const TaskContext& task, PreviewAnswer& answer) {
  project::CorpusSpec& corpus = question.corpus;
  if (question.guess_each) {
    for (const std::string& path : corpus.paths)
      answer.each.push_back(corpus::guess_reader({path}, question.folder, task));
  }
  if (corpus.reader.empty()) corpus.reader = corpus::guess_reader(corpus.paths, question.folder, task);
  answer.reader = corpus.reader;
  corpus::Sources sources = corpus::source_files(corpus, question.folder, task);
  for (const std::string& field : corpus::record_fields(corpus.reader, sources.files.front().path, corpus.encoding))
    answer.fields << QString::fromStdString(field);
  answer.preview = corpus::preview_corpus(corpus, std::move(sources), kDocuments, task);
  for (const corpus::Document& document : std::exchange(answer.preview.first, {})) {
    answer.documents.push_back({QString::fromStdString(printable(document.source)), shownText(document.text),
                                static_cast<double>(document.text.size())});
  }
}

Answer answerTo(const PreviewQuestion& question, const std::shared_ptr<Control>& control) {
  auto answer = std::make_shared<PreviewAnswer>();
  TaskContext task;
  task.control = control.get();
  task.on_warning = [&](const std::string& message) { answer->warnings << QString::fromStdString(message); };
  try {
    task.poll();
    read(question, task, *answer);
  } catch (const Error& error) {  // a cancelled one too, whose answer nobody hears
    answer->error = formatError(error.text());
  } catch (const std::exception& error) {
    answer->error = QString::fromUtf8(error.what());
  }
  return answer;
}

}  // namespace

PreviewReader::~PreviewReader() {
  cancel();
}

void PreviewReader::cancel() {
  if (control_) control_->stop();
  control_.reset();
}

void PreviewReader::ask(const PreviewQuestion& question) {
  cancel();
  control_ = std::make_shared<Control>();
  auto* watcher = new QFutureWatcher<Answer>(this);
  connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, control = control_] {
    watcher->deleteLater();
    if (control != control_) return;
    control_.reset();
    Q_EMIT answered(watcher->result());
  });
  watcher->setFuture(
      QtConcurrent::run(threads(), [question, control = control_] { return answerTo(question, control); }));
}
