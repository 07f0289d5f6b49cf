// SPDX-License-Identifier: GPL-3.0-or-later
// The results page, driven by made-up views; and pictures of three pages. PANTOGRAPH_SCREENSHOTS=FOLDER keeps them.
#include <QAbstractItemModelTester>
#include <QApplication>
#include <QBuffer>
#include <QCheckBox>
#include <QDir>
#include <QFile>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>

#include "engine_bridge.h"
#include "pages/differences_view.h"
#include "pages/figures_view.h"
#include "pages/results_model.h"
#include "pages/results_page.h"
#include "pages/specialization_page.h"
#include "pages/training_page.h"
#include "plot/bar_plot.h"
#include "plot/curve_plot.h"
#include "project_document.h"
#include "report/report.h"
#include "sample_runs.h"
#include "sample_views.h"
#include "theme.h"
#include "widgets/empty_state.h"

using namespace pantograph;
using namespace sample;

class TestResultsPage : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { QApplication::setStyle(QStringLiteral("Fusion")); }
  void models();
  void modelFormatsAndSorts();
  void resultsPageShowsVerdictAndFilters();
  void budgetsAreFilteredAndKeptApart();
  void resultsExportHasEveryColumn();
  void resultsExportIsWhatTheReportWrites();
  void resultsPageSaysWhatToDoFirst();
  void earlierResultsStayAndAreMarked();
  void earlierResultsAloneAreShown();
  void exportSaysWhatIsEarlier();
  void aRowShowsItsRun();
  void pictures_data();
  void pictures();
};

void TestResultsPage::models() {
  const project::Project p = sample::project();
  const auto view = fullView(p);
  ResultsModel results;
  QAbstractItemModelTester one(&results, QAbstractItemModelTester::FailureReportingMode::QtTest);
  ResultsFilter filter(&results);
  QAbstractItemModelTester two(&filter, QAbstractItemModelTester::FailureReportingMode::QtTest);
  AveragesModel averages;
  QAbstractItemModelTester three(&averages, QAbstractItemModelTester::FailureReportingMode::QtTest);
  results.setRecords(view->results);
  averages.setAverages(pantograph::measure::averages(view->results));
  QCOMPARE(results.rowCount(), 11);
  QCOMPARE(averages.rowCount(), 4);
  for (int column = 0; column < ResultsModel::column_count; ++column) {
    QVERIFY(!results.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty());
    QVERIFY(!results.headerData(column, Qt::Horizontal, Qt::ToolTipRole).toString().isEmpty());
  }
  results.setRecords({});
  averages.setAverages({});
}

void TestResultsPage::modelFormatsAndSorts() {
  ResultsModel model;
  std::vector<measure::ResultRecord> records(2);
  records[0].method = "slm";
  records[0].perplexity_after = 100.04;
  records[0].perplexity_before = 200;
  records[0].specialization_tokens = 1'000'000;
  records[1].method = "slm-pn";
  records[1].perplexity_after = 26.9;
  records[1].expert = 11;
  records[1].selection = "frequent";
  records[1].specialization_tokens = 50'000;
  model.setRecords(records);
  ResultsFilter filter(&model);
  filter.sort(ResultsModel::after, Qt::AscendingOrder);  // as numbers: "100.0" is not before "26.90"
  QCOMPARE(filter.index(0, ResultsModel::method).data().toString(), QStringLiteral("slm-pn"));
  filter.sort(ResultsModel::size, Qt::DescendingOrder);
  QCOMPARE(filter.index(0, ResultsModel::size).data().toString(), QStringLiteral("1M"));
  QCOMPARE(model.index(0, ResultsModel::change).data().toString(), QStringLiteral("−50.0 %"));
  QCOMPARE(model.index(0, ResultsModel::expert).data().toString(), QStringLiteral("–"));
  QCOMPARE(model.index(1, ResultsModel::expert).data(Qt::ToolTipRole).toString(),
           QStringLiteral("Chosen by: frequent"));
  QCOMPARE(model.index(1, ResultsModel::selection).data().toString(), QStringLiteral("frequent"));
  QCOMPARE(model.index(0, ResultsModel::budget).data().toString(), QStringLiteral("–"));
  QCOMPARE(model.index(1, ResultsModel::after).data(Qt::TextAlignmentRole).value<Qt::Alignment>(),
           Qt::AlignRight | Qt::AlignVCenter);
  QCOMPARE(model.index(1, ResultsModel::method).data(Qt::TextAlignmentRole).value<Qt::Alignment>(),
           Qt::AlignLeft | Qt::AlignVCenter);
}

namespace {

/// As after a change of every budget: two of the twelve specializations were made again.
std::shared_ptr<job::ProjectView> afterAChange(std::size_t again) {
  const project::Project p = sample::project();
  auto view = fullView(p);
  view->results.resize(again);
  for (const auto& one : twoRounds(p)) {
    if (!one->present && one->result) view->history.push_back(one);
  }
  for (const measure::ResultRecord& record : view->results) {
    auto made = std::make_shared<job::RunInfo>(
        *run(job::StepKey::specialize(record.method, record.domain, record.specialization_tokens, record.seed), 50));
    made->result = record;
    view->history.insert(view->history.begin(), made);
  }
  return view;
}

}  // namespace

void TestResultsPage::earlierResultsStayAndAreMarked() {
  Pages pages(sample::project());
  ResultsPage page(&pages.document, &pages.bridge);
  const QAbstractItemModelTester tester(page.model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
  page.showView(fullView(pages.document.project()));
  QVERIFY(page.table()->isColumnHidden(ResultsModel::settings));  // nothing to tell apart
  const auto* differences = page.findChild<DifferencesView*>();
  QVERIFY(differences != nullptr && differences->rowCount() > 0);
  QCOMPARE(differences->horizontalHeaderItem(8)->text(), QStringLiteral("decided"));
  for (int row = 0; row < differences->rowCount(); ++row)  // one seed
    QCOMPARE(differences->item(row, 8)->text(), QStringLiteral("not decided by seeds"));
  QVERIFY(page.earlierBox()->isHidden());
  const auto present = fullView(pages.document.project());
  page.showView(afterAChange(2));
  QVERIFY(!page.isEmpty() && page.noticeText().isEmpty());
  QCOMPARE(page.filter()->rowCount(), 2 + 12);
  QVERIFY(!page.table()->isColumnHidden(ResultsModel::settings));
  QVERIFY(!page.earlierBox()->isHidden());
  // Below the present ones, however they are sorted.
  for (const auto order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
    for (const int column : {ResultsModel::after, ResultsModel::domain, ResultsModel::settings}) {
      page.table()->sortByColumn(column, order);
      for (int row = 0; row < 14; ++row) {
        const QModelIndex cell = page.filter()->index(row, ResultsModel::settings);
        QCOMPARE(cell.data().toString().startsWith("earlier, 2026-11-01"), row >= 2);
        QCOMPARE(cell.data(Qt::FontRole).value<QFont>().italic(), row >= 2);
      }
    }
  }
  // Verdict, averages, figures and bars are of the present ones alone.
  const auto records = present->results;
  QCOMPARE(page.verdictText(), QString::fromStdString(pantograph::report::verdict({records[0], records[1]})));
  page.earlierBox()->setChecked(false);
  QCOMPARE(page.filter()->rowCount(), 2);
  page.earlierBox()->setChecked(true);
  page.setFilter(QStringLiteral("slm-pn"), {}, 0);
  QCOMPARE(page.filter()->rowCount(), 6);
  QVERIFY2(page.verdictText().contains("present settings"), qPrintable(page.verdictText()));
}

void TestResultsPage::earlierResultsAloneAreShown() {
  Pages pages(sample::project());
  ResultsPage page(&pages.document, &pages.bridge);
  page.showView(afterAChange(0));
  QVERIFY(!page.isEmpty());
  QCOMPARE(page.filter()->rowCount(), 12);
  QVERIFY2(page.noticeText().contains("12 result"), qPrintable(page.noticeText()));
  QSignalSpy started(&pages.bridge, &EngineBridge::aboutToStart), wanted(&page, &ResultsPage::pageWanted);
  int pressed = 0;
  for (auto* button : page.findChildren<QPushButton*>()) {
    if (!button->parentWidget() || button->window() != &page) continue;
    const QString text = button->text().remove('&');
    if (text == "Go to Runs" || (text == "Bring everything up to date" && button != page.emptyState()->secondButton()))
      button->click(), ++pressed;
  }
  QCOMPARE(pressed, 2);
  QCOMPARE(started.count(), 1);
  QCOMPARE(wanted.first().first().toInt(), 6);
  QCOMPARE(page.bars()->isVisible(), false);
}

void TestResultsPage::exportSaysWhatIsEarlier() {
  Pages pages(sample::project());
  ResultsPage page(&pages.document, &pages.bridge);
  page.showView(afterAChange(2));
  QBuffer buffer;
  QVERIFY(buffer.open(QIODevice::WriteOnly));
  page.resultsTable()(buffer);
  const QList<QByteArray> lines = buffer.data().trimmed().split('\n');
  QCOMPARE(lines.size(), 1 + 14);
  QVERIFY(lines[0].endsWith(",settings,run"));
  QVERIFY(lines[1].endsWith(",present,") && lines[2].endsWith(",present,"));
  for (int line = 3; line < lines.size(); ++line) QVERIFY(lines[line].contains(",earlier,0000abc0"));
}

void TestResultsPage::aRowShowsItsRun() {
  Pages pages(sample::project());
  ResultsPage page(&pages.document, &pages.bridge);
  const auto view = afterAChange(2);
  page.showView(view);
  page.show();
  QSignalSpy wanted(&page, &ResultsPage::runWanted);
  for (const int row : {0, 5}) {
    page.table()->setCurrentIndex(page.filter()->index(row, 0));
    QTest::keyClick(page.table(), Qt::Key_Return);
    QCOMPARE(wanted.count(), row == 0 ? 1 : 2);
    const auto key = wanted.last().first().toString().toStdString();
    const auto found = std::find_if(view->history.begin(), view->history.end(),
                                    [&](const auto& one) { return one->record.key == key; });
    QVERIFY(found != view->history.end());
    QCOMPARE((*found)->present, row == 0);
    QCOMPARE(QString::fromStdString((*found)->result->domain),
             page.filter()->index(row, ResultsModel::domain).data().toString());
  }
}

void TestResultsPage::resultsPageShowsVerdictAndFilters() {
  Pages pages(sample::project());
  ResultsPage page(&pages.document, &pages.bridge);
  page.showView(fullView(pages.document.project()));
  QVERIFY(!page.isEmpty());
  QVERIFY(page.verdictText().contains(QStringLiteral("slm")));
  QCOMPARE(page.filter()->rowCount(), 11);
  page.setFilter(QStringLiteral("slm-pn"), {}, 0);
  QCOMPARE(page.filter()->rowCount(), 5);
  page.setFilter(QStringLiteral("slm-pn"), QStringLiteral("law"), 50'000);
  QCOMPARE(page.filter()->rowCount(), 1);
  page.showView(fullView(pages.document.project()));  // a new view keeps the filter
  QCOMPARE(page.filter()->rowCount(), 1);
  page.setFilter({}, {}, 0);
  QCOMPARE(page.filter()->rowCount(), 11);
  QCOMPARE(page.curves()->curveIds().size(), 2);
}

void TestResultsPage::budgetsAreFilteredAndKeptApart() {
  const project::Project p = comparison();
  Pages pages(p);
  ResultsPage page(&pages.document, &pages.bridge);
  const auto view = comparisonView(p);
  page.showView(view);
  const int all = page.filter()->rowCount();
  QCOMPARE(all, static_cast<int>(view->results.size()));
  page.setFilter({}, {}, 0, 2'000'000);
  QCOMPARE(page.filter()->rowCount(), all / 3);
  QCOMPARE(page.filter()->index(0, ResultsModel::budget).data().toString(), QStringLiteral("2M"));
  page.setFilter({}, {}, 0, 4'000'000);
  const QByteArray early = [&] {
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    page.bars()->table()(buffer);
    return buffer.data();
  }();
  page.setFilter({}, {}, 0);
  QBuffer whole;
  QVERIFY(whole.open(QIODevice::WriteOnly));
  page.bars()->table()(whole);
  QVERIFY(early != whole.data());  // without a filter the bars are of the largest budget
  page.setFilter({}, {}, 0, 8'000'000);
  QBuffer last;
  QVERIFY(last.open(QIODevice::WriteOnly));
  page.bars()->table()(last);
  QCOMPARE(last.data(), whole.data());
}

void TestResultsPage::resultsExportHasEveryColumn() {
  Pages pages(sample::project());
  ResultsPage page(&pages.document, &pages.bridge);
  page.showView(fullView(pages.document.project()));
  page.setFilter(QStringLiteral("slm"), {}, 0);
  QBuffer buffer;
  QVERIFY(buffer.open(QIODevice::WriteOnly));
  page.resultsTable()(buffer);
  const QList<QByteArray> lines = buffer.data().trimmed().split('\n');
  QCOMPARE(lines.size(), 1 + 6);
  for (const char* column : {"method", "domain", "specialization_tokens", "generic_flops", "expert",
                             "perplexity_before", "perplexity_after", "parameters_inference", "seed"}) {
    QVERIFY2(lines[0].split(',').contains(QByteArray(column)), column);
  }
  for (const QByteArray& line : lines) QCOMPARE(line.count(','), lines[0].count(','));
}

/// Columns in their order, exact numbers, nan where there is none.
void TestResultsPage::resultsExportIsWhatTheReportWrites() {
  Pages pages(sample::project());
  ResultsPage page(&pages.document, &pages.bridge);
  auto view = std::make_shared<job::ProjectView>(*fullView(pages.document.project()));
  view->results.front().validation_loss = std::nan("");
  page.showView(view);
  QBuffer buffer;
  QVERIFY(buffer.open(QIODevice::WriteOnly));
  page.resultsTable()(buffer);
  std::vector<measure::ResultRecord> shown;
  for (int row = 0; row < page.filter()->rowCount(); ++row) {
    const int at = page.filter()->mapToSource(page.filter()->index(row, 0)).row();
    shown.push_back(page.model()->records()[static_cast<std::size_t>(at)]);
  }
  QCOMPARE(shown.size(), view->results.size());
  QVERIFY(buffer.data().contains("nan"));
  QTemporaryDir folder;
  report::ReportInput input;
  input.records = shown;
  report::write_report(input, folder.path().toStdString());
  QFile file(folder.filePath("results.csv"));
  QVERIFY(file.open(QIODevice::ReadOnly));
  auto sorted = [](const QByteArray& text) {
    auto lines = text.split('\n');
    std::sort(lines.begin() + 1, lines.end());  // the report sorts them by itself
    return lines;
  };
  QCOMPARE(sorted(buffer.data()), sorted(file.readAll()));
}

void TestResultsPage::resultsPageSaysWhatToDoFirst() {
  Pages pages(sample::project());
  ResultsPage page(&pages.document, &pages.bridge);
  QVERIFY(page.isEmpty());
  QSignalSpy wanted(&page, &ResultsPage::pageWanted);
  page.emptyState()->button()->click();
  QCOMPARE(wanted.count(), 1);
  QSignalSpy started(&pages.bridge, &EngineBridge::aboutToStart);
  page.emptyState()->secondButton()->click();
  QCOMPARE(started.count(), 1);
}

void TestResultsPage::pictures_data() {
  QTest::addColumn<QSize>("size");
  QTest::addColumn<bool>("dark");
  QTest::newRow("1280x800-light") << QSize(1280, 800) << false;
  QTest::newRow("1280x800-dark") << QSize(1280, 800) << true;
  QTest::newRow("1920x1080-light") << QSize(1920, 1080) << false;
  QTest::newRow("1920x1080-dark") << QSize(1920, 1080) << true;
}

void TestResultsPage::pictures() {
  QFETCH(QSize, size);
  QFETCH(bool, dark);
  const QString folder = qEnvironmentVariable("PANTOGRAPH_SCREENSHOTS");
  theme::apply(dark ? theme::Choice::dark : theme::Choice::light);
  Pages pages(sample::project());
  const auto view = fullView(pages.document.project());
  const auto shoot = [&](QWidget& page, const QString& name) {
    // What the window leaves to a page beside its navigation, tool bar and status bar.
    page.resize(size - QSize(180, 90));
    page.show();
    QVERIFY(QTest::qWaitForWindowExposed(&page));
    QTest::qWait(150);
    QVERIFY2(page.minimumSizeHint().width() <= 1280 - 180,
             qPrintable(QStringLiteral("%1 needs %2").arg(name).arg(page.minimumSizeHint().width())));
    QVERIFY2(page.minimumSizeHint().height() <= 800 - 90,
             qPrintable(QStringLiteral("%1 needs %2").arg(name).arg(page.minimumSizeHint().height())));
    QVERIFY(inked(page) > 500);
    if (!folder.isEmpty()) {
      QVERIFY(QDir().mkpath(folder));
      QVERIFY(
          page.grab().save(QStringLiteral("%1/%2-%3.png").arg(folder, name, QLatin1String(QTest::currentDataTag()))));
    }
  };
  TrainingPage training(&pages.document, &pages.bridge);
  training.showView(view);
  Q_EMIT pages.bridge.runStarted();
  Q_EMIT pages.bridge.stepStarted(
      {"specialize/slm-pn/recipes/1000000/7", "Specialize slm-pn for recipes, 1M tokens (seed 7)", 11, 12});
  Q_EMIT pages.bridge.stepProgress({"specialize/slm-pn/recipes/1000000/7", 0, 600, "steps", 0, 30});
  Q_EMIT pages.bridge.stepProgress({"specialize/slm-pn/recipes/1000000/7", 200, 600, "steps", 8, 16});
  shoot(training, QStringLiteral("training"));
  SpecializationPage specialization(&pages.document, &pages.bridge);
  specialization.showView(view);
  shoot(specialization, QStringLiteral("specialization"));
  Pages compared(comparison());
  const auto comparison_view = comparisonView(compared.document.project());
  SpecializationPage grid(&compared.document, &compared.bridge);
  grid.showView(comparison_view);
  shoot(grid, QStringLiteral("specialization-grid"));
  ResultsPage results(&compared.document, &compared.bridge);
  results.showView(comparison_view);
  QTRY_VERIFY(!results.figures()->isBusy() && !results.recommendationText().isEmpty());
  for (int tab = 0; tab < results.tabs()->count(); ++tab) {
    results.tabs()->setCurrentIndex(tab);
    shoot(results, QStringLiteral("results-%1").arg(tab));
  }
  if (!folder.isEmpty() && dark) {  // figures for paper are light whatever the window is
    QCOMPARE(training.plot()->exportTo(FigureFormat::png, folder + QStringLiteral("/figure-curves.png")), QString());
    QCOMPARE(results.bars()->exportTo(FigureFormat::png, folder + QStringLiteral("/figure-bars.png")), QString());
  }
  ResultsPage empty(&pages.document, &pages.bridge);
  shoot(empty, QStringLiteral("results-empty"));
}

QTEST_MAIN(TestResultsPage)
#include "test_results_page.moc"
