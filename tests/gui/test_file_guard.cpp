// SPDX-License-Identifier: GPL-3.0-or-later
// A project's file that others change while it is open: it is noticed, and asked about before it is written over.
#include <QComboBox>
#include <QMessageBox>
#include <QSettings>
#include <QTemporaryDir>
#include <QUndoStack>
#include <QtTest>
#include <fstream>

#include "base/files.h"
#include "dialogs.h"
#include "dialogs/merge_dialog.h"
#include "file_guard.h"
#include "format.h"
#include "job/engine.h"
#include "main_window.h"
#include "project/project_file.h"
#include "project_document.h"
#include "widgets/notice_bar.h"

using namespace pantograph;

namespace {

const char* const kText =
    "# By hand.\nschema = 1\nname = \"study\"  # title\nseed = 11\n\n# pieces\n[tokenizer]\nvocabulary = 100\n\n"
    "[clustering]\nclusters = 5\n";
constexpr int kWait = 10'000;

}  // namespace

class TestFileGuard : public QObject {
  Q_OBJECT
  std::unique_ptr<QTemporaryDir> dir_;
  QString file() const { return dir_->filePath("p.pantograph"); }
  std::string text() const { return read_file(toPath(file())); }
  void write(const std::string& content) const { write_atomically(toPath(file()), content); }
  static std::string replaced(std::string content, const std::string& what, const std::string& with) {
    content.replace(content.find(what), what.size(), with);
    return content;
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

  void changesByOthersAreNoticed_data();
  void changesByOthersAreNoticed();
  void theOwnSaveIsNoChange();
  void keepingMineWritesItIntoTheirText();
  void twoWindowsSaveOneAfterTheOther();
  void aFileThatCannotBeRead();
  void aFileThatIsGone();
  void aRunAsksFirst();
  void choicesThatDoNotGoTogether();
};

void TestFileGuard::changesByOthersAreNoticed_data() {
  QTest::addColumn<QString>("how");
  for (const char* how : {"renamed over", "written in place", "removed and made again"}) QTest::newRow(how) << how;
}

void TestFileGuard::changesByOthersAreNoticed() {
  QFETCH(QString, how);
  MainWindow window;
  window.show();
  QVERIFY(window.openProject(file()));
  window.document()->change("seed", [](project::Project& p) { p.seed = 5; });
  const std::string theirs = replaced(kText, "clusters = 5", "clusters = 6 # theirs");
  if (how == "renamed over") write(theirs);
  if (how == "removed and made again") QFile::remove(file());
  if (how != "renamed over") std::ofstream(toPath(file())) << theirs;
  NoticeBar* const bar = window.guard()->bar();
  QTRY_VERIFY_WITH_TIMEOUT(bar->text().contains("changed by another program, and has unsaved changes"), kWait);
  QCOMPARE(window.document()->project().clustering.clusters, 5);  // nothing happens by itself
  click(bar, "Reload");
  QVERIFY(bar->isHidden());
  QCOMPARE(window.document()->project().clustering.clusters, 6);
  QCOMPARE(window.document()->project().seed, std::uint64_t{11});
  QVERIFY(!window.document()->isModified());
  window.document()->undoStack()->undo();  // what was here is not lost
  QCOMPARE(window.document()->project().seed, std::uint64_t{5});
  QVERIFY(window.document()->isModified());
  window.document()->undoStack()->redo();
  // Comments and layout alone are nothing to ask about, and the next save keeps them.
  write("# more\n" + theirs);
  QTRY_VERIFY_WITH_TIMEOUT(window.document()->savedText().starts_with("# more"), kWait);
  QVERIFY(bar->isHidden() && !window.document()->isModified());
  window.document()->change("seed", [](project::Project& p) { p.seed = 6, p.seeds = {6}; });
  QVERIFY(window.saveProjectTo(file()));
  QCOMPARE(text(), "# more\n" + replaced(theirs, "seed = 11", "seed = 6"));
}

void TestFileGuard::theOwnSaveIsNoChange() {
  MainWindow window;
  window.show();
  QVERIFY(window.openProject(file()));
  for (int seed = 1; seed < 4; ++seed) {
    window.document()->change("seed", [&](project::Project& p) { p.seed = static_cast<std::uint64_t>(seed); });
    QVERIFY(window.saveProjectTo(file()));
    QTest::qWait(400);
    QVERIFY(window.guard()->bar()->isHidden());
  }
}

void TestFileGuard::keepingMineWritesItIntoTheirText() {
  MainWindow window;
  window.show();
  QVERIFY(window.openProject(file()));
  write(replaced(kText, "clusters = 5", "clusters = 6 # theirs"));
  NoticeBar* const bar = window.guard()->bar();
  QTRY_COMPARE_WITH_TIMEOUT(bar->text(), QStringLiteral("p.pantograph was changed by another program."), kWait);
  click(bar, "Keep mine");
  QVERIFY(bar->isHidden());
  QVERIFY(window.document()->isModified());  // what is here is not what the file has
  QVERIFY(window.saveProjectTo(file()));
  QCOMPARE(text(), replaced(kText, "clusters = 5", "clusters = 5 # theirs"));
  QVERIFY(!window.document()->isModified());
}

void TestFileGuard::twoWindowsSaveOneAfterTheOther() {
  MainWindow first, second;
  QVERIFY(first.openProject(file()) && second.openProject(file()));
  first.document()->change("clusters", [](project::Project& p) { p.clustering.clusters = 6; });
  second.document()->change("vocabulary", [](project::Project& p) { p.tokenizer.vocabulary = 200; });
  QVERIFY(first.saveProjectTo(file()));
  const std::string after_first = text();
  bool cancelled = false, asked = false, compared = false;
  answer<QMessageBox>("Cancel", &cancelled);
  QVERIFY(!second.saveProjectTo(file()));
  QVERIFY(cancelled && second.document()->isModified());
  QCOMPARE(text(), after_first);
  meet<QMessageBox>(
      [&](QMessageBox* box) {
        answer<MergeDialog>("Use these", &compared);
        click(box, "Compare");
      },
      &asked);
  QVERIFY(second.saveProjectTo(file()));
  QVERIFY(asked && compared);
  const project::Project both = project::load_project(toPath(file()));
  QCOMPARE(both.clustering.clusters, 6);
  QCOMPARE(both.tokenizer.vocabulary, 200);
  QCOMPARE(text(), replaced(replaced(kText, "clusters = 5", "clusters = 6"), "vocabulary = 100", "vocabulary = 200"));
}

void TestFileGuard::aFileThatCannotBeRead() {
  MainWindow window;
  window.show();
  QVERIFY(window.openProject(file()));
  window.document()->change("seed", [](project::Project& p) { p.seed = 5, p.seeds = {5}; });
  write("<<<<<<< mine\nschema = 1\n");
  NoticeBar* const bar = window.guard()->bar();
  QTRY_VERIFY_WITH_TIMEOUT(bar->text().contains("cannot be read: not valid TOML"), kWait);
  bool asked = false;
  answer<QMessageBox>("Cancel", &asked);
  QVERIFY(!window.saveProjectTo(file()));
  QVERIFY(asked);
  click(bar, "Keep mine");
  write("<<<<<<< mine\nschema = 1\n");  // the same again is no news
  QTest::qWait(400);
  QVERIFY(bar->isHidden());
  QVERIFY(window.saveProjectTo(file()));
  QCOMPARE(text(), replaced(kText, "seed = 11", "seed = 5"));  // with the comments of the text before
}

void TestFileGuard::aFileThatIsGone() {
  MainWindow window;
  window.show();
  QVERIFY(window.openProject(file()));
  QVERIFY(QFile::rename(file(), file() + ".old"));
  NoticeBar* const bar = window.guard()->bar();
  QTRY_VERIFY_WITH_TIMEOUT(bar->text().contains("moved or removed"), kWait);
  QVERIFY(QFile::rename(file() + ".old", file()));  // and back
  QTRY_VERIFY_WITH_TIMEOUT(bar->isHidden(), kWait);
  QVERIFY(!window.document()->isModified());
  QVERIFY(QFile::remove(file()));
  QTRY_VERIFY_WITH_TIMEOUT(!bar->isHidden(), kWait);
  click(bar, "Keep mine");
  QVERIFY(window.document()->isModified());
  QVERIFY(window.saveProjectTo(file()));
  QCOMPARE(text(), std::string(kText));
}

void TestFileGuard::aRunAsksFirst() {
  write(std::string(kText) + "\n[[corpus]]\nname = 'a'\npaths = ['text']\n");
  MainWindow window;
  QVERIFY(window.openProject(file()));
  write(replaced(text(), "clusters = 5", "clusters = 6"));
  bool asked = false;
  answer<QMessageBox>("Cancel", &asked);
  window.bringUpToDate();
  QVERIFY(asked);
  QVERIFY(!QFileInfo::exists(dir_->filePath("p.artifacts/lock")));
}

void TestFileGuard::choicesThatDoNotGoTogether() {
  project::Project base = project::parse_project(std::string(kText) + "[network.a]\n[network.b]\n", "p.pantograph");
  project::Project mine = base, theirs = base;
  project::MethodSpec method;
  method.name = method.kind = "slm";
  method.network = "b";
  mine.methods.push_back(method);
  theirs.small.pop_back();
  MergeDialog dialog(base, mine, theirs);
  dialog.show();
  QCOMPARE(dialog.count(), 2U);
  const auto use = [&] {
    for (QPushButton* button : dialog.findChildren<QPushButton*>()) {
      if (button->text().contains("Use these")) return button->isEnabled();
    }
    return false;
  };
  QVERIFY(!use());  // the network is gone that the new method has
  click(&dialog, "All from here");
  QVERIFY(use());
  QVERIFY(dialog.result() == mine);
  click(&dialog, "All from disk");
  QVERIFY(use());
  QVERIFY(dialog.result() == theirs);
}

QTEST_MAIN(TestFileGuard)
#include "test_file_guard.moc"
