// SPDX-License-Identifier: GPL-3.0-or-later
// Disk use and what an engine does of it: planned, chosen, removed; runs annotated, deleted and taken back, for real.
#include <QApplication>
#include <QMessageBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <QTreeWidget>
#include <filesystem>

#include "base/files.h"
#include "disk_dialog.h"
#include "engine_bridge.h"
#include "pages/results_model.h"
#include "pages/results_page.h"
#include "pages/run_notes_form.h"
#include "pages/runs_model.h"
#include "pages/runs_page.h"
#include "plot/curve_plot.h"
#include "project/project_file.h"
#include "project_document.h"
#include "support/tiny_project.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

/// Presses a button of the question that comes next.
void answer(const QString& button) {
  auto* timer = new QTimer(qApp);
  QObject::connect(timer, &QTimer::timeout, timer, [timer, button] {
    auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
    if (box == nullptr) return;
    timer->deleteLater();
    for (auto* one : box->buttons()) {
      if (one->text().remove('&') == button) return one->click();
    }
  });
  timer->start(20);
}

}  // namespace

class TestDiskDialog : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  ProjectDocument document_;
  EngineBridge bridge_;
  fs::path artifacts_;

  void handOver() {
    QSignalSpy views(&bridge_, &EngineBridge::viewChanged);
    bridge_.setProject(document_.project());
    bridge_.refresh();
    QVERIFY(views.wait(20'000));
    QTest::qWait(150);
  }

 private Q_SLOTS:
  void initTestCase() {
    job::initialize_engine();
    QApplication::setStyle(QStringLiteral("Fusion"));
    const auto file = tiny::make_project(dir_.path().toStdString());
    document_.load(QString::fromStdString(file.string()));
    document_.change("smaller", [](project::Project& project) {
      project.specialization.domains = {"law"};
      for (project::MethodSpec& method : project.methods) method.generic.tokens = 4096;
    });
    document_.save(QString::fromStdString(file.string()));
    artifacts_ = document_.project().artifacts();
    QSignalSpy ended(&bridge_, &EngineBridge::runEnded);
    bridge_.setProject(document_.project());
    bridge_.start();
    QVERIFY(ended.wait(240'000));
    QCOMPARE(int(qvariant_cast<job::RunEnded>(ended.first().first()).kind), int(job::RunEnded::finished));
    QCOMPARE(bridge_.view()->history.size(), std::size_t(4));
  }

  void resultsStayWhenABudgetChanges() {
    ResultsPage page(&document_, &bridge_);
    page.showView(bridge_.view());
    QCOMPARE(page.filter()->rowCount(), 2);
    QCOMPARE(page.noticeText(), QString());
    document_.change("budget", [](project::Project& project) { project.methods[0].generic.tokens = 6000; });
    handOver();
    QCOMPARE(page.filter()->rowCount(), 2);  // one is of earlier settings, and still there
    QCOMPARE(page.model()->earlierCount(), 1);
    document_.change("budget", [](project::Project& project) { project.methods[1].generic.tokens = 6000; });
    handOver();
    QVERIFY(!page.isEmpty());
    QCOMPARE(page.filter()->rowCount(), 2);
    QCOMPARE(page.model()->earlierCount(), 2);
    QVERIFY2(page.noticeText().contains("2 result"), qPrintable(page.noticeText()));
    document_.undoStack()->undo();
    document_.undoStack()->undo();
    handOver();
    QCOMPARE(page.model()->earlierCount(), 0);
    QCOMPARE(page.noticeText(), QString());
  }

  void settingsAreTakenBack() {
    RunsPage page(&document_, &bridge_);
    const project::Project before = document_.project();
    document_.change("budget", [](project::Project& project) {
      project.methods[0].generic.tokens = 9000;
      project.specialization.max_steps = 7;
      project.methods.pop_back();
    });
    handOver();
    for (const auto& run : bridge_.view()->history) QVERIFY(!run->present);
    page.selectRuns({QString::fromStdString(bridge_.view()->history.back()->record.key)});
    QSignalSpy told(&page, &RunsPage::told);
    page.takeBackButton()->click();
    QCOMPARE(told.count(), 1);
    const QString text = told[0][1].toString();
    QVERIFY2(text.contains("method.slm.generic.tokens: 4096, before 9000"), qPrintable(text));
    QVERIFY2(text.contains("specialization.max_steps: 30, before 7"), qPrintable(text));
    QVERIFY2(text.contains("method.slm-pn is there again"), qPrintable(text));
    QVERIFY(document_.project() == before);
    handOver();
    for (const auto& run : bridge_.view()->history) QVERIFY(run->present);
    page.takeBackButton()->click();
    QCOMPARE(told.count(), 2);
    QVERIFY2(told[1][0].toString().contains("Nothing"), qPrintable(told[1][0].toString()));
    document_.undoStack()->undo();  // it is an edit like any other
    QCOMPARE(document_.project().methods.size(), std::size_t(1));
    document_.undoStack()->redo();
    handOver();
  }

  void notesReachTheDisk() {
    RunsPage page(&document_, &bridge_);
    const auto run = bridge_.view()->history.front();
    page.selectRuns({QString::fromStdString(run->record.key)});
    QSignalSpy curves(&bridge_, &EngineBridge::curvesRead), views(&bridge_, &EngineBridge::viewChanged);
    if (page.plot()->curveIds().isEmpty()) QVERIFY(curves.wait(10'000));
    QVERIFY(!page.plot()->curveIds().isEmpty());
    bridge_.annotate(QString::fromStdString(run->record.key), {"best", "", {"paper"}, true, true});
    QVERIFY(views.wait(10'000));
    QCOMPARE(page.model()->index(0, RunsModel::name).data().toString(), QStringLiteral("best"));
    QCOMPARE(page.model()->index(0, RunsModel::star).data().toString(), QStringLiteral("★"));
    QVERIFY(fs::exists(run->folder / "notes.json"));
  }

  void whatIsCheckedIsRemoved() {
    fs::create_directories(artifacts_ / "tokenize/law/00000000000000aa");
    write_atomically(artifacts_ / "tokenize/law/00000000000000aa/manifest.json", R"({"format": 1})");
    write_atomically(artifacts_ / "tokenize/law/00000000000000aa/tokens.h5", std::string(5000, 'x'));
    write_atomically(bridge_.view()->history.front()->folder / "network.h5.damaged", std::string(3000, 'x'));
    fs::create_directories(bridge_.view()->history.back()->folder / "checkpoints");
    write_atomically(bridge_.view()->history.back()->folder / "checkpoints/1.h5", std::string(2000, 'x'));
    DiskDialog dialog(&document_, &bridge_);
    dialog.show();
    QSignalSpy planned(&bridge_, &EngineBridge::prunePlanned), pruned(&bridge_, &EngineBridge::pruned);
    dialog.look();
    QVERIFY(planned.wait(10'000));
    QVERIFY2(dialog.summary().startsWith("Runs: 4"), qPrintable(dialog.summary()));
    const auto paths = [&] {
      QStringList out;
      for (const auto& item : dialog.checked().items)
        out << QString::fromStdString(item.path.lexically_relative(artifacts_).string());
      return out.join('\n');
    };
    QVERIFY2(paths().contains("tokenize/law/00000000000000aa"), qPrintable(paths()));
    QVERIFY2(paths().contains("network.h5.damaged"), qPrintable(paths()));
    QVERIFY2(paths().contains("checkpoints"), qPrintable(paths()));
    QVERIFY2(dialog.removalText().contains("Former format"), qPrintable(dialog.removalText()));
    // One kind is left alone.
    for (int i = 0; i < dialog.items()->topLevelItemCount(); ++i) {
      QTreeWidgetItem* group = dialog.items()->topLevelItem(i);
      if (group->text(0).startsWith("Former")) group->setCheckState(0, Qt::Unchecked);
    }
    QVERIFY(!paths().contains("00000000000000aa"));
    answer("Keep");
    dialog.removeButton()->click();
    QTest::qWait(200);
    QCOMPARE(pruned.count(), 0);
    answer("Remove");
    dialog.removeButton()->click();
    QVERIFY(pruned.wait(10'000));
    QVERIFY2(dialog.answer().contains("freed"), qPrintable(dialog.answer()));
    QVERIFY(fs::exists(artifacts_ / "tokenize/law/00000000000000aa/tokens.h5"));
    QVERIFY(!fs::exists(bridge_.view()->history.front()->folder / "network.h5.damaged"));
    planned.clear();
    if (planned.isEmpty()) planned.wait(5000);
    // Nothing that counts went: all is up to date.
    QSignalSpy ended(&bridge_, &EngineBridge::runEnded);
    bridge_.start();
    QVERIFY(ended.wait(60'000));
    QCOMPARE(qvariant_cast<job::RunEnded>(ended.first().first()).steps_run, 0);
  }

  void aDeletedRunIsGone() {
    RunsPage page(&document_, &bridge_);
    const auto run = bridge_.view()->history.front();
    page.selectRuns({QString::fromStdString(run->record.key)});
    QSignalSpy views(&bridge_, &EngineBridge::viewChanged);
    answer("Delete");
    page.deleteButton()->click();
    QVERIFY(views.wait(10'000));
    QTRY_COMPARE(page.model()->rowCount(), 3);
    QVERIFY(!fs::exists(run->folder));
    QVERIFY(page.selectedRuns().isEmpty());
  }
};

QTEST_MAIN(TestDiskDialog)
#include "test_disk_dialog.moc"
