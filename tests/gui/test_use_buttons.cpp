// SPDX-License-Identifier: GPL-3.0-or-later
// From where models are listed to the use page.
#include <QApplication>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

#include "main_window.h"
#include "method/method.h"
#include "pages/results_model.h"
#include "pages/results_page.h"
#include "pages/runs_model.h"
#include "pages/runs_page.h"
#include "pages/specialization_matrix.h"
#include "pages/specialization_page.h"
#include "pages/training_page.h"
#include "sample_models.h"
#include "sample_runs.h"
#include "use/answer_settings.h"
#include "use/answer_view.h"
#include "use/model_picker.h"
#include "use/use_page.h"

using namespace pantograph;

namespace {

/// The view after a run of the sample project, with a run for each of its specializations.
std::shared_ptr<job::ProjectView> viewWithRuns(const project::Project& project) {
  auto view = sample::fullView(project);
  view->history = sample::twoRounds(project);
  return view;
}

QString smallOf(const job::RunInfo& run) {
  return QString::fromStdString((run.folder / method::kSmallNetworkFile).string());
}

}  // namespace

class TestUseButtons : public QObject {
  Q_OBJECT
 private:
  QTemporaryDir dir_;

 private Q_SLOTS:
  void initTestCase() {
    QCoreApplication::setOrganizationName(QStringLiteral("Pantograph"));
    QCoreApplication::setApplicationName(QStringLiteral("test_use_buttons"));
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, dir_.filePath("settings"));
    qputenv("XDG_STATE_HOME", dir_.filePath("state").toUtf8());
    job::initialize_engine();
  }

  void aResultsRow() {
    ProjectDocument document;
    document.reset(sample::project());
    EngineBridge bridge;
    ResultsPage page(&document, &bridge);
    const auto view = viewWithRuns(sample::project());
    page.showView(view);
    QSignalSpy wanted(&page, &ResultsPage::useWanted);
    QVERIFY(!page.useButton()->isEnabled());
    page.table()->selectRow(0);
    QVERIFY(page.useButton()->isEnabled());
    page.useButton()->click();
    QCOMPARE(wanted.size(), 1);
    const measure::ResultRecord& record =
        page.model()->records()[static_cast<std::size_t>(page.filter()->mapToSource(page.filter()->index(0, 0)).row())];
    const auto run = std::find_if(view->history.begin(), view->history.end(),
                                  [&](const auto& one) { return smallOf(*one) == wanted.at(0).at(0).toString(); });
    QVERIFY(run != view->history.end());
    QVERIFY((*run)->present);
    QCOMPARE((*run)->result->method, record.method);
    QCOMPARE((*run)->result->domain, record.domain);
    page.table()->selectAll();  // more than can stand side by side
    QVERIFY(!page.useButton()->isEnabled());
  }

  void selectedRuns() {
    ProjectDocument document;
    document.reset(sample::project());
    EngineBridge bridge;
    RunsPage page(&document, &bridge);
    auto view = viewWithRuns(sample::project());
    const auto going = sample::run(job::StepKey::pretrain("slm", 9), 90, job::RunState::running);
    view->history.insert(view->history.begin(), going);
    page.showView(view);
    QSignalSpy wanted(&page, &RunsPage::useWanted);
    QVERIFY(!page.useButton()->isEnabled());
    const auto& generic = *std::find_if(view->history.rbegin(), view->history.rend(),
                                        [](const auto& run) { return run->generic_loss.has_value(); });
    const auto& special = *std::find_if(view->history.begin(), view->history.end(),
                                        [](const auto& run) { return run->result.has_value(); });
    for (const auto& run :
         {going, std::const_pointer_cast<job::RunInfo>(generic), std::const_pointer_cast<job::RunInfo>(special)}) {
      page.selectRuns({QString::fromStdString(run->record.key)});
      page.useButton()->click();
    }
    QCOMPARE(wanted.size(), 3);
    QCOMPARE(wanted.at(0).at(0).toString(), QString::fromStdString(going->folder.string()));
    QCOMPARE(wanted.at(1).at(0).toString(),
             QString::fromStdString((generic->folder / method::network_file_name(0)).string()));
    QCOMPARE(wanted.at(2).at(0).toString(), smallOf(*special));
  }

  void cellsThatAreDone() {
    ProjectDocument document;
    document.reset(sample::project());
    EngineBridge bridge;
    SpecializationPage page(&document, &bridge);
    page.showView(viewWithRuns(sample::project()));
    QSignalSpy wanted(&page, &SpecializationPage::useWanted);
    QVERIFY(!page.useButton()->isEnabled());
    page.table()->selectionModel()->select(page.matrix()->index(0, 0), QItemSelectionModel::ClearAndSelect);
    QVERIFY(page.matrix()->isDone(page.matrix()->index(0, 0)));
    page.useButton()->click();
    QCOMPARE(wanted.size(), 1);
    QVERIFY2(wanted.at(0).at(0).toString().contains(page.matrix()->step(page.matrix()->index(0, 0))),
             qPrintable(wanted.at(0).at(0).toString()));
  }

  void aNetworkProjectedNow() {
    ProjectDocument document;
    document.reset(sample::project());
    EngineBridge bridge;
    TrainingPage page(&document, &bridge);
    QSignalSpy wanted(&page, &TrainingPage::useWanted);
    QVERIFY(!page.useButton()->isEnabled());
    Q_EMIT bridge.projected(job::Projected{"/tmp/none/now.h5", "expert 3"});
    QVERIFY(page.useButton()->isEnabled());
    page.useButton()->click();
    QCOMPARE(wanted.at(0).at(0).toString(), QStringLiteral("/tmp/none/now.h5"));
    Q_EMIT bridge.projected(job::Projected{"", "it could not be written"});
    QVERIFY(!page.useButton()->isEnabled());
  }

  void theWindowOpensThePageWithTheModel() {
    const QString file = sample::writeModel(dir_.filePath("a.h5").toStdString(), "first", {1});
    {
      MainWindow window;
      window.show();
      auto* page = qobject_cast<UsePage*>(window.page(MainWindow::use));
      QVERIFY(page != nullptr && !page->isVisible());
      Q_EMIT qobject_cast<TrainingPage*>(window.page(MainWindow::training))->useWanted(file);
      QVERIFY(page->isVisible());
      QCOMPARE(page->picker()->chosen(), QStringList{file});
      QTRY_VERIFY(page->model(file)->about() && page->model(file)->about()->error.isEmpty());
      infer::GenerateSettings settings;
      settings.max_tokens = 33;
      page->answers()->settings()->setSettings(settings);
      QVERIFY(window.close());
    }
    MainWindow window;
    window.restoreSession();
    auto* page = qobject_cast<UsePage*>(window.page(MainWindow::use));
    QCOMPARE(page->answers()->settings()->settings().max_tokens, 33);
    QVERIFY(!page->isHidden());  // the page that was open
  }
};

QTEST_MAIN(TestUseButtons)
#include "test_use_buttons.moc"
