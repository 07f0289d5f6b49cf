// SPDX-License-Identifier: GPL-3.0-or-later
#include "file_guard.h"

#include <QEvent>
#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>
#include <QWidget>

#include "base/error.h"
#include "dialogs/merge_dialog.h"
#include "dialogs/recovery_dialog.h"
#include "file_watch.h"
#include "format.h"
#include "project/project_file.h"
#include "widgets/notice_bar.h"

using namespace pantograph;
using OnDisk = ProjectDocument::OnDisk;

FileGuard::FileGuard(ProjectDocument* document, QWidget* window)
    : QObject(window),
      document_(document),
      window_(window),
      bar_(new NoticeBar(window)),
      autosave_(new Autosave(document, this)) {
  auto* watch = new FileWatch(document, this);
  connect(watch, &FileWatch::touched, this, &FileGuard::refresh);
  connect(document_, &ProjectDocument::fileNameChanged, this, &FileGuard::refresh);
  window_->installEventFilter(this);
  connect(document_, &ProjectDocument::modifiedChanged, this, [this] {
    if (!bar_->isHidden()) refresh();  // what can be answered depends on it
  });
}

/// Where a file system tells nothing, coming back to the window does.
bool FileGuard::eventFilter(QObject* object, QEvent* event) {
  if (object == window_ && event->type() == QEvent::WindowActivate) refresh();
  return QObject::eventFilter(object, event);
}

QString FileGuard::name() const {
  return QFileInfo(document_->fileName()).fileName();
}

/// The bar, as the file is now.
void FileGuard::refresh() {
  const OnDisk disk = document_->look();
  // Buttons look again: more may have happened since.
  const NoticeBar::Answer reload = {tr("&Reload"), tr("Take the file as it is; undo brings back what was here"),
                                    [this] {
                                      const OnDisk now = document_->look();
                                      if (now.state == OnDisk::changed) document_->takeTheirs(now);
                                      refresh();
                                    }};
  const NoticeBar::Answer keep = {tr("&Keep mine"), tr("Saving will write what is here over it"), [this] {
                                    document_->keepMine(document_->look());
                                    bar_->hide();
                                  }};
  const NoticeBar::Answer differences = {tr("&Compare…"), tr("Choose setting by setting"), [this] {
                                           const OnDisk now = document_->look();
                                           if (now.state == OnDisk::changed) compare(now);
                                           refresh();
                                         }};
  switch (disk.state) {
    case OnDisk::same:
      bar_->hide();
      break;
    case OnDisk::reworded:
      document_->keepMine(disk);  // nothing to choose: later edits go into the new text
      bar_->hide();
      break;
    case OnDisk::changed:
      bar_->ask(document_->isModified()
                    ? tr("%1 was changed by another program, and has unsaved changes here.").arg(name())
                    : tr("%1 was changed by another program.").arg(name()),
                {reload, keep, differences});
      break;
    case OnDisk::unreadable:
      bar_->ask(tr("%1 was changed by another program and cannot be read: %2")
                    .arg(name(), QString(disk.error).replace('\n', QStringLiteral("; "))),
                {keep});
      break;
    case OnDisk::gone:
      bar_->ask(tr("%1 was moved or removed. Saving writes it again.").arg(name()), {keep});
      break;
  }
}

bool FileGuard::compare(const OnDisk& disk) {
  MergeDialog dialog(document_->saved(), document_->project(), disk.project, window_);
  if (dialog.exec() != QDialog::Accepted) return false;
  document_->takeMerged(disk, dialog.result());
  return true;
}

bool FileGuard::settle() {
  const OnDisk disk = document_->look();
  if (disk.state == OnDisk::same || disk.state == OnDisk::gone) return true;
  if (disk.state == OnDisk::reworded) {
    document_->keepMine(disk);
    return true;
  }
  const bool readable = disk.state == OnDisk::changed;
  QMessageBox question(QMessageBox::Warning, tr("The file was changed"),
                       tr("%1 was changed by another program since it was opened here.").arg(name()),
                       QMessageBox::NoButton, window_);
  if (!readable) question.setInformativeText(tr("It cannot be read now:\n%1").arg(disk.error));
  QPushButton* compare_button = readable ? question.addButton(tr("&Compare…"), QMessageBox::AcceptRole) : nullptr;
  QPushButton* keep = question.addButton(tr("&Keep mine"), QMessageBox::DestructiveRole);
  QPushButton* reload = readable ? question.addButton(tr("&Reload"), QMessageBox::DestructiveRole) : nullptr;
  QPushButton* cancel = question.addButton(QMessageBox::Cancel);
  question.setDefaultButton(compare_button != nullptr ? compare_button : cancel);
  question.setEscapeButton(cancel);
  question.exec();
  QAbstractButton* const answer = question.clickedButton();
  bool settled = false;
  if (answer == keep) {
    document_->keepMine(disk);
    settled = true;
  } else if (readable && answer == reload) {
    document_->takeTheirs(disk);
    settled = true;
  } else if (readable && answer == compare_button) {
    settled = compare(disk);
  }
  if (settled) bar_->hide();
  return settled;
}

void FileGuard::offerRecovery(const QString& file, const std::function<bool(const QString&)>& open) {
  for (;;) {
    QList<LeftEdits> edits;
    for (const LeftEdits& left : Autosave::left()) {
      if (file.isEmpty() || left.file == file) edits << left;
    }
    if (edits.isEmpty()) return;
    RecoveryDialog dialog(edits, window_);
    const int answer = dialog.exec();
    const int which = dialog.current();
    if (which < 0 || (answer != RecoveryDialog::recover && answer != RecoveryDialog::discard)) return;
    if (answer == RecoveryDialog::recover) {
      recover(edits[which], open);
      return;  // others wait for the next time: one project is open at a time
    }
    Autosave::discard(edits[which]);
  }
}

bool FileGuard::recover(const LeftEdits& edits, const std::function<bool(const QString&)>& open) {
  try {
    const project::Project mine = project::parse_unchecked(edits.text, toPath(edits.file));
    const bool there = !edits.file.isEmpty() && QFileInfo::exists(edits.file);
    if (there && document_->fileName() != edits.file && !open(edits.file)) return false;
    if (!there) {  // its edits are all that is left
      project::Project empty;
      empty.file = mine.file;
      document_->reset(empty);
    }
    project::Project recovered = mine;
    if (there && !edits.base.empty() && document_->savedText() != edits.base) {  // the file was changed since
      const project::Project base = project::parse_unchecked(edits.base, mine.file);
      if (!(base == document_->saved())) {
        MergeDialog dialog(base, mine, document_->project(), window_);
        if (dialog.count() > 0 && dialog.exec() != QDialog::Accepted) return false;
        recovered = dialog.result();
      }
    }
    document_->change(tr("Recover unsaved edits"), [&](project::Project& project) {
      recovered.file = project.file;
      project = recovered;
    });
    autosave_->keepNow();
    autosave_->wait();  // before the other copy goes
    Autosave::discard(edits);
    return true;
  } catch (const Error& error) {
    QMessageBox::warning(window_, tr("Unsaved edits"),
                         tr("These edits cannot be read.\n%1").arg(formatError(error.text())));
    return false;
  }
}
