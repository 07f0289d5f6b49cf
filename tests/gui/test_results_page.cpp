// SPDX-License-Identifier: GPL-3.0-or-later
// Training, specialization and results pages, driven by made-up views and events on a bridge without an engine.
// PANTOGRAPH_SCREENSHOTS=FOLDER keeps pictures of them.
#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QBuffer>
#include <QComboBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTabWidget>
#include <QTableView>
#include <QTest>
#include <QTreeWidget>
#include <QUndoStack>
#include <cmath>

#include "engine_bridge.h"
#include "pages/results_model.h"
#include "pages/results_page.h"
#include "pages/specialization_matrix.h"
#include "pages/specialization_page.h"
#include "pages/specialization_settings.h"
#include "pages/step_progress.h"
#include "pages/training_page.h"
#include "pages/training_probes.h"
#include "plot/bar_plot.h"
#include "plot/curve_plot.h"
#include "plot/run_curves.h"
#include "project_document.h"
#include "theme.h"
#include "widgets/empty_state.h"

using namespace pantograph;

namespace {

const std::vector<std::string> kDomains{"law", "medical-questions", "recipes"};

Project project() {
  Project p;
  p.name = "house-documents";
  p.corpora.resize(1 + kDomains.size());
  p.corpora[0].name = "encyclopedia";
  for (std::size_t i = 0; i < kDomains.size(); ++i) {
    p.corpora[i + 1].name = kDomains[i];
    p.corpora[i + 1].role = Role::domain;
  }
  p.small.resize(1);
  p.projected.resize(1);
  for (const char* kind : {"slm", "slm-pn"}) {
    MethodSpec method;
    method.name = method.kind = kind;
    method.network = method.kind == "slm" ? "small" : "projected";
    method.generic.tokens = 8'000'000;
    p.methods.push_back(method);
  }
  p.specialization.domains = kDomains;
  p.specialization.tokens = {50'000, 1'000'000};
  return p;
}

double noise(unsigned& state) {
  state = state * 1664525u + 1013904223u;
  return static_cast<double>(state >> 8) / (1 << 24) - 0.5;
}

/// As after a run of the project: two pretrainings, their probes, fine-tunes, results; the last fine-tune still runs.
std::shared_ptr<ProjectView> fullView(const Project& p) {
  auto view = std::make_shared<ProjectView>();
  unsigned state = 7;
  view->vocabulary = 4096;
  for (std::size_t m = 0; m < p.methods.size(); ++m) {
    const std::string& method = p.methods[m].name;
    const double gain = m == 0 ? 0 : -0.12;
    const std::string pretrain = "pretrain/" + method + "/7";
    view->steps.push_back({pretrain, "Pretrain " + method, StepState::up_to_date, {}, "", 0, 200, ""});
    RunView run{pretrain, method, "", 0, 7, {}};
    for (std::uint64_t step = 1; step <= 980; ++step) {
      const double t = static_cast<double>(step) * 8192, seconds = static_cast<double>(step) * 0.25;
      const double loss = 3.9 + gain + 4.4 * std::exp(-t / 6e5) + 1.1 * std::exp(-t / 4e6);
      run.points.push_back({"train", step, step * 8192, seconds, loss + 0.25 * noise(state), -1});
      if (step % 49 != 0) continue;
      run.points.push_back({"generic", step, step * 8192, seconds, loss + 0.05, -1});
      for (std::size_t d = 0; d < kDomains.size(); ++d) {
        run.points.push_back(
            {"probe/" + kDomains[d], step, step * 8192, seconds, loss + 0.5 + 0.2 * static_cast<double>(d), 3});
      }
    }
    view->runs.push_back(run);
    for (std::size_t d = 0; d < kDomains.size(); ++d) {
      for (const auto tokens : p.specialization.tokens) {
        const std::string id = "specialize/" + method + "/" + kDomains[d] + "/" + std::to_string(tokens) + "/7";
        const bool last = m == 1 && d == 2 && tokens > 50'000;
        view->steps.push_back({id, "Specialize", last ? StepState::running : StepState::up_to_date, {}, "", 0, 12, ""});
        RunView fine{id, method, kDomains[d], tokens, 7, {}};
        const double start = 4.9 + gain + 0.1 * static_cast<double>(d),
                     end = (tokens > 50'000 ? 3.0 : 3.4) + 0.1 * static_cast<double>(d);
        for (std::uint64_t step = 0; step <= (last ? 200u : 600u); step += 20) {
          const double x = static_cast<double>(step);
          fine.points.push_back(
              {"validation", step, step * 2048, x * 0.05, end + (start - end) * std::exp(-x / 90) + x * x * 1e-7, -1});
        }
        view->runs.push_back(fine);
        if (last) continue;
        ResultRecord record;
        record.method = record.kind = method;
        record.domain = kDomains[d];
        record.specialization_tokens = tokens;
        record.specialization_steps = 340;
        record.generic_tokens = 8'000'000;
        record.generic_flops = m == 0 ? 1.3e14 : 1.5e14;
        record.generic_seconds = m == 0 ? 245 : 301;
        record.generic_perplexity = std::exp(3.95 + gain);
        record.specialization_flops = 8e12;
        record.specialization_seconds = 14.2;
        record.expert = m == 0 ? -1 : static_cast<int>(3 * d + 2);
        record.selection = m == 0 ? "" : "frequent";
        record.perplexity_before = std::exp(start);
        record.perplexity_after = std::exp(end + (m == 0 ? 0 : 0.02));
        record.parameters_pretraining = m == 0 ? 2'612'000 : 20'340'000;
        record.parameters_inference = 2'612'000;
        record.seed = 7;
        view->results.push_back(record);
      }
    }
  }
  return view;
}

int inked(const QWidget& widget) {
  const QImage image = const_cast<QWidget&>(widget).grab().toImage();
  int count = 0;
  for (int y = 0; y < image.height(); y += 3) {
    for (int x = 0; x < image.width(); x += 3) count += image.pixel(x, y) != image.pixel(0, 0);
  }
  return count;
}

struct Pages {
  ProjectDocument document;
  EngineBridge bridge;
  explicit Pages(const Project& p) { document.reset(p); }
};

}  // namespace

class TestResultsPage : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { QApplication::setStyle(QStringLiteral("Fusion")); }
  void models();
  void modelFormatsAndSorts();
  void resultsPageShowsVerdictAndFilters();
  void resultsExportHasEveryColumn();
  void resultsPageSaysWhatToDoFirst();
  void matrixFollowsProjectAndView();
  void specializationSettingsAreUndoable();
  void badSizesAreRefused();
  void selectedCellsBecomeSteps();
  void trainingShowsRunsAndCurves();
  void trainingFiltersByMethodAndDomain();
  void livePointsJoinTheCurves();
  void probesFollowProjectAndUser();
  void projectNowShowsTheAnswer();
  void progressTellsRateAndTimeLeft();
  void emptyPagesSayWhatToDo();
  void pictures_data();
  void pictures();
};

void TestResultsPage::models() {
  const Project p = project();
  const auto view = fullView(p);
  ResultsModel results;
  QAbstractItemModelTester one(&results, QAbstractItemModelTester::FailureReportingMode::QtTest);
  ResultsFilter filter(&results);
  QAbstractItemModelTester two(&filter, QAbstractItemModelTester::FailureReportingMode::QtTest);
  AveragesModel averages;
  QAbstractItemModelTester three(&averages, QAbstractItemModelTester::FailureReportingMode::QtTest);
  SpecializationMatrix matrix;
  QAbstractItemModelTester four(&matrix, QAbstractItemModelTester::FailureReportingMode::QtTest);
  results.setRecords(view->results);
  averages.setAverages(pantograph::averages(view->results));
  matrix.set(p, view.get());
  QCOMPARE(results.rowCount(), 11);
  QCOMPARE(averages.rowCount(), 4);
  QCOMPARE(matrix.rowCount(), 6);
  QCOMPARE(matrix.columnCount(), 2);
  for (int column = 0; column < ResultsModel::column_count; ++column) {
    QVERIFY(!results.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty());
    QVERIFY(!results.headerData(column, Qt::Horizontal, Qt::ToolTipRole).toString().isEmpty());
  }
  results.setRecords({});
  averages.setAverages({});
  matrix.set(Project(), nullptr);
  QCOMPARE(matrix.rowCount(), 0);
}

void TestResultsPage::modelFormatsAndSorts() {
  ResultsModel model;
  std::vector<ResultRecord> records(2);
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
  QCOMPARE(model.index(1, ResultsModel::after).data(Qt::TextAlignmentRole).value<Qt::Alignment>(),
           Qt::AlignRight | Qt::AlignVCenter);
  QCOMPARE(model.index(1, ResultsModel::method).data(Qt::TextAlignmentRole).value<Qt::Alignment>(),
           Qt::AlignLeft | Qt::AlignVCenter);
}

void TestResultsPage::resultsPageShowsVerdictAndFilters() {
  Pages pages(project());
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

void TestResultsPage::resultsExportHasEveryColumn() {
  Pages pages(project());
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

void TestResultsPage::resultsPageSaysWhatToDoFirst() {
  Pages pages(project());
  ResultsPage page(&pages.document, &pages.bridge);
  QVERIFY(page.isEmpty());
  QSignalSpy wanted(&page, &ResultsPage::pageWanted);
  page.emptyState()->button()->click();
  QCOMPARE(wanted.count(), 1);
  QSignalSpy started(&pages.bridge, &EngineBridge::aboutToStart);
  page.emptyState()->secondButton()->click();
  QCOMPARE(started.count(), 1);
}

void TestResultsPage::matrixFollowsProjectAndView() {
  Project p = project();
  const auto view = fullView(p);
  SpecializationMatrix matrix;
  matrix.set(p, nullptr);
  QCOMPARE(matrix.index(0, 0).data().toString(), QStringLiteral("not done"));
  matrix.set(p, view.get());
  QCOMPARE(matrix.headerData(0, Qt::Horizontal, Qt::DisplayRole).toString(), QStringLiteral("slm"));
  QCOMPARE(matrix.headerData(1, Qt::Vertical, Qt::DisplayRole).toString(), QStringLiteral("law, 1M"));
  QCOMPARE(matrix.step(matrix.index(0, 1)), QStringLiteral("specialize/slm-pn/law/50000/7"));
  QCOMPARE(matrix.index(0, 0).data().toString(), QStringLiteral("134.3 → 29.96"));
  const QModelIndex running = matrix.index(5, 1);
  QCOMPARE(running.data().toString(), QStringLiteral("running…"));
  matrix.setNewest(matrix.step(running), std::log(50.0));
  QCOMPARE(running.data().toString(), QStringLiteral("running, now 50.00"));
  view->steps.back().state = StepState::failed;
  view->steps.back().error = "the disk is full";
  matrix.set(p, view.get());
  QCOMPARE(running.data().toString(), QStringLiteral("failed"));
  QVERIFY(running.data(Qt::ToolTipRole).toString().contains(QStringLiteral("the disk is full")));
  p.seeds = {7, 8};
  matrix.set(p, view.get());
  QCOMPARE(matrix.columnCount(), 4);
  QCOMPARE(matrix.headerData(1, Qt::Horizontal, Qt::DisplayRole).toString(), QStringLiteral("slm, seed 8"));
}

void TestResultsPage::specializationSettingsAreUndoable() {
  Pages pages(project());
  SpecializationPage page(&pages.document, &pages.bridge);
  const Project before = pages.document.project();
  auto* settings = page.settings();
  settings->domains()->item(0)->setCheckState(Qt::Unchecked);
  QCOMPARE(pages.document.project().specialization.domains, (std::vector<std::string>{"medical-questions", "recipes"}));
  QCOMPARE(page.matrix()->rowCount(), 4);
  settings->sizes()->setText(QStringLiteral("2M, 20k"));
  QTest::keyClick(settings->sizes(), Qt::Key_Return);
  QCOMPARE(pages.document.project().specialization.tokens, (std::vector<std::uint64_t>{20'000, 2'000'000}));
  settings->selection()->setCurrentIndex(1);
  QCOMPARE(pages.document.project().specialization.selection, std::string("best-before"));
  settings->selection()->setCurrentIndex(2);
  QCOMPARE(pages.document.project().specialization.selection, std::string("0"));
  settings->rateFactor()->setValue(0.5);
  settings->maxSteps()->setValue(300);
  settings->patience()->setValue(3);
  const auto& changed = pages.document.project().specialization;
  QCOMPARE(changed.rate_factor, 0.5);
  QCOMPARE(changed.max_steps, std::uint64_t(300));
  QCOMPARE(changed.patience, 3);
  while (pages.document.undoStack()->canUndo()) pages.document.undoStack()->undo();
  QVERIFY(pages.document.project() == before);  // to the last digit of the rate factor
  QCOMPARE(settings->patience()->value(), before.specialization.patience);
  QCOMPARE(settings->domains()->item(0)->checkState(), Qt::Checked);
}

void TestResultsPage::badSizesAreRefused() {
  Pages pages(project());
  SpecializationSettings settings(&pages.document);
  settings.show();
  settings.sizes()->setText(QStringLiteral("50k, lots"));
  QTest::keyClick(settings.sizes(), Qt::Key_Return);
  QVERIFY2(settings.problem().contains(QStringLiteral("lots")), qPrintable(settings.problem()));
  QVERIFY(pages.document.project() == project());
  QVERIFY(!pages.document.isModified());
  settings.sizes()->setText(QStringLiteral("50k"));
  QTest::keyClick(settings.sizes(), Qt::Key_Return);
  QCOMPARE(settings.problem(), QString());
}

void TestResultsPage::selectedCellsBecomeSteps() {
  Pages pages(project());
  SpecializationPage page(&pages.document, &pages.bridge);
  page.showView(fullView(pages.document.project()));
  QSignalSpy started(&pages.bridge, &EngineBridge::aboutToStart);
  page.selectedButton()->click();
  QCOMPARE(started.count(), 0);  // nothing selected
  page.table()->selectionModel()->select(page.matrix()->index(0, 0), QItemSelectionModel::Select);
  page.table()->selectionModel()->select(page.matrix()->index(3, 1), QItemSelectionModel::Select);
  QCOMPARE(page.selectedSteps(), (QStringList{QStringLiteral("specialize/slm-pn/medical-questions/1000000/7"),
                                              QStringLiteral("specialize/slm/law/50000/7")}));
  page.selectedButton()->click();
  page.allButton()->click();
  QCOMPARE(started.count(), 2);
  QCOMPARE(page.plot()->curveIds().size(), 12);
  QCOMPARE(page.plot()->view().x, XAxis::steps);
  QVERIFY(page.plot()->view().aligned);
}

void TestResultsPage::trainingShowsRunsAndCurves() {
  Pages pages(project());
  TrainingPage page(&pages.document, &pages.bridge);
  QVERIFY(!page.isEmpty());
  QCOMPARE(page.runs()->topLevelItemCount(), 2);
  QCOMPARE(page.runs()->topLevelItem(0)->text(2), QStringLiteral("not started"));
  page.showView(fullView(pages.document.project()));
  QCOMPARE(page.runs()->topLevelItem(1)->text(2), QStringLiteral("done"));
  QCOMPARE(page.runs()->topLevelItem(1)->text(3), QStringLiteral("8.03M"));
  QCOMPARE(page.plot()->curveIds().size(), 2 * 5);  // training, generic, three domains; the fine-tunes are elsewhere
  QCOMPARE(page.plot()->sampleCount(QStringLiteral("pretrain/slm-pn/7#probe/law")), std::size_t(20));
  QSignalSpy started(&pages.bridge, &EngineBridge::aboutToStart);
  page.startButton()->click();
  QCOMPARE(started.count(), 1);
}

void TestResultsPage::trainingFiltersByMethodAndDomain() {
  Pages pages(project());
  TrainingPage page(&pages.document, &pages.bridge);
  page.setSeriesShown(QStringLiteral("train"), false);  // before there are any curves
  page.showView(fullView(pages.document.project()));
  const auto visible = [&] {
    int count = 0;
    for (const QString& id : page.plot()->curveIds()) count += page.plot()->isCurveVisible(id);
    return count;
  };
  QCOMPARE(visible(), 8);
  page.setMethodShown(QStringLiteral("slm-pn"), false);
  QCOMPARE(visible(), 4);
  page.setSeriesShown(QStringLiteral("probe/law"), false);
  QCOMPARE(visible(), 3);
  page.setMethodShown(QStringLiteral("slm-pn"), true);
  QCOMPARE(visible(), 6);
}

void TestResultsPage::livePointsJoinTheCurves() {
  Pages pages(project());
  TrainingPage page(&pages.document, &pages.bridge);
  StepStarted started{"pretrain/slm/7", "Pretrain slm (seed 7)", 1, 2};
  Q_EMIT pages.bridge.stepStarted(started);
  QCOMPARE(page.runs()->topLevelItem(0)->text(2), QStringLiteral("running"));
  MetricAdded point{"pretrain/slm/7", {"train", 1, 8192, 0.1, 8.5, -1}};
  MetricAdded probe{"pretrain/slm/7", {"probe/law", 1, 8192, 0.1, 8.25, 2}};
  Q_EMIT pages.bridge.metricsAdded({point, probe});
  Q_EMIT pages.bridge.metricsAdded({point, probe});
  QCOMPARE(page.plot()->sampleCount(QStringLiteral("pretrain/slm/7#train")), std::size_t(1));
  QCOMPARE(page.runs()->topLevelItem(0)->text(4), QStringLiteral("8.500"));
  page.setSeriesShown(QStringLiteral("probe/law"), false);
  point.point.step = probe.point.step = 2;
  Q_EMIT pages.bridge.metricsAdded({point, probe});
  QCOMPARE(page.plot()->sampleCount(QStringLiteral("pretrain/slm/7#probe/law")), std::size_t(2));
  QVERIFY(!page.plot()->isCurveVisible(QStringLiteral("pretrain/slm/7#probe/law")));
}

void TestResultsPage::probesFollowProjectAndUser() {
  Pages pages(project());
  TrainingPage page(&pages.document, &pages.bridge);
  QSignalSpy edited(page.probes(), &ProbeTable::picksEdited);
  QCOMPARE(page.probes()->picks().size(), std::size_t(3));
  page.probes()->setPicked(QStringLiteral("law"), false);
  page.probes()->setChoice(QStringLiteral("recipes"), {ExpertChoice::fixed, 11});
  QCOMPARE(edited.count(), 2);
  const auto picks = page.probes()->picks();
  QCOMPARE(picks.size(), std::size_t(2));
  QCOMPARE(picks[1].domain, std::string("recipes"));
  QCOMPARE(picks[1].choice.kind, ExpertChoice::fixed);
  QCOMPARE(picks[1].choice.expert, 11);
  // Other edits of the project leave the user's picks alone; a domain that joins it is picked.
  pages.document.change(QStringLiteral("x"), [](Project& p) { p.specialization.patience = 9; });
  QCOMPARE(page.probes()->picks().size(), std::size_t(2));
  pages.document.change(QStringLiteral("x"), [](Project& p) {
    p.corpora.push_back(p.corpora.back());
    p.corpora.back().name = "news";
    p.specialization.domains.push_back("news");
  });
  QCOMPARE(page.probes()->picks().size(), std::size_t(3));
  pages.document.change(QStringLiteral("x"), [](Project& p) { p.corpora.resize(2); });
  QCOMPARE(page.probes()->picks().size(), std::size_t(0));
}

void TestResultsPage::projectNowShowsTheAnswer() {
  Pages pages(project());
  TrainingPage page(&pages.document, &pages.bridge);
  page.projectTo(QStringLiteral("/tmp/unused.h5"));
  QVERIFY(!page.projectButton()->isEnabled());
  Q_EMIT pages.bridge.projected({"", "There is no pretrained network yet."});
  QCOMPARE(page.answer(), QStringLiteral("There is no pretrained network yet."));
  QVERIFY(page.projectButton()->isEnabled());
}

void TestResultsPage::progressTellsRateAndTimeLeft() {
  Pages pages(project());
  TrainingPage page(&pages.document, &pages.bridge);
  Q_EMIT pages.bridge.runStarted();
  QVERIFY(!page.startButton()->isEnabled());
  QVERIFY(page.progress()->stopButton()->isEnabled());
  Q_EMIT pages.bridge.stepStarted({"pretrain/slm/7", "Pretrain slm (seed 7)", 0, 2});
  Q_EMIT pages.bridge.stepProgress(
      {"pretrain/slm/7", 1e6, 8e6, "tokens", 40, 280});  // resumed at 1M: not part of the rate
  Q_EMIT pages.bridge.stepProgress({"pretrain/slm/7", 1.3e6, 8e6, "tokens", 50, 200});
  const QString text = page.progress()->text();
  QVERIFY2(text.contains(QStringLiteral("30.0k tokens/s")) || text.contains(QStringLiteral("30k tokens/s")),
           qPrintable(text));
  QVERIFY2(text.contains(QStringLiteral("3 min 20 s left")), qPrintable(text));
  Q_EMIT pages.bridge.pausedChanged(true);
  QVERIFY(page.progress()->pauseButton()->text().contains(QStringLiteral("Resume")));
  Q_EMIT pages.bridge.runEnded({RunEnded::cancelled, 130, 0});
  QVERIFY(page.startButton()->isEnabled());
  QVERIFY(!page.progress()->stopButton()->isEnabled());
  QVERIFY(page.progress()->text().contains(QStringLiteral("checkpoint")));
}

void TestResultsPage::emptyPagesSayWhatToDo() {
  Pages pages{Project()};
  TrainingPage training(&pages.document, &pages.bridge);
  SpecializationPage specialization(&pages.document, &pages.bridge);
  QVERIFY(training.isEmpty() && specialization.isEmpty());
  QSignalSpy first(&training, &TrainingPage::pageWanted), second(&specialization, &SpecializationPage::pageWanted);
  training.emptyState()->button()->click();
  specialization.emptyState()->button()->click();
  QCOMPARE(first[0][0].toInt(), 0);
  QCOMPARE(second[0][0].toInt(), 0);
  Project p = project();
  p.methods.clear();
  pages.document.reset(p);
  QVERIFY(training.isEmpty() && specialization.isEmpty());
  training.emptyState()->button()->click();
  QCOMPARE(first[1][0].toInt(), 2);
  pages.document.reset(project());
  QVERIFY(!training.isEmpty() && !specialization.isEmpty());
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
  Pages pages(project());
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
  ResultsPage results(&pages.document, &pages.bridge);
  results.showView(view);
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
