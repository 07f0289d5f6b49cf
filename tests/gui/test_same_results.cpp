// SPDX-License-Identifier: GPL-3.0-or-later
// One project, two front ends: the window and `pantograph --batch` write the same results.json, times aside.
#include <QApplication>
#include <QProcess>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/machine.h"
#include "engine_bridge.h"
#include "job/engine.h"
#include "main_window.h"
#include "support/tiny_project.h"

namespace {

std::string results(const QTemporaryDir& folder) {
  return tiny::timeless_results((folder.path() + "/tiny.pantograph").toStdString()).dump(1);
}

}  // namespace

class TestSameResults : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void windowAndBatch() {
    QStandardPaths::setTestModeEnabled(true);
    QTemporaryDir in_window, headless, state;
    qputenv("XDG_STATE_HOME", state.path().toUtf8());
    const auto window_file = QString::fromStdString(tiny::make_project(in_window.path().toStdString()).string());
    const auto headless_file = QString::fromStdString(tiny::make_project(headless.path().toStdString()).string());

    pantograph::job::initialize_engine();
    MainWindow window;
    window.show();
    QVERIFY(window.openProject(window_file));
    QSignalSpy ended(window.bridge(), &EngineBridge::runEnded);
    window.bringUpToDate();
    // Looking about while it trains must not change a number.
    for (int i = 0; ended.isEmpty() && i < 2400; ++i) {
      window.showPage(i % MainWindow::page_count);
      if (i == 20) window.bridge()->setProbes({{"law", {pantograph::train::ExpertChoice::lowest_loss, 0}}});
      QTest::qWait(100);
    }
    QCOMPARE(ended.size(), 1);

    QProcess batch;
    // Both programs choose OpenBLAS's kernels when they start; a test that became one of them on its way must say them.
    const std::string kernel = pantograph::this_machine().blas.kernel;
    if (!kernel.empty()) qputenv("OPENBLAS_CORETYPE", QByteArray::fromStdString(kernel));
    batch.start(PANTOGRAPH_PROGRAM, {"--batch", headless_file});
    QVERIFY(batch.waitForFinished(240'000));
    QVERIFY2(batch.exitCode() == 0, batch.readAllStandardError().constData());
    QCOMPARE(results(in_window), results(headless));
  }
};

QTEST_MAIN(TestSameResults)
#include "test_same_results.moc"
