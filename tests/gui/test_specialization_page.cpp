// SPDX-License-Identifier: GPL-3.0-or-later
// The specialization page: grid of experiments, settings, curves; driven by made-up views and events.
#include <QAbstractItemModelTester>
#include <QApplication>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTableView>
#include <QTest>
#include <QUndoStack>
#include <cmath>

#include "engine_bridge.h"
#include "pages/specialization_matrix.h"
#include "pages/specialization_page.h"
#include "pages/specialization_settings.h"
#include "plot/curve_plot.h"
#include "project_document.h"
#include "sample_runs.h"

using namespace pantograph;
using namespace sample;

class TestSpecializationPage : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { QApplication::setStyle(QStringLiteral("Fusion")); }
  void matrixFollowsProjectAndView();
  void budgetsAreRowsOfTheirOwn();
  void aLargeGridStaysFluent();
  void keysMoveThroughTheGrid();
  void theRulesSpeakBesideTheSettings();
  void specializationSettingsAreUndoable();
  void badSizesAreRefused();
  void selectedCellsBecomeSteps();
  void activatedCellsAreShownWhereTheyAreDone();
};

void TestSpecializationPage::matrixFollowsProjectAndView() {
  project::Project p = sample::project();
  const auto view = fullView(p);
  SpecializationMatrix matrix;
  const QAbstractItemModelTester tester(&matrix, QAbstractItemModelTester::FailureReportingMode::QtTest);
  matrix.set(p, nullptr);
  QCOMPARE(matrix.index(0, 0).data().toString(), QStringLiteral("not done"));
  matrix.set(p, view.get());
  QCOMPARE(matrix.rowCount(), 2);
  QCOMPARE(matrix.columnCount(), 6);
  QCOMPARE(matrix.headerData(0, Qt::Vertical, Qt::DisplayRole).toString(), QStringLiteral("slm"));
  QCOMPARE(matrix.headerData(1, Qt::Horizontal, Qt::DisplayRole).toString(), QStringLiteral("law\n1M"));
  QCOMPARE(matrix.step(matrix.index(1, 0)), QStringLiteral("specialize/slm-pn/law/50000/7"));
  QCOMPARE(matrix.index(0, 0).data().toString(), QStringLiteral("134.3 → 29.96"));
  QCOMPARE(matrix.counts().done, 11);
  QCOMPARE(matrix.counts().running, 1);
  const QModelIndex running = matrix.index(1, 5);
  QCOMPARE(running.data().toString(), QStringLiteral("running…"));
  QSignalSpy changed(&matrix, &QAbstractItemModel::dataChanged);
  matrix.setNewest(matrix.step(running), std::log(50.0));
  QCOMPARE(running.data().toString(), QStringLiteral("running, now 50.00"));
  QCOMPARE(changed.takeFirst().at(0).toModelIndex(), running);
  view->steps.back().state = job::StepState::failed;
  view->steps.back().error = "the disk is full";
  matrix.set(p, view.get());
  QCOMPARE(running.data().toString(), QStringLiteral("failed"));
  QVERIFY(running.data(Qt::ToolTipRole).toString().contains(QStringLiteral("the disk is full")));
  QCOMPARE(changed.count(), 1);  // the row of it alone
  p.seeds = {7, 8};
  matrix.set(p, view.get());
  QCOMPARE(matrix.rowCount(), 4);
  QCOMPARE(matrix.headerData(1, Qt::Vertical, Qt::DisplayRole).toString(), QStringLiteral("slm, seed 8"));
}

void TestSpecializationPage::budgetsAreRowsOfTheirOwn() {
  project::Project p = sample::project();
  p.methods[0].generic.budgets = {2'000'000};
  project::MethodSpec scratch = p.methods[0];
  scratch.name = scratch.kind = "slm-nopt";
  scratch.generic.tokens = 0;
  scratch.generic.budgets.clear();
  project::MethodSpec student = p.methods[0];
  student.name = student.kind = "slm-d";
  student.pretrained = "slm";
  student.generic = project::GenericSpec{};
  p.methods.push_back(scratch);
  p.methods.push_back(student);
  SpecializationMatrix matrix;
  const QAbstractItemModelTester tester(&matrix, QAbstractItemModelTester::FailureReportingMode::QtTest);
  auto view = fullView(sample::project());
  measure::ResultRecord early = view->results.front();
  early.generic_budget = 2'000'000;
  early.perplexity_after = 55;
  for (measure::ResultRecord& record : view->results) record.generic_budget = 8'000'000;
  view->results.push_back(early);
  // Grown from the slm at 2M: its records count those tokens, its steps its own.
  p.methods[1].start = "slm";
  p.methods[1].start_budget = 2'000'000;
  p.methods[1].generic.budgets = {4'000'000};
  early.method = "slm-pn";
  early.generic_budget = 6'000'000;
  view->results.push_back(early);
  view->steps.push_back(
      sample::step(job::StepKey::specialize("slm", "law", 50'000, 7, 2'000'000), job::StepState::up_to_date));
  view->steps.push_back(
      sample::step(job::StepKey::specialize("slm-pn", "law", 50'000, 7, 4'000'000), job::StepState::up_to_date));
  matrix.set(p, view.get());
  QStringList rows;
  for (int row = 0; row < matrix.rowCount(); ++row)
    rows << matrix.headerData(row, Qt::Vertical, Qt::DisplayRole).toString();
  QCOMPARE(rows, (QStringList{"slm, at 2M", "slm", "slm-pn, at 4M", "slm-pn", "slm-nopt", "slm-d, at 2M", "slm-d"}));
  QCOMPARE(matrix.step(matrix.index(0, 0)), QStringLiteral("specialize/slm/law/50000/7/2000000"));
  QCOMPARE(matrix.index(0, 0).data().toString(), QStringLiteral("134.3 → 55.00"));
  QCOMPARE(matrix.index(1, 0).data().toString(), QStringLiteral("134.3 → 29.96"));
  QCOMPARE(matrix.index(2, 0).data().toString(), QStringLiteral("134.3 → 55.00"));
  QVERIFY(matrix.index(3, 0).data().toString() != QStringLiteral("134.3 → 55.00"));
  QVERIFY(matrix.index(0, 0).data(Qt::ToolTipRole).toString().contains("2,000,000"));
}

void TestSpecializationPage::aLargeGridStaysFluent() {
  project::Project p = sample::project();
  p.corpora.resize(1);
  p.specialization.domains.clear();
  for (int i = 0; i < 10; ++i) {
    project::CorpusSpec domain;
    domain.name = "domain-" + std::to_string(i);
    domain.role = project::Role::domain;
    p.corpora.push_back(domain);
    p.specialization.domains.push_back(domain.name);
  }
  p.specialization.tokens = {50'000, 1'000'000};
  p.seeds = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  for (project::MethodSpec& method : p.methods) method.generic.budgets = {1'000'000, 2'000'000, 3'000'000, 4'000'000};
  auto view = std::make_shared<job::ProjectView>();
  for (const auto& method : p.methods) {
    for (const std::uint64_t budget : {1'000'000, 2'000'000, 3'000'000, 4'000'000, 0}) {
      for (const auto seed : p.seeds) {
        for (const auto& domain : p.specialization.domains) {
          for (const auto tokens : p.specialization.tokens) {
            const auto key = job::StepKey::specialize(method.name, domain, tokens, seed, budget);
            std::vector<store::MetricPoint> points;
            for (std::uint64_t at = 0; at < 10; ++at) points.push_back({"validation", at * 20, 0, 0, 4.0, -1});
            view->steps.push_back(sample::step(key, job::StepState::up_to_date));
            view->runs.push_back({key, std::move(points)});
            measure::ResultRecord record;
            record.method = method.name;
            record.domain = domain;
            record.specialization_tokens = tokens;
            record.seed = seed;
            record.generic_budget = budget;
            record.perplexity_before = 90;
            record.perplexity_after = 30 + static_cast<double>(seed);
            view->results.push_back(record);
          }
        }
      }
    }
  }
  Pages pages(p);
  SpecializationPage page(&pages.document, &pages.bridge);
  page.resize(1100, 710);
  page.show();
  QVERIFY(QTest::qWaitForWindowExposed(&page));
  QElapsedTimer clock;
  clock.start();
  page.showView(view);
  QCoreApplication::processEvents();
  const qint64 first = clock.restart();
  page.showView(std::make_shared<job::ProjectView>(*view));  // as after every step
  QCoreApplication::processEvents();
  const qint64 again = clock.restart();
  for (int i = 0; i < 100; ++i) {
    page.matrix()->setNewest(page.matrix()->step(page.matrix()->index(i, i % 20)), 3.5);
    QCoreApplication::processEvents();
  }
  const qint64 live = clock.restart();
  page.table()->selectAll();
  QCoreApplication::processEvents();
  const qint64 select = clock.restart();
  page.table()->clearSelection();
  QCoreApplication::processEvents();
  qInfo("%d cells: first view %lld ms, next %lld ms, 100 live losses %lld ms, all curves %lld ms",
        page.matrix()->counts().all, first, again, live, select);
  QCOMPARE(page.matrix()->counts().all, 2000);
  QVERIFY2(page.heading().startsWith("2,000 of 2,000 done"), qPrintable(page.heading()));
  QVERIFY2(first < 3000 && again < 500 && live < 2000 && select < 3000, "the window would be felt to stop");
  QCOMPARE(page.matrix()->index(0, 0).data().toString(), QStringLiteral("31.00"));  // no room for before → after
  int visible = 0;
  for (const QString& id : page.plot()->curveIds()) visible += page.plot()->isCurveVisible(id);
  QCOMPARE(visible, 24);
}

void TestSpecializationPage::keysMoveThroughTheGrid() {
  Pages pages(sample::project());
  SpecializationPage page(&pages.document, &pages.bridge);
  page.showView(fullView(pages.document.project()));
  page.show();
  page.table()->setCurrentIndex(page.matrix()->index(0, 0));
  page.table()->setFocus();
  QTest::keyClick(page.table(), Qt::Key_Down);
  QTest::keyClick(page.table(), Qt::Key_End);
  QCOMPARE(page.selectedSteps(), QStringList{"specialize/slm-pn/recipes/1000000/7"});
  int visible = 0;
  for (const QString& id : page.plot()->curveIds()) visible += page.plot()->isCurveVisible(id);
  QCOMPARE(visible, 1);  // that of the selected cell
  QSignalSpy started(&pages.bridge, &EngineBridge::aboutToStart);
  QTest::keyClick(page.table(), Qt::Key_Return);
  QCOMPARE(started.count(), 1);
}

void TestSpecializationPage::theRulesSpeakBesideTheSettings() {
  Pages pages(sample::project());
  SpecializationSettings settings(&pages.document);
  settings.show();
  QCOMPARE(settings.problem(), QString());
  pages.document.change("steps",
                        [](project::Project& p) { p.specialization.tokens_per_step = 16; });  // less than a context
  QVERIFY2(settings.problem().contains("specialization.tokens_per_step"), qPrintable(settings.problem()));
}

void TestSpecializationPage::specializationSettingsAreUndoable() {
  Pages pages(sample::project());
  SpecializationPage page(&pages.document, &pages.bridge);
  const project::Project before = pages.document.project();
  auto* settings = page.settings();
  settings->domains()->item(0)->setCheckState(Qt::Unchecked);
  QCOMPARE(pages.document.project().specialization.domains, (std::vector<std::string>{"medical-questions", "recipes"}));
  QCOMPARE(page.matrix()->columnCount(), 4);
  settings->sizes()->setText(QStringLiteral("2M, 20k"));
  QTest::keyClick(settings->sizes(), Qt::Key_Return);
  QCOMPARE(pages.document.project().specialization.tokens, (std::vector<std::uint64_t>{20'000, 2'000'000}));
  settings->selection()->setCurrentIndex(1);
  QCOMPARE(pages.document.project().specialization.selection, std::string("best-before"));
  settings->selection()->setCurrentIndex(2);
  QCOMPARE(pages.document.project().specialization.selection, std::string("best-after"));
  settings->selection()->setCurrentIndex(3);
  QCOMPARE(pages.document.project().specialization.selection, std::string("0"));
  QVERIFY2(settings->rateFactor()->text().contains("paper's rule"), qPrintable(settings->rateFactor()->text()));
  QVERIFY2(settings->maxSteps()->text().contains("paper's rule"), qPrintable(settings->maxSteps()->text()));
  settings->rateFactor()->setValue(0.5);
  settings->maxSteps()->setValue(300);
  settings->patience()->setValue(3);
  const auto& changed = pages.document.project().specialization;
  QCOMPARE(changed.rate_factor, 0.5);
  // Several rates stand in place of the one.
  settings->sweep()->setFocus();
  settings->sweep()->clear();
  QTest::keyClicks(settings->sweep(), QStringLiteral("0.1, nonsense"));
  QTest::keyClick(settings->sweep(), Qt::Key_Return);
  QVERIFY2(settings->problem().contains("nonsense"), qPrintable(settings->problem()));
  QVERIFY(pages.document.project().specialization.sweep.rate_factor.empty());
  settings->sweep()->clear();
  QTest::keyClicks(settings->sweep(), QStringLiteral("1, 0.1,0.33"));
  QTest::keyClick(settings->sweep(), Qt::Key_Return);
  QCOMPARE(pages.document.project().specialization.sweep.rate_factor, (std::vector<double>{1, 0.1, 0.33}));
  QCOMPARE(settings->sweep()->text(), QStringLiteral("1, 0.1, 0.33"));
  QCOMPARE(pages.document.project().specialization.rate_factor, 0.0);
  QVERIFY(!settings->rateFactor()->isEnabled());
  QVERIFY(settings->problem().isEmpty());
  settings->sweep()->clear();
  QTest::keyClick(settings->sweep(), Qt::Key_Space);
  QTest::keyClick(settings->sweep(), Qt::Key_Return);
  QVERIFY(pages.document.project().specialization.sweep.rate_factor.empty());
  QVERIFY(settings->rateFactor()->isEnabled());
  QCOMPARE(changed.max_steps, std::uint64_t(300));
  QCOMPARE(changed.patience, 3);
  while (pages.document.undoStack()->canUndo()) pages.document.undoStack()->undo();
  QVERIFY(pages.document.project() == before);  // to the last digit of the rate factor
  QCOMPARE(settings->patience()->value(), before.specialization.patience);
  QCOMPARE(settings->domains()->item(0)->checkState(), Qt::Checked);
}

void TestSpecializationPage::badSizesAreRefused() {
  Pages pages(sample::project());
  SpecializationSettings settings(&pages.document);
  settings.show();
  settings.sizes()->setText(QStringLiteral("50k, lots"));
  QTest::keyClick(settings.sizes(), Qt::Key_Return);
  QVERIFY2(settings.problem().contains(QStringLiteral("lots")), qPrintable(settings.problem()));
  QVERIFY(pages.document.project() == sample::project());
  QVERIFY(!pages.document.isModified());
  settings.sizes()->setText(QStringLiteral("50k"));
  QTest::keyClick(settings.sizes(), Qt::Key_Return);
  QCOMPARE(settings.problem(), QString());
}

void TestSpecializationPage::selectedCellsBecomeSteps() {
  Pages pages(sample::project());
  SpecializationPage page(&pages.document, &pages.bridge);
  page.showView(fullView(pages.document.project()));
  QSignalSpy started(&pages.bridge, &EngineBridge::aboutToStart);
  page.selectedButton()->click();
  QCOMPARE(started.count(), 0);  // nothing selected
  page.table()->selectionModel()->select(page.matrix()->index(0, 0), QItemSelectionModel::Select);
  page.table()->selectionModel()->select(page.matrix()->index(1, 3), QItemSelectionModel::Select);
  QCOMPARE(page.selectedSteps(), (QStringList{QStringLiteral("specialize/slm-pn/medical-questions/1000000/7"),
                                              QStringLiteral("specialize/slm/law/50000/7")}));
  page.selectedButton()->click();
  page.allButton()->click();
  QCOMPARE(started.count(), 2);
  QCOMPARE(page.plot()->curveIds().size(), 12);
  QCOMPARE(page.plot()->view().x, XAxis::steps);
  QVERIFY(page.plot()->view().aligned);
}

void TestSpecializationPage::activatedCellsAreShownWhereTheyAreDone() {
  const project::Project p = sample::project();
  Pages pages(p);
  SpecializationPage page(&pages.document, &pages.bridge);
  auto view = fullView(p);
  for (const auto& one : twoRounds(p)) view->history.push_back(one);
  for (job::StepInfo& step : view->steps) {
    if (step.key == job::StepKey::specialize("slm", "law", 1'000'000, 7)) step.state = job::StepState::stale;
    if (step.key == job::StepKey::specialize("slm", "recipes", 50'000, 7)) step.state = job::StepState::failed;
  }
  page.showView(view);
  page.resize(1100, 700);
  page.show();
  QVERIFY(QTest::qWaitForWindowExposed(&page));
  QSignalSpy started(&pages.bridge, &EngineBridge::aboutToStart), wanted(&page, &SpecializationPage::runWanted);
  const auto activate = [&](int row, int column) {
    const QPoint at = page.table()->visualRect(page.matrix()->index(row, column)).center();
    QTest::mouseClick(page.table()->viewport(), Qt::LeftButton, {}, at);
    QTest::mouseDClick(page.table()->viewport(), Qt::LeftButton, {}, at);
  };
  activate(0, 0);  // done
  QCOMPARE(started.count(), 0);
  QCOMPARE(wanted.count(), 1);
  const auto shown = std::find_if(view->history.begin(), view->history.end(), [&](const auto& one) {
    return QString::fromStdString(one->record.key) == wanted.first().first().toString();
  });
  QVERIFY(shown != view->history.end() && (*shown)->present);
  QVERIFY((*shown)->record.step == job::StepKey::specialize("slm", "law", 50'000, 7));
  activate(0, 1);  // out of date
  QCOMPARE(started.count(), 1);
  activate(0, 4);  // failed
  QCOMPARE(started.count(), 2);
  QCOMPARE(wanted.count(), 1);
}

QTEST_MAIN(TestSpecializationPage)
#include "test_specialization_page.moc"
