// SPDX-License-Identifier: GPL-3.0-or-later
#include "autosave.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLockFile>
#include <QSaveFile>
#include <QUuid>
#include <algorithm>

#include "project/project_file.h"
#include "project_document.h"

namespace {

constexpr qint64 kLargestEntry = 64 << 20;

/// Never stale by age: only when its process is gone.
std::unique_ptr<QLockFile> lock_of(const QString& entry) {
  auto lock = std::make_unique<QLockFile>(entry + QStringLiteral(".lock"));
  lock->setStaleLockTime(0);
  return lock;
}

void write_entry(const QString& entry, const pantograph::project::Project& project, const QString& file,
                 const std::string& base) {
  const QJsonObject object = {{"file", file},
                              {"time", QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs)},
                              {"base", QString::fromStdString(base)},
                              {"text", QString::fromStdString(pantograph::project::format_project(project))}};
  QSaveFile out(entry);
  if (out.open(QIODevice::WriteOnly) && out.write(QJsonDocument(object).toJson()) >= 0) out.commit();
}

}  // namespace

Autosave::Autosave(ProjectDocument* document, QObject* parent) : QObject(parent), document_(document) {
  writer_.setMaxThreadCount(1);
  timer_.setSingleShot(true);
  timer_.setInterval(kMilliseconds);
  connect(&timer_, &QTimer::timeout, this, &Autosave::keepNow);
  connect(document_, &ProjectDocument::changed, this, &Autosave::refresh);
  connect(document_, &ProjectDocument::modifiedChanged, this, &Autosave::refresh);
}

Autosave::~Autosave() {
  forget();
  wait();
}

QString Autosave::folder() {
  QString state = qEnvironmentVariable("XDG_STATE_HOME");
  if (!QDir::isAbsolutePath(state)) state = QDir::home().filePath(QStringLiteral(".local/state"));
  return state + QStringLiteral("/pantograph/recovery");
}

void Autosave::refresh() {
  if (!document_->isModified()) {
    timer_.stop();
    forget();
  } else if (!timer_.isActive()) {
    timer_.start();
  }
}

void Autosave::keepNow() {
  timer_.stop();
  if (!document_->isModified()) return;
  if (entry_.isEmpty()) {
    if (!QDir().mkpath(folder())) return;  // nowhere to keep them: the window works without
    const QString entry = folder() + '/' + QUuid::createUuid().toString(QUuid::WithoutBraces) + QStringLiteral(".json");
    lock_ = lock_of(entry);
    if (!lock_->tryLock(0)) return;
    entry_ = entry;
  }
  writer_.start([entry = entry_, project = document_->project(), file = document_->fileName(),
                 base = document_->savedText()] { write_entry(entry, project, file, base); });
}

void Autosave::wait() {
  writer_.waitForDone();
}

void Autosave::forget() {
  if (entry_.isEmpty()) return;
  writer_.start([entry = std::exchange(entry_, {}), lock = std::shared_ptr<QLockFile>(std::move(lock_))] {
    QFile::remove(entry);
    lock->unlock();
  });
}

QList<LeftEdits> Autosave::left() {
  QList<LeftEdits> out;
  const QDir dir(folder());
  for (const QString& name : dir.entryList({QStringLiteral("*.json")}, QDir::Files, QDir::Time)) {
    const QString entry = dir.filePath(name);
    if (!lock_of(entry)->tryLock(0)) continue;  // its window is open
    QFile in(entry);
    if (!in.open(QIODevice::ReadOnly) || in.size() > kLargestEntry) continue;
    const QJsonObject object = QJsonDocument::fromJson(in.readAll()).object();
    if (!object["text"].isString()) continue;
    out.push_back({entry, object["file"].toString(),
                   QDateTime::fromString(object["time"].toString(), Qt::ISODateWithMs).toLocalTime(),
                   object["base"].toString().toStdString(), object["text"].toString().toStdString()});
  }
  return out;
}

void Autosave::discard(const LeftEdits& edits) {
  QFile::remove(edits.entry);
}
