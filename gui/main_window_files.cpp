// SPDX-License-Identifier: GPL-3.0-or-later
// The window's dealings with files: new, open, save, close, drop, session, help.
#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QDialog>
#include <QDialogButtonBox>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHeaderView>
#include <QLabel>
#include <QListWidget>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QScreen>
#include <QSettings>
#include <QStackedWidget>
#include <QTimer>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "corpus/document.h"
#include "corpus/plugin.h"
#include "engine_bridge.h"
#include "file_guard.h"
#include "format.h"
#include "main_window.h"
#include "project/project_file.h"
#include "project_document.h"
#include "project_template.h"
#include "use/use_page.h"
#include "widgets/message_panel.h"

using namespace pantograph;

namespace {
constexpr int kMostRecent = 10;
const char kFilter[] = QT_TRANSLATE_NOOP("MainWindow", "Pantograph projects (*.pantograph)");
}  // namespace

void MainWindow::newProject() {
  whenIdle([this] {
    if (!maybeSave()) return;
    document_->reset(::newProject());
    messages_->clear();
    showPage(data);
  });
}

void MainWindow::openDialog() {
  const QString file =
      QFileDialog::getOpenFileName(this, tr("Open a project"), QFileInfo(document_->fileName()).path(), tr(kFilter));
  if (!file.isEmpty()) whenIdle([this, file] { openProject(file); });
}

bool MainWindow::openProject(const QString& file) {
  if (bridge_->isRunning()) {
    whenIdle([this, file] { openProject(file); });
    return false;
  }
  if (!loadProject(file)) return false;
  offerRecovery(document_->fileName());
  return true;
}

bool MainWindow::loadProject(const QString& file) {
  if (!maybeSave()) return false;
  try {
    document_->load(file);
  } catch (const Error& error) {
    messages_->add(tr("%1 was not opened").arg(QFileInfo(file).fileName()), error);
    return false;
  } catch (const std::exception& error) {
    messages_->add(MessagePanel::Kind::error, tr("%1 was not opened").arg(QFileInfo(file).fileName()),
                   QString::fromUtf8(error.what()));
    return false;
  }
  messages_->clear();
  handProjectOver();
  remember(document_->fileName());
  return true;
}

/// Edits of a window that did not end by itself: of this project, or of any.
void MainWindow::offerRecovery(const QString& file) {
  guard_->offerRecovery(file, [this](const QString& other) { return loadProject(other); });
}

bool MainWindow::save() {
  return document_->fileName().isEmpty() ? saveAs() : saveProjectTo(document_->fileName());
}

bool MainWindow::saveAs() {
  if (bridge_->isRunning()) {
    messages_->add(MessagePanel::Kind::info, tr("Not while a run goes on"),
                   tr("Its results belong to the present file. Stop the run first, or save under this name."));
    return false;
  }
  QFileDialog dialog(this, tr("Save the project"), QFileInfo(document_->fileName()).path(), tr(kFilter));
  dialog.setAcceptMode(QFileDialog::AcceptSave);
  dialog.setDefaultSuffix(QStringLiteral("pantograph"));
  dialog.selectFile(document_->fileName().isEmpty() ? QStringLiteral("untitled.pantograph")
                                                    : QFileInfo(document_->fileName()).fileName());
  return dialog.exec() == QDialog::Accepted && saveProjectTo(dialog.selectedFiles().value(0));
}

bool MainWindow::saveProjectTo(const QString& file) {
  if (!document_->fileName().isEmpty() && toPath(file) == toPath(document_->fileName()) && !guard_->settle())
    return false;
  try {
    if (document_->project().name == "untitled") {
      const std::string name = QFileInfo(file).completeBaseName().toStdString();
      document_->change(tr("Name the project"), [&](project::Project& project) { project.name = name; });
    }
    document_->save(file);
  } catch (const Error& error) {
    messages_->add(tr("The project was not saved"), error);
    return false;
  }
  remember(document_->fileName());
  return true;
}

bool MainWindow::maybeSave() {
  if (!document_->isModified()) return true;
  const auto answer =
      QMessageBox::warning(this, tr("Unsaved changes"), tr("The project has changes that are not saved."),
                           QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, QMessageBox::Save);
  return answer == QMessageBox::Discard || (answer == QMessageBox::Save && save());
}

void MainWindow::whenIdle(const std::function<void()>& then) {
  if (!bridge_->isRunning()) {
    then();
    return;
  }
  if (!when_idle_) {
    QMessageBox question(
        QMessageBox::Question, tr("A run goes on"),
        tr("A run goes on. It can be stopped: a checkpoint is saved, and the run goes on from there next time."),
        QMessageBox::NoButton, this);
    QPushButton* stop = question.addButton(closing_ ? tr("&Stop and close") : tr("&Stop it"), QMessageBox::AcceptRole);
    QPushButton* keep = question.addButton(tr("&Keep running"), QMessageBox::RejectRole);
    question.setDefaultButton(keep);
    question.setEscapeButton(keep);
    question.exec();
    if (question.clickedButton() != stop) {
      closing_ = false;
      return;
    }
    if (!bridge_->isRunning()) {  // it ended while the question was open
      then();
      return;
    }
  }
  when_idle_ = then;
  step_->setText(tr("Saving a checkpoint…"));
  bridge_->stop();
}

bool MainWindow::prepareRun() {
  if (closing_ || !guard_->settle()) return false;
  try {
    const project::Project& project = document_->project();
    project::validate_project(project);
    const bool has_generic =
        std::any_of(project.corpora.begin(), project.corpora.end(),
                    [](const project::CorpusSpec& corpus) { return corpus.role == project::Role::generic; });
    if (!has_generic) {  // said before a file name is asked for
      throw Error(ErrorKind::project, {tr("no generic corpus").toStdString(), tr("the data page").toStdString(), "",
                                       tr("Add the text that the networks are pretrained on.").toStdString()});
    }
  } catch (const Error& error) {
    messages_->add(tr("The project cannot be run yet"), error);
    return false;
  }
  if (document_->fileName().isEmpty()) {
    if (!saveAs()) return false;
  } else if (document_->isModified() && !save()) {
    return false;  // results must come from the file that lies beside them
  }
  handProjectOver();
  return true;
}

void MainWindow::handProjectOver() {
  hand_over_->stop();
  bridge_->setProject(document_->project());
}

void MainWindow::remember(const QString& file) {
  QSettings settings;
  QStringList recent = settings.value("recent").toStringList();
  recent.removeAll(file);
  recent.prepend(file);
  while (recent.size() > kMostRecent) recent.removeLast();
  settings.setValue("recent", recent);
}

void MainWindow::fillRecent() {
  recent_->clear();
  const QStringList recent = QSettings().value("recent").toStringList();
  for (const QString& file : recent) {
    QAction* item = recent_->addAction(QFileInfo(file).fileName());
    item->setToolTip(file);
    item->setEnabled(QFileInfo::exists(file));
    connect(item, &QAction::triggered, this, [this, file] { openProject(file); });
  }
  recent_->setToolTipsVisible(true);
  if (recent.isEmpty()) recent_->addAction(tr("none"))->setEnabled(false);
}

void MainWindow::restoreSession() {
  QSettings settings;
  setTheme(theme::fromName(settings.value("theme").toString()));
  if (!restoreGeometry(settings.value("geometry").toByteArray())) {
    const QSize room = screen()->availableGeometry().size();
    resize(room.boundedTo(QSize(1280, 800)));
  }
  static_cast<UsePage*>(page(use))->restore(settings.value("use").toMap());
  showPage(settings.value("page", 0).toInt());
}

void MainWindow::openLastProject() {
  const QString file = QSettings().value("project").toString();
  if (QFileInfo::exists(file)) loadProject(file);
  offerRecovery({});
}

void MainWindow::stopAndClose() {
  if (!bridge_->isRunning()) {
    close();
    return;
  }
  closing_ = true;
  when_idle_ = [this] { close(); };
  step_->setText(tr("Saving a checkpoint…"));
  bridge_->stop();
  refreshActions();
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (bridge_->isRunning()) {
    event->ignore();
    closing_ = true;
    whenIdle([this] { close(); });
    refreshActions();
    return;
  }
  if (!maybeSave()) {
    closing_ = false;
    event->ignore();
    refreshActions();
    return;
  }
  QSettings settings;
  settings.setValue("geometry", saveGeometry());
  settings.setValue("page", pages_->currentIndex());
  settings.setValue("project", document_->fileName());
  settings.setValue("use", static_cast<UsePage*>(page(use))->saved());
  for (const QAction* item : themes_->actions()) {
    if (item->isChecked()) settings.setValue("theme", theme::toName(static_cast<theme::Choice>(item->data().toInt())));
  }
  event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  const auto urls = event->mimeData()->urls();
  if (urls.size() == 1 && urls.first().toLocalFile().endsWith(QLatin1String(".pantograph")))
    event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  const QString file = event->mimeData()->urls().value(0).toLocalFile();
  event->acceptProposedAction();
  // After the drop has ended: a question may follow, and the other program must not wait for it.
  QTimer::singleShot(0, this, [this, file] { whenIdle([this, file] { openProject(file); }); });
}

void MainWindow::showAbout() {
  QMessageBox::about(
      this, tr("About Pantograph"),
      tr("<h3>Pantograph %1</h3><p>A workbench for projected language models: pretrain one large network on a "
         "clustered generic corpus, and "
         "project it to the small model that fits a domain.</p><p>Licence: GPL-3.0-or-later. Built with Qt %2.</p>")
          .arg(QString::fromLatin1(job::program_version()).toHtmlEscaped(), QString::fromLatin1(qVersion())));
}

void MainWindow::showPlugins() {
  QDialog dialog(this);
  dialog.setWindowTitle(tr("Plugins"));
  auto* tree = new QTreeWidget(&dialog);
  tree->setHeaderLabels({tr("Plugin"), tr("Version"), tr("Gives"), tr("State"), tr("File")});
  tree->setRootIsDecorated(false);
  tree->setAlternatingRowColors(true);
  for (const corpus::PluginStatus& plugin : corpus::load_plugins(corpus::plugin_folders())) {
    QStringList capabilities;
    for (const auto& capability : plugin.capabilities) capabilities << QString::fromStdString(capability);
    new QTreeWidgetItem(
        tree, {plugin.id.empty() ? tr("unknown") : QString::fromStdString(plugin.id),
               QString::fromStdString(plugin.version), capabilities.join(QStringLiteral(", ")),
               plugin.error.empty() ? tr("loaded") : QString::fromStdString(plugin.error), toQString(plugin.path)});
  }
  for (int column = 0; column < 4; ++column) tree->resizeColumnToContents(column);
  auto* readers = new QTreeWidget(&dialog);
  readers->setHeaderLabels({tr("Reader"), tr("Files"), tr("From")});
  readers->setRootIsDecorated(false);
  readers->setAlternatingRowColors(true);
  for (const corpus::ReaderInfo* reader : corpus::ReaderRegistry::instance().all()) {
    QStringList patterns;
    for (const auto& pattern : reader->patterns) patterns << QString::fromStdString(pattern);
    new QTreeWidgetItem(readers, {QString::fromStdString(reader->name), patterns.join(QStringLiteral(", ")),
                                  QString::fromStdString(reader->origin)});
  }
  for (int column = 0; column < 2; ++column) readers->resizeColumnToContents(column);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, &dialog);
  connect(buttons, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);
  auto* layout = new QVBoxLayout(&dialog);
  layout->addWidget(new QLabel(tr("Plugins that were found"), &dialog));
  layout->addWidget(tree);
  layout->addWidget(new QLabel(tr("Readers of text"), &dialog));
  layout->addWidget(readers);
  layout->addWidget(buttons);
  dialog.resize(fontMetrics().averageCharWidth() * 110, fontMetrics().height() * 26);
  dialog.exec();
}
