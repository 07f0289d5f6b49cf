// SPDX-License-Identifier: GPL-3.0-or-later
// What a killed window had not saved is offered again, and can be recovered over a file that was changed since.
#include <signal.h>

#include <QComboBox>
#include <QDir>
#include <QProcess>
#include <QSettings>
#include <QTemporaryDir>
#include <QUndoStack>
#include <QtTest>

#include "autosave.h"
#include "base/files.h"
#include "dialogs.h"
#include "dialogs/merge_dialog.h"
#include "dialogs/recovery_dialog.h"
#include "file_guard.h"
#include "format.h"
#include "job/engine.h"
#include "main_window.h"
#include "project/project_file.h"
#include "project_document.h"

using namespace pantograph;

namespace {

const char* const kText =
    "# By hand.\nschema = 1\nname = \"study\"  # title\nseed = 11\n\n# pieces\n[tokenizer]\nvocabulary = 100\n\n"
    "[clustering]\nclusters = 5\n";

/// The program that is killed: opens a project, edits it, and ends as soon as that is kept.
int edit_and_die(const QString& file) {
  MainWindow window;
  if (!file.isEmpty() && !window.openProject(file)) return 1;
  window.document()->change("seed", [](project::Project& p) { p.seed = 99, p.seeds = {99}; });
  window.document()->change("name", [](project::Project& p) { p.name = "edited"; });
  QTest::qWait(Autosave::kMilliseconds + 300);  // by its own timer
  window.guard()->autosave()->wait();
  ::kill(::getpid(), SIGKILL);
  return 1;
}

}  // namespace

class TestRecovery : public QObject {
  Q_OBJECT
  std::unique_ptr<QTemporaryDir> dir_;
  QString file() const { return dir_->filePath("p.pantograph"); }
  std::string text() const { return read_file(toPath(file())); }
  void write(const std::string& content) const { write_atomically(toPath(file()), content); }
  static std::string replaced(std::string content, const std::string& what, const std::string& with) {
    content.replace(content.find(what), what.size(), with);
    return content;
  }
  void killAWindow(const QString& project) const {
    QProcess process;
    process.start(QCoreApplication::applicationFilePath(), {"--edit-and-die", project});
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(process.exitStatus(), QProcess::CrashExit);
  }

 private Q_SLOTS:
  void initTestCase() { job::initialize_engine(); }
  void init() {
    dir_ = std::make_unique<QTemporaryDir>();
    qputenv("XDG_STATE_HOME", dir_->filePath("state").toUtf8());
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, dir_->filePath("settings"));
    write(kText);
  }

  void killedWindowsEditsAreOffered();
  void theyMayWaitOrGo();
  void editsOfAProjectThatWasNeverSaved();
  void editsOfAFileThatChangedSince();
  void whatIsSavedIsForgotten();
  void anOpenWindowsEditsAreItsOwn();
};

void TestRecovery::killedWindowsEditsAreOffered() {
  killAWindow(file());
  QCOMPARE(Autosave::left().size(), 1);
  QCOMPARE(Autosave::left()[0].file, file());
  MainWindow window;
  window.show();
  bool met = false;
  answer<RecoveryDialog>("Recover", &met);
  QVERIFY(window.openProject(file()));
  QVERIFY(met);
  QCOMPARE(window.document()->project().name, std::string("edited"));
  QCOMPARE(window.document()->project().seed, std::uint64_t{99});
  QVERIFY(window.document()->isModified());
  QCOMPARE(text(), std::string(kText));  // until it is saved
  QVERIFY(Autosave::left().isEmpty());   // it is this window's now
  QVERIFY(!QDir(Autosave::folder()).isEmpty());
  window.document()->undoStack()->undo();
  QCOMPARE(window.document()->project().name, std::string("study"));
  window.document()->undoStack()->redo();
  QVERIFY(window.saveProjectTo(file()));
  QCOMPARE(text(), replaced(replaced(kText, "\"study\"", "\"edited\""), "seed = 11", "seed = 99"));
}

void TestRecovery::theyMayWaitOrGo() {
  killAWindow(file());
  MainWindow window;
  bool later = false, gone = false;
  answer<RecoveryDialog>("Later", &later);
  QVERIFY(window.openProject(file()));
  QVERIFY(later);
  QCOMPARE(window.document()->project().seed, std::uint64_t{11});
  answer<RecoveryDialog>("Throw away", &gone);
  window.openLastProject();  // offers those of all projects
  QVERIFY(gone);
  QVERIFY(!window.document()->isModified());
  QVERIFY(Autosave::left().isEmpty());
  QVERIFY(window.openProject(file()));  // and asks no more
}

void TestRecovery::editsOfAProjectThatWasNeverSaved() {
  killAWindow({});
  MainWindow window;
  bool met = false;
  answer<RecoveryDialog>("Recover", &met);
  window.openLastProject();
  QVERIFY(met);
  QCOMPARE(window.document()->project().name, std::string("edited"));
  QVERIFY(window.document()->fileName().isEmpty() && window.document()->isModified());
  window.document()->undoStack()->setClean();
}

void TestRecovery::editsOfAFileThatChangedSince() {
  killAWindow(file());
  write(replaced(replaced(kText, "clusters = 5", "clusters = 6 # theirs"), "\"study\"", "\"theirs\""));
  MainWindow window;
  bool offered = false, compared = false;
  meet<RecoveryDialog>(
      [&](RecoveryDialog* dialog) {
        meet<MergeDialog>(
            [](MergeDialog* merge) {
              const auto boxes = merge->findChildren<QComboBox*>();
              QCOMPARE(boxes.size(), 4);  // name, seed, seeds, clusters
              click(merge, "Use these");
            },
            &compared);
        click(dialog, "Recover");
      },
      &offered);
  QVERIFY(window.openProject(file()));
  QVERIFY(offered && compared);
  const project::Project& project = window.document()->project();
  QCOMPARE(project.name, std::string("edited"));  // both changed it: the edits, unless told otherwise
  QCOMPARE(project.seed, std::uint64_t{99});
  QCOMPARE(project.clustering.clusters, 6);
  QVERIFY(window.saveProjectTo(file()));
  QVERIFY(text().find("# theirs") != std::string::npos);
}

void TestRecovery::whatIsSavedIsForgotten() {
  ProjectDocument document;
  Autosave autosave(&document);
  document.load(file());
  document.change("seed", [](project::Project& p) { p.seed = 5; });
  autosave.keepNow();
  autosave.wait();
  QCOMPARE(QDir(Autosave::folder()).entryList({"*.json"}).size(), 1);
  document.save(file());
  autosave.wait();
  QVERIFY(QDir(Autosave::folder()).isEmpty());
  document.change("seed", [](project::Project& p) { p.seed = 6; });
  autosave.keepNow();
  document.undoStack()->undo();  // back to what is saved
  autosave.wait();
  QVERIFY(QDir(Autosave::folder()).isEmpty());
}

void TestRecovery::anOpenWindowsEditsAreItsOwn() {
  ProjectDocument document;
  Autosave autosave(&document);
  document.load(file());
  document.change("broken",
                  [](project::Project& p) { p.clustering.clusters = 0; });  // edits in progress may break rules
  autosave.keepNow();
  autosave.wait();
  QVERIFY(Autosave::left().isEmpty());
  const QDir dir(Autosave::folder());
  const std::string entry = read_file(toPath(dir.filePath(dir.entryList({"*.json"}).value(0))));
  QVERIFY(entry.find("clusters = 0") != std::string::npos);
}

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  QCoreApplication::setOrganizationName(QStringLiteral("Pantograph"));
  QCoreApplication::setApplicationName(QStringLiteral("test_recovery"));
  if (argc > 2 && qstrcmp(argv[1], "--edit-and-die") == 0) return edit_and_die(QString::fromLocal8Bit(argv[2]));
  TestRecovery test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_recovery.moc"
