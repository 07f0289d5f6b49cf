// SPDX-License-Identifier: GPL-3.0-or-later
// A whole tiny experiment through the window: text in, run, results, save, reopen; with a screenshot of every page.
#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QDir>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QListWidget>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QStackedWidget>
#include <QTableView>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTimer>
#include <QUndoStack>
#include <QtTest>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine_bridge.h"
#include "main_window.h"
#include "measure/results.h"
#include "pages/cluster_model.h"
#include "pages/clusters_page.h"
#include "pages/data_page.h"
#include "pages/methods_editor.h"
#include "pages/networks_page.h"
#include "preview_dialog.h"
#include "project_document.h"
#include "support/tiny_project.h"
#include "widgets/count_edit.h"
#include "widgets/heat_map.h"
#include "widgets/message_panel.h"
#include "widgets/slider_spin.h"

using namespace pantograph;

namespace {

constexpr int kRunMilliseconds = 240'000;

/// The longest time that the event loop did not get round to a 5 ms timer.
class LoopWatch {
 public:
  LoopWatch() {
    timer_.setTimerType(Qt::PreciseTimer);
    QObject::connect(&timer_, &QTimer::timeout, &timer_, [this] { gaps_.push_back(clock_.restart()); });
    clock_.start();
    timer_.start(5);
  }
  qint64 longest() const { return gaps_.isEmpty() ? 0 : *std::max_element(gaps_.begin(), gaps_.end()); }
  qint64 percentile(double share) const {
    if (gaps_.isEmpty()) return 0;
    QList<qint64> sorted = gaps_;
    std::sort(sorted.begin(), sorted.end());
    return sorted[static_cast<qsizetype>(share * static_cast<double>(sorted.size() - 1))];
  }

 private:
  QTimer timer_;
  QElapsedTimer clock_;
  QList<qint64> gaps_;
};

void type(QLineEdit* edit, const QString& text) {
  edit->selectAll();
  QTest::keyClicks(edit, text);
  QTest::keyClick(edit, Qt::Key_Return);
}

/// Answers the next question by the button whose text contains `text`.
void answer(const QString& text, bool* seen) {
  auto* timer = new QTimer(qApp);
  QObject::connect(timer, &QTimer::timeout, timer, [timer, text, seen] {
    auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
    if (!box) return;
    for (QAbstractButton* button : box->buttons()) {
      if (!button->text().remove('&').contains(text)) continue;
      *seen = true;
      timer->deleteLater();
      timer->stop();
      button->click();
      return;
    }
  });
  timer->start(20);
}

void picture(MainWindow& window, const QString& name) {
  const QString folder = QStringLiteral(PANTOGRAPH_BINARY_DIR "/screenshots");
  QDir().mkpath(folder);
  QTest::qWait(60);
  QVERIFY(window.grab().save(QStringLiteral("%1/%2.png").arg(folder, name)));
}

void screenshots(MainWindow& window, const QString& state) {
  static const char* const names[] = {"data",           "clusters", "networks", "training",
                                      "specialization", "results",  "runs",     "use"};
  for (const auto choice : {theme::Choice::light, theme::Choice::dark}) {
    window.setTheme(choice);
    for (const QSize& size : {QSize(1280, 800), QSize(1920, 1080)}) {
      window.resize(size);
      for (int page = 0; page < MainWindow::page_count; ++page) {
        window.showPage(page);
        QTest::qWait(60);
        QCOMPARE(window.size(), size);  // no page forces the window to grow
        picture(window, QStringLiteral("%1-%2-%3-%4").arg(state, names[page], theme::toName(choice)).arg(size.width()));
      }
    }
  }
  window.setTheme(theme::Choice::light);
  window.resize(1280, 800);
}

}  // namespace

class TestWindow : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    QVERIFY(folder_.isValid());
    QCoreApplication::setOrganizationName(QStringLiteral("Pantograph"));
    QCoreApplication::setApplicationName(QStringLiteral("test_window"));
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder_.filePath("settings"));
    qputenv("XDG_STATE_HOME", folder_.filePath("state").toUtf8());
    job::initialize_engine();
    const auto path = [this](const char* name) { return folder_.filePath(name).toStdString(); };
    tiny::write_corpus(path("generic.jsonl"), {"kitchen", "court"}, 1, 400);
    tiny::write_corpus(path("cooking.jsonl"), {"kitchen"}, 2, 120);
    std::ofstream(path("cooking.jsonl"), std::ios::app) << R"({"text": ""})"
                                                           "\n";
  }

  void an_empty_window_says_what_to_do() {
    MainWindow window;
    window.resize(1280, 800);
    window.show();
    QVERIFY(window.windowTitle().contains("Untitled"));
    auto* data = window.page(MainWindow::data);
    bool found = false;
    for (auto* button : data->findChildren<QPushButton*>())
      found = found || (button->isVisible() && button->text().remove('&').startsWith("Add files"));
    QVERIFY(found);
    screenshots(window, "empty");
    // A run cannot start: the project has no text.
    window.showPage(MainWindow::data);
    window.bringUpToDate();
    QVERIFY(!window.bridge()->isRunning());
    QCOMPARE(window.messages()->count(), 1);
    window.messages()->clear();
    QVERIFY(!window.messages()->isVisible());
  }

  void every_page_has_its_key() {
    MainWindow window;
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    window.activateWindow();
    if (!QTest::qWaitForWindowActive(&window, 2000)) QSKIP("this display gives no window the focus");
    auto* stack = window.findChild<QListWidget*>();
    for (int page = MainWindow::page_count - 1; page >= 0; --page) {
      QTest::keyClick(&window, static_cast<Qt::Key>(Qt::Key_1 + page), Qt::ControlModifier);
      QTRY_COMPARE(stack->currentRow(), page);
    }
  }

  void a_bad_file_gets_a_message_and_changes_nothing() {
    const QString file = folder_.filePath("broken.pantograph");
    std::ofstream(file.toStdString()) << "schema = 1\nclusterz = 2\n";
    MainWindow window;
    window.show();
    QVERIFY(!window.openProject(file));
    QCOMPARE(window.messages()->count(), 1);
    QVERIFY2(window.messages()->text(0).contains("clusterz"), qPrintable(window.messages()->text(0)));
    QVERIFY(window.document()->fileName().isEmpty());
    QVERIFY(!window.openProject(folder_.filePath("missing.pantograph")));
    QCOMPARE(window.messages()->count(), 2);
    window.resize(1280, 800);
    picture(window, "messages");
  }

  void a_whole_experiment() {
    MainWindow window;
    window.resize(1280, 800);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));

    // Text, by drag and drop: the first corpus is the generic one, the next a domain.
    auto* data = qobject_cast<DataPage*>(window.page(MainWindow::data));
    dropAndAdd(data, {folder_.filePath("generic.jsonl")});
    dropAndAdd(data, {folder_.filePath("cooking.jsonl")});
    QCOMPARE(window.document()->project().corpora.size(), 2U);
    QCOMPARE(window.document()->project().corpora[0].reader, std::string("jsonl"));
    QCOMPARE(window.document()->project().specialization.domains, std::vector<std::string>{"cooking"});
    window.action("undo")->trigger();
    QCOMPARE(window.document()->project().corpora.size(), 1U);
    window.action("redo")->trigger();
    QCOMPARE(data->table()->model()->rowCount(), 2);
    dropAndAdd(data, {folder_.filePath("generic.jsonl"), folder_.filePath("cooking.jsonl")},
               [](CorpusPreviewDialog* dialog) { check(dialog, "One domain for each"); });
    QCOMPARE(data->table()->model()->rowCount(), 4);
    window.action("undo")->trigger();
    QCOMPARE(data->table()->model()->rowCount(), 2);

    // A small vocabulary and few clusters.
    for (auto* edit : data->findChildren<CountEdit*>()) {
      if (edit->count() == 4096) type(edit, "320");
    }
    QCOMPARE(window.document()->project().tokenizer.vocabulary, 320);
    window.showPage(MainWindow::clusters);
    auto* clusters = qobject_cast<ClustersPage*>(window.page(MainWindow::clusters));
    clusters->findChildren<QSpinBox*>().first()->setValue(2);
    QCOMPARE(window.document()->project().clustering.clusters, 2);

    // A network of a few thousand parameters; the costs follow at once.
    window.showPage(MainWindow::networks);
    auto* networks = qobject_cast<NetworksPage*>(window.page(MainWindow::networks));
    const QString before = networks->costs()->item(0, 1)->text();
    const int steps = window.document()->undoStack()->count();
    networks->layersControl()->spinBox()->setValue(1);
    networks->widthControl()->spinBox()->setValue(16);
    QCOMPARE(window.document()->project().small.front().layers, 1);
    QCOMPARE(window.document()->project().small.front().width, 16);
    QVERIFY(networks->costs()->item(0, 1)->text() != before);
    QCOMPARE(window.document()->undoStack()->count(), steps + 2);
    MethodsEditor* methods = networks->methods();
    QCOMPARE(methods->selected(), std::string());  // the budget of all of them
    type(methods->tokensEdit(), "60k");
    type(methods->tokensPerStepEdit(), "512");
    for (const project::MethodSpec& method : window.document()->project().methods) {
      QCOMPARE(method.generic.tokens, 60'000U);
      QCOMPARE(method.generic.tokens_per_step, 512U);
    }
    window.document()->change("small steps", [](project::Project& project) {
      project.evaluation_tokens = 4000;
      project.small.front().context = 32;
      project.clustering.features = 1024;
      project.clustering.dimensions = 8;
      project.specialization.tokens = {2000};
      project.specialization.tokens_per_step = 256;
      project.specialization.max_steps = 30;
      project.specialization.evaluate_every = 5;
      for (project::MethodSpec& method : project.methods) {
        method.generic.rate = 1e-2;
        method.generic.warmup = 5;
      }
    });
    QVERIFY(window.isWindowModified());
    const QString file = folder_.filePath("study.pantograph");
    QVERIFY(window.saveProjectTo(file));
    QVERIFY(!window.isWindowModified());
    QCOMPARE(window.document()->project().name, std::string("study"));
    QCOMPARE(window.document()->project().corpora[0].paths.front(), std::string("generic.jsonl"));

    // Run: pause and resume on the way; the window answers all the time.
    QSignalSpy ended(window.bridge(), &EngineBridge::runEnded), paused(window.bridge(), &EngineBridge::pausedChanged);
    QSignalSpy metrics(window.bridge(), &EngineBridge::metricsAdded);
    window.showPage(MainWindow::training);
    {
      LoopWatch watch;
      window.action("run")->trigger();
      QVERIFY(window.bridge()->isRunning());
      QVERIFY(!window.action("run")->isEnabled());
      QVERIFY(metrics.wait(kRunMilliseconds));
      picture(window, "running-training");
      window.action("pause")->trigger();
      QVERIFY(paused.wait(20'000));
      QVERIFY(window.action("resume")->isEnabled());
      window.action("resume")->trigger();
      QVERIFY(paused.wait(20'000));
      if (ended.isEmpty()) QVERIFY(ended.wait(kRunMilliseconds));
      qInfo("event loop while running: longest gap %lld ms, 99th percentile %lld ms", watch.longest(),
            watch.percentile(0.99));
      QVERIFY2(watch.longest() < 1000, "the window did not answer for a second");
    }
    // The sentences of this grammar repeat themselves, which is told, and nothing else.
    QCOMPARE(window.messages()->count(), 2);  // one of each domain
    for (int i = 0; i < window.messages()->count(); ++i)
      QVERIFY2(window.messages()->text(i).contains("share more than 20 % of their 13-grams with"),
               qPrintable(window.messages()->text(i)));
    QCOMPARE(int(qvariant_cast<job::RunEnded>(ended.first().first()).kind), int(job::RunEnded::finished));

    // Results in the window and on disk.
    QCOMPARE(window.bridge()->view()->results.size(), 2U);
    const auto records = measure::read_results(folder_.filePath("study.artifacts/report/results.json").toStdString());
    QCOMPARE(records.size(), 2U);
    for (const measure::ResultRecord& record : records) {
      QCOMPARE(record.domain, std::string("cooking"));
      QVERIFY(record.perplexity_after > 1 && record.perplexity_after < 320);
      QVERIFY(record.perplexity_after < record.perplexity_before);
    }
    const auto cell = [&](int row, int column) { return data->table()->model()->index(row, column).data().toString(); };
    QCOMPARE(cell(1, CorpusModel::documents), QStringLiteral("120"));
    QCOMPARE(cell(1, CorpusModel::dropped), QStringLiteral("1"));
    QCOMPARE(cell(0, CorpusModel::state), QStringLiteral("up to date"));
    QCOMPARE(clusters->model()->index(1, ClusterModel::top_fraction).data().toString().isEmpty(), false);
    window.showPage(MainWindow::clusters);
    clusters->heatMap()->setFocus();
    QTest::keyClick(clusters->heatMap(), Qt::Key_Home);
    QTest::keyClick(clusters->heatMap(), Qt::Key_Right);
    QCOMPARE(clusters->heatMap()->selectedColumn(), 1);
    QTest::qWait(1200);  // the speed is measured by now
    QVERIFY2(networks->costs()->item(7, 1)->text().contains(" s"), qPrintable(networks->costs()->item(7, 1)->text()));
    screenshots(window, "done");
    QVERIFY(window.close());
  }

  void reopened_it_is_up_to_date() {
    MainWindow window;
    window.restoreSession();
    window.openLastProject();
    window.show();
    QCOMPARE(QFileInfo(window.document()->fileName()).fileName(), QStringLiteral("study.pantograph"));
    QVERIFY(!window.isWindowModified());
    QTRY_VERIFY_WITH_TIMEOUT(window.bridge()->view() && window.bridge()->view()->results.size() == 2, 20'000);
    QSignalSpy ended(window.bridge(), &EngineBridge::runEnded);
    window.bringUpToDate();
    QVERIFY(ended.wait(30'000));
    QCOMPARE(qvariant_cast<job::RunEnded>(ended.first().first()).steps_run, 0);
  }

  void a_dropped_project_is_opened() {
    MainWindow window;
    window.show();
    drop(&window, {folder_.filePath("study.pantograph")});
    QTRY_COMPARE(QFileInfo(window.document()->fileName()).fileName(), QStringLiteral("study.pantograph"));
  }

  void closing_asks_about_changes() {
    MainWindow window;
    window.show();
    window.document()->change("seed", [](project::Project& project) { project.seed = 12; });
    bool asked = false;
    answer("Cancel", &asked);
    QVERIFY(!window.close());
    QVERIFY(asked);
    asked = false;
    answer("Discard", &asked);
    QVERIFY(window.close());
    QVERIFY(asked);
  }

  void closing_while_running_stops_after_a_checkpoint() {
    MainWindow window;
    window.show();
    QVERIFY(window.openProject(folder_.filePath("study.pantograph")));
    window.document()->change("longer", [](project::Project& project) {
      for (project::MethodSpec& method : project.methods) method.generic.tokens = 20'000'000;
    });
    QSignalSpy metrics(window.bridge(), &EngineBridge::metricsAdded), ended(window.bridge(), &EngineBridge::runEnded);
    window.bringUpToDate();
    QVERIFY(!window.isWindowModified());  // saved with the run
    QVERIFY(metrics.wait(60'000));
    bool asked = false;
    answer("Keep", &asked);
    QVERIFY(!window.close());
    QVERIFY(asked);
    QVERIFY(window.bridge()->isRunning());
    QVERIFY(window.isVisible());
    asked = false;
    answer("Stop", &asked);
    LoopWatch watch;
    window.close();
    QVERIFY(asked);
    QTRY_VERIFY_WITH_TIMEOUT(!window.isVisible(), 30'000);
    QCOMPARE(ended.count(), 1);
    QCOMPARE(int(qvariant_cast<job::RunEnded>(ended.first().first()).kind), int(job::RunEnded::cancelled));
    QVERIFY2(watch.longest() < 1000, "the window froze while the checkpoint was saved");
  }

 private:
  QTemporaryDir folder_;
};

QTEST_MAIN(TestWindow)
#include "test_window.moc"
