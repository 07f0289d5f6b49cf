// SPDX-License-Identifier: GPL-3.0-or-later
// The window: navigation, pages, actions, messages, status. It holds the document and the bridge to the engine.
#pragma once

#include <QMainWindow>
#include <functional>

#include "theme.h"

class DiskDialog;
class EngineBridge;
class FileGuard;
class MessagePanel;
class ProjectDocument;
class QAction;
class QActionGroup;
class QLabel;
class QListWidget;
class QMenu;
class QProgressBar;
class QSettings;
class QStackedWidget;
class QTimer;

namespace pantograph::job {
struct RunEnded;
struct StepFailed;
struct StepProgress;
struct StepStarted;
}  // namespace pantograph::job

class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  enum Page { data, clusters, networks, training, specialization, results, runs, use, page_count };

  explicit MainWindow(QWidget* parent = nullptr);
  ~MainWindow() override;

  ProjectDocument* document() const { return document_; }
  EngineBridge* bridge() const { return bridge_; }
  MessagePanel* messages() const { return messages_; }
  FileGuard* guard() const { return guard_; }
  QWidget* page(Page page) const;
  DiskDialog* diskDialog() const { return disk_; }
  QAction* action(const QString& name) const;  ///< by object name: "run", "pause", "resume", "stop", "save" …

  void restoreSession();                  ///< geometry, page, theme
  void openLastProject();                 ///< what was open when the program ended; else a new project
  bool openProject(const QString& file);  ///< false when it could not be read, or the user kept what was open
  bool saveProjectTo(const QString& file);
  void setTheme(theme::Choice choice);

 public Q_SLOTS:
  void showPage(int page);
  void bringUpToDate();
  void showRun(const QString& key);      ///< on the runs page
  void useModel(const QString& source);  ///< on the use page: a model's file, or a run's folder
  void showDiskUse();
  void stopAndClose();  ///< a run is stopped without a question: its checkpoint is saved

 protected:
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void makePages();
  void makeActions();
  void makeStatus();
  QAction* addAction(const QString& name, const QString& text, const QIcon& icon, const QKeySequence& keys,
                     const QString& tip, const std::function<void()>& act);
  void connectEngine();

  void newProject();
  bool loadProject(const QString& file);
  void offerRecovery(const QString& file);
  void openDialog();
  bool save();
  bool saveAs();
  bool maybeSave();                                  ///< false: the user cancelled
  void whenIdle(const std::function<void()>& then);  ///< at once, or after a run was asked to stop and has ended
  bool prepareRun();                                 ///< saved, valid and handed to the engine
  void handProjectOver();
  void remember(const QString& file);
  void fillRecent();

  void refreshTitle();
  void refreshActions();
  void showStep(const pantograph::job::StepStarted& step);
  void showProgress(const pantograph::job::StepProgress& progress);
  void showFailure(const pantograph::job::StepFailed& step);
  void showEnd(const pantograph::job::RunEnded& ended);
  void showAbout();
  void showPlugins();

  ProjectDocument* document_;
  EngineBridge* bridge_;
  FileGuard* guard_;
  QListWidget* navigation_;
  QStackedWidget* pages_;
  MessagePanel* messages_;
  QMenu* recent_;
  QActionGroup* themes_;
  QLabel* step_;
  QProgressBar* progress_;
  QLabel* left_;
  QTimer* hand_over_;
  QString step_title_;
  DiskDialog* disk_ = nullptr;  ///< made when it is first wanted
  std::function<void()> when_idle_;
  bool closing_ = false;
};
