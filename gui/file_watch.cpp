// SPDX-License-Identifier: GPL-3.0-or-later
#include "file_watch.h"

#include <QFileInfo>

#include "project_document.h"

namespace {
constexpr int kSettleMilliseconds = 200;
}

FileWatch::FileWatch(ProjectDocument* document, QObject* parent) : QObject(parent), document_(document) {
  settle_.setSingleShot(true);
  settle_.setInterval(kSettleMilliseconds);
  const auto happened = [this] { settle_.start(); };
  connect(&watcher_, &QFileSystemWatcher::fileChanged, this, happened);
  connect(&watcher_, &QFileSystemWatcher::directoryChanged, this, happened);
  connect(document_, &ProjectDocument::fileNameChanged, this, &FileWatch::follow);
  connect(&settle_, &QTimer::timeout, this, [this] {
    follow();  // a file that was replaced is another one
    Q_EMIT touched();
  });
  follow();
}

void FileWatch::follow() {
  const QString file = document_->fileName();
  const QString folder = file.isEmpty() ? QString() : QFileInfo(file).path();
  for (const QStringList& old : {watcher_.files(), watcher_.directories()}) {
    for (const QString& path : old) {
      if (path != file && path != folder) watcher_.removePath(path);
    }
  }
  if (file.isEmpty()) return;
  if (!watcher_.directories().contains(folder)) watcher_.addPath(folder);
  if (QFileInfo::exists(file) && !watcher_.files().contains(file)) watcher_.addPath(file);
}
