// SPDX-License-Identifier: GPL-3.0-or-later
#include "main_window.h"

#include <QAction>
#include <QActionGroup>
#include <QFileInfo>
#include <QLabel>
#include <QListWidget>
#include <QMenu>
#include <QMenuBar>
#include <QProgressBar>
#include <QShortcut>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTimer>
#include <QToolBar>
#include <QUndoStack>
#include <QVBoxLayout>

#include "disk_dialog.h"
#include "engine_bridge.h"
#include "file_guard.h"
#include "format.h"
#include "icons.h"
#include "project_document.h"
#include "project_template.h"
#include "widgets/message_panel.h"
#include "widgets/notice_bar.h"

using namespace pantograph;
using icons::Icon;

namespace {
constexpr int kHandOverMilliseconds = 200;  // edits of a slider in motion reach the engine together
}

MainWindow::MainWindow(QWidget* parent)
    : QMainWindow(parent),
      document_(new ProjectDocument(this)),
      bridge_(new EngineBridge(this)),
      guard_(new FileGuard(document_, this)) {
  setAcceptDrops(true);
  setWindowIcon(icons::get(Icon::networks));
  document_->reset(::newProject());
  makePages();
  makeActions();
  makeStatus();
  hand_over_ = new QTimer(this);
  hand_over_->setSingleShot(true);
  hand_over_->setInterval(kHandOverMilliseconds);
  connect(hand_over_, &QTimer::timeout, this, &MainWindow::handProjectOver);
  connectEngine();
  showPage(data);
  refreshTitle();
  refreshActions();
}

MainWindow::~MainWindow() {
  // The pages listen to the bridge, so it goes first: no signal may reach a page that is half gone.
  bridge_->disconnect();
  document_->disconnect();
  document_->undoStack()->disconnect();
}

QWidget* MainWindow::page(Page page) const {
  return pages_->widget(page);
}

QAction* MainWindow::action(const QString& name) const {
  return findChild<QAction*>(name);
}

QAction* MainWindow::addAction(const QString& name, const QString& text, const QIcon& icon, const QKeySequence& keys,
                               const QString& tip, const std::function<void()>& act) {
  auto* made = new QAction(icon, text, this);
  made->setObjectName(name);
  made->setShortcut(keys);
  QString plain = QString(text).remove('&').remove(QStringLiteral("…"));
  if (!tip.isEmpty()) plain = tip;
  made->setToolTip(keys.isEmpty() ? plain
                                  : QStringLiteral("%1 (%2)").arg(plain, keys.toString(QKeySequence::NativeText)));
  made->setStatusTip(tip);
  connect(made, &QAction::triggered, this, act);
  return made;
}

void MainWindow::makeActions() {
  QMenu* file = menuBar()->addMenu(tr("&File"));
  QAction* make =
      addAction("new", tr("&New project"), icons::get(Icon::file_new), QKeySequence::New, {}, [this] { newProject(); });
  QAction* open = addAction("open", tr("&Open…"), icons::get(Icon::file_open), QKeySequence::Open, tr("Open a project"),
                            [this] { openDialog(); });
  QAction* save_action = addAction("save", tr("&Save"), icons::get(Icon::file_save), QKeySequence::Save,
                                   tr("Save the project"), [this] { save(); });
  QAction* save_as = addAction("save_as", tr("Save &as…"), icons::get(Icon::save_as),
                               QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S), {}, [this] { saveAs(); });
  QAction* quit = addAction("quit", tr("&Quit"), icons::get(Icon::quit), QKeySequence(Qt::CTRL | Qt::Key_Q), {},
                            [this] { close(); });
  file->addAction(make);
  file->addAction(open);
  recent_ = file->addMenu(tr("Open &recent"));
  connect(recent_, &QMenu::aboutToShow, this, &MainWindow::fillRecent);
  file->addSeparator();
  file->addAction(save_action);
  file->addAction(save_as);
  file->addSeparator();
  file->addAction(quit);

  QMenu* edit = menuBar()->addMenu(tr("&Edit"));
  QAction* undo = document_->undoStack()->createUndoAction(this, tr("&Undo"));
  undo->setObjectName("undo");
  undo->setIcon(icons::get(Icon::undo));
  undo->setShortcut(QKeySequence::Undo);
  QAction* redo = document_->undoStack()->createRedoAction(this, tr("&Redo"));
  redo->setObjectName("redo");
  redo->setIcon(icons::get(Icon::redo));
  redo->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z));
  undo->setIconText(tr("Undo"));
  redo->setIconText(tr("Redo"));
  edit->addAction(undo);
  edit->addAction(redo);

  QMenu* run = menuBar()->addMenu(tr("&Run"));
  QAction* start = addAction("run", tr("&Bring up to date"), icons::get(Icon::run), QKeySequence(Qt::Key_F5),
                             tr("Run every step that is missing or out of date"), [this] { bringUpToDate(); });
  QAction* pause = addAction("pause", tr("&Pause"), icons::get(Icon::pause), QKeySequence(Qt::Key_F6),
                             tr("Pause the run"), [this] { bridge_->pause(); });
  QAction* resume = addAction("resume", tr("Re&sume"), icons::get(Icon::resume), QKeySequence(Qt::Key_F7),
                              tr("Go on with a paused run"), [this] { bridge_->resume(); });
  QAction* stop = addAction("stop", tr("S&top"), icons::get(Icon::stop), QKeySequence(Qt::Key_F8),
                            tr("Save a checkpoint and end the run; it can go on later"), [this] {
                              step_->setText(tr("Saving a checkpoint…"));
                              bridge_->stop();
                            });
  run->addActions({start, pause, resume, stop});
  run->addSeparator();
  run->addAction(addAction("disk_use", tr("&Disk use…"), icons::get(Icon::disk_use), {},
                           tr("What the runs take, and what can be removed without losing one"),
                           [this] { showDiskUse(); }));

  QMenu* view = menuBar()->addMenu(tr("&View"));
  for (int i = 0; i < page_count; ++i) {
    QListWidgetItem* item = navigation_->item(i);
    QAction* go = view->addAction(item->icon(), QStringLiteral("&%1 %2").arg(i + 1).arg(item->text()));
    connect(go, &QAction::triggered, this, [this, i] { showPage(i); });
  }
  view->addSeparator();
  QMenu* theme_menu = view->addMenu(tr("&Theme"));
  themes_ = new QActionGroup(this);
  const std::pair<theme::Choice, QString> choices[] = {
      {theme::Choice::system, tr("&System")}, {theme::Choice::light, tr("&Light")}, {theme::Choice::dark, tr("&Dark")}};
  for (const auto& [choice, text] : choices) {
    QAction* item = theme_menu->addAction(text);
    item->setCheckable(true);
    item->setData(static_cast<int>(choice));
    themes_->addAction(item);
    connect(item, &QAction::triggered, this, [this, choice = choice] { setTheme(choice); });
  }
  themes_->actions().first()->setChecked(true);

  QMenu* help = menuBar()->addMenu(tr("&Help"));
  help->addAction(addAction("plugins", tr("&Plugins…"), {}, {}, {}, [this] { showPlugins(); }));
  help->addAction(addAction("about", tr("&About Pantograph"), {}, {}, {}, [this] { showAbout(); }));

  auto* bar = addToolBar(tr("Main"));
  bar->setObjectName("main_toolbar");
  bar->setMovable(false);
  bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  const int side = fontMetrics().height() * 5 / 4;
  bar->setIconSize(QSize(side, side));
  bar->addActions({make, open, save_action});
  bar->addSeparator();
  bar->addActions({undo, redo});
  bar->addSeparator();
  bar->addActions({start, pause, resume, stop});
  connect(document_->undoStack(), &QUndoStack::undoTextChanged, this, [undo] { undo->setIconText(tr("Undo")); });
  connect(document_->undoStack(), &QUndoStack::redoTextChanged, this, [redo] { redo->setIconText(tr("Redo")); });
}

void MainWindow::makeStatus() {
  step_ = new QLabel(tr("Ready"), this);
  progress_ = new QProgressBar(this);
  progress_->setMaximumWidth(fontMetrics().averageCharWidth() * 40);
  progress_->setAccessibleName(tr("Progress of the current step"));
  progress_->hide();
  left_ = new QLabel(this);
  statusBar()->addWidget(step_, 1);
  statusBar()->addPermanentWidget(left_);
  statusBar()->addPermanentWidget(progress_);
}

void MainWindow::connectEngine() {
  connect(document_, &ProjectDocument::changed, this, [this] { hand_over_->start(); });
  connect(document_, &ProjectDocument::modifiedChanged, this, &MainWindow::refreshTitle);
  connect(document_, &ProjectDocument::fileNameChanged, this, &MainWindow::refreshTitle);
  connect(document_, &ProjectDocument::fileNameChanged, this, &MainWindow::handProjectOver);
  connect(bridge_, &EngineBridge::aboutToStart, this, [this](bool* refuse) { *refuse = *refuse || !prepareRun(); });
  connect(bridge_, &EngineBridge::runStarted, this, [this] {
    step_->setText(tr("Starting…"));
    refreshActions();
  });
  connect(bridge_, &EngineBridge::pausedChanged, this, [this](bool paused) {
    step_->setText(paused ? tr("Paused: %1").arg(step_title_) : step_title_);
    refreshActions();
  });
  connect(bridge_, &EngineBridge::stepStarted, this, &MainWindow::showStep);
  connect(bridge_, &EngineBridge::stepProgress, this, &MainWindow::showProgress);
  connect(bridge_, &EngineBridge::stepFailed, this, &MainWindow::showFailure);
  connect(bridge_, &EngineBridge::runEnded, this, &MainWindow::showEnd);
  connect(bridge_, &EngineBridge::warning, this, [this](const job::Warning& warning) {
    messages_->add(MessagePanel::Kind::warning, warning.id.empty() ? tr("Warning") : QString::fromStdString(warning.id),
                   QString::fromStdString(warning.message));
  });
  connect(bridge_, &EngineBridge::projected, this, [this](const job::Projected& answer) {
    messages_->add(answer.file.empty() ? MessagePanel::Kind::error : MessagePanel::Kind::info,
                   answer.file.empty() ? tr("The small model was not written")
                                       : tr("Small model written to %1").arg(QString::fromStdString(answer.file)),
                   QString::fromStdString(answer.message));
  });
}

void MainWindow::showPage(int page) {
  if (page >= 0 && page < page_count) navigation_->setCurrentRow(page);
}

void MainWindow::showDiskUse() {
  if (disk_ == nullptr) disk_ = new DiskDialog(document_, bridge_, this);
  disk_->show();
  disk_->raise();
  disk_->activateWindow();
  disk_->look();
}

void MainWindow::bringUpToDate() {
  bridge_->start();
}

void MainWindow::setTheme(theme::Choice choice) {
  theme::apply(choice);
  for (QAction* item : themes_->actions()) item->setChecked(item->data().toInt() == static_cast<int>(choice));
}

void MainWindow::refreshTitle() {
  const QString file = document_->fileName();
  setWindowTitle(tr("%1[*] – Pantograph").arg(file.isEmpty() ? tr("Untitled") : QFileInfo(file).completeBaseName()));
  setWindowFilePath(file);
  setWindowModified(document_->isModified());
}

void MainWindow::refreshActions() {
  const bool running = bridge_->isRunning(), paused = bridge_->isPaused();
  action("run")->setEnabled(!running && !closing_);
  action("pause")->setEnabled(running && !paused);
  action("resume")->setEnabled(running && paused);
  action("stop")->setEnabled(running);
  progress_->setVisible(running);
  left_->setVisible(running);
}

void MainWindow::showStep(const job::StepStarted& step) {
  step_title_ = tr("Step %1 of %2: %3").arg(step.index).arg(step.count).arg(QString::fromStdString(step.title));
  step_->setText(step_title_);
  progress_->setRange(0, 0);
  left_->clear();
}

void MainWindow::showProgress(const job::StepProgress& progress) {
  if (progress.total > 0) {
    progress_->setRange(0, 1000);
    progress_->setValue(static_cast<int>(1000 * std::min(1.0, progress.done / progress.total)));
    const QString unit = QString::fromStdString(progress.unit);
    progress_->setToolTip(tr("%1 of %2 %3").arg(formatShort(progress.done), formatShort(progress.total), unit));
  } else {
    progress_->setRange(0, 0);
  }
  left_->setText(progress.remaining_seconds >= 0 ? tr("%1 left").arg(formatDuration(progress.remaining_seconds))
                                                 : QString());
}

void MainWindow::showFailure(const job::StepFailed& step) {
  const QString title = tr("%1 failed").arg(step_title_.isEmpty() ? QString::fromStdString(step.id) : step_title_);
  QString text = formatError(step.text);
  if (text.isEmpty()) text = QString::fromStdString(step.message);
  messages_->add(MessagePanel::Kind::error, title, text);
}

void MainWindow::showEnd(const job::RunEnded& ended) {
  switch (ended.kind) {
    case job::RunEnded::finished:
      step_->setText(ended.steps_run == 0   ? tr("Everything was up to date")
                     : ended.steps_run == 1 ? tr("Done: one step")
                                            : tr("Done: %1 steps").arg(ended.steps_run));
      break;
    case job::RunEnded::failed:
      step_->setText(tr("Failed: see the message above"));
      if (!ended.skipped.empty()) {
        QStringList ids;
        for (const std::string& id : ended.skipped) ids << QString::fromStdString(id);
        messages_->add(MessagePanel::Kind::warning,
                       tr("%n step(s) need what failed, and were left out", nullptr, static_cast<int>(ids.size())),
                       ids.join(QStringLiteral(", ")));
      }
      break;
    case job::RunEnded::cancelled:
      step_->setText(tr("Stopped; it goes on from its checkpoint next time"));
      break;
  }
  step_title_.clear();
  refreshActions();
  if (when_idle_ && !bridge_->isRunning()) {
    const auto then = std::exchange(when_idle_, nullptr);
    QTimer::singleShot(0, this, then);  // after the other listeners have seen the end
  }
}
