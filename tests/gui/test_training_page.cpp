// SPDX-License-Identifier: GPL-3.0-or-later
// The training page, driven by made-up views and events on a bridge without an engine.
#include <QApplication>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QTreeWidget>

#include "engine_bridge.h"
#include "pages/specialization_page.h"
#include "pages/step_progress.h"
#include "pages/training_page.h"
#include "pages/training_probes.h"
#include "pages/training_runs.h"
#include "plot/curve_plot.h"
#include "plot/run_curves.h"
#include "project_document.h"
#include "run_names.h"
#include "sample_views.h"
#include "widgets/empty_state.h"

using namespace pantograph;
using namespace sample;

namespace {

/// With a mixture of 16 experts, and a method that is pretrained for each domain.
project::Project withMixture() {
  project::Project p = sample::project();
  for (const char* kind : {"slm-mix", "slm-is"}) {
    project::MethodSpec method = p.methods[0];
    method.name = method.kind = kind;
    p.methods.push_back(method);
  }
  return p;
}

}  // namespace

class TestTrainingPage : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { QApplication::setStyle(QStringLiteral("Fusion")); }
  void trainingShowsRunsAndCurves();
  void trainingFiltersByMethodAndDomain();
  void stepsAreNamed();
  void expertsStandBelowTheirMixture();
  void sharedPretrainingHasNoRunOfItsOwn();
  void livePointsJoinTheCurves();
  void probesFollowProjectAndUser();
  void projectNowShowsTheAnswer();
  void progressTellsRateAndTimeLeft();
  void emptyPagesSayWhatToDo();
};

void TestTrainingPage::trainingShowsRunsAndCurves() {
  Pages pages(sample::project());
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

void TestTrainingPage::trainingFiltersByMethodAndDomain() {
  Pages pages(sample::project());
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

void TestTrainingPage::stepsAreNamed() {
  const auto expert = RunKey::of(job::StepKey::pretrain_expert("slm-mix", 7, 11));
  QVERIFY(expert && expert->method == "slm-mix" && expert->seed == 7 && expert->part == "11");
  QCOMPARE(expert->step, QStringLiteral("pretrain/slm-mix/7/11"));
  const auto domain = RunKey::of(job::StepKey::pretrain_for("slm-is", 7, "law"));
  QVERIFY(domain && domain->part == "law" && domain->domain.isEmpty());
  QCOMPARE(domain->step, QStringLiteral("pretrain/slm-is/7/law"));
  const auto early = RunKey::of(job::StepKey::specialize("slm", "law", 50'000, 7, 2'000'000));
  QVERIFY(early && early->domain == "law" && early->tokens == 50'000 && early->seed == 7 && early->budget == 2'000'000);
  QCOMPARE(early->step, QStringLiteral("specialize/slm/law/50000/7/2000000"));
  for (const job::StepKey& other :
       {job::StepKey::import("law"), job::StepKey::tokenizer(), job::StepKey::clustering(32), job::StepKey::report()})
    QVERIFY(!RunKey::of(other));
  project::Project p = withMixture();
  QCOMPARE(run_names::method(p, *expert), QStringLiteral("slm-mix, expert 11"));
  QCOMPARE(run_names::method(p, *domain), QStringLiteral("slm-is, for law"));
  QCOMPARE(run_names::method(p, *early), QStringLiteral("slm at 2M"));
  p.seeds = {7, 8};
  QCOMPARE(run_names::method(p, *domain), QStringLiteral("slm-is, for law, seed 7"));
}

void TestTrainingPage::expertsStandBelowTheirMixture() {
  Pages pages(withMixture());
  TrainingPage page(&pages.document, &pages.bridge);
  auto view = fullView(sample::project());
  const job::CurvePoints points(std::vector<store::MetricPoint>{
      {"train", 1, 1000, 1, 5, -1}, {"generic", 1, 1000, 1, 5, -1}, {"probe/law", 1, 1000, 1, 5, -1}});
  for (int i = 0; i < 16; ++i) {
    const auto key = job::StepKey::pretrain_expert("slm-mix", 7, i);
    const auto state = i < 5 ? job::StepState::up_to_date : i == 5 ? job::StepState::running : job::StepState::missing;
    view->steps.push_back(sample::step(key, state));
    view->runs.push_back({key, i < 6 ? points : job::CurvePoints()});
  }
  for (const char* domain : {"law", "medical-questions"}) {
    view->runs.push_back({job::StepKey::pretrain_for("slm-is", 7, domain), points});
  }
  page.showView(view);
  QTreeWidgetItem *mix = page.runs()->topLevelItem(2), *resampled = page.runs()->topLevelItem(3);
  QCOMPARE(mix->text(TrainingRuns::method), QStringLiteral("slm-mix"));
  QCOMPARE(mix->childCount(), 16);
  QCOMPARE(mix->child(3)->text(TrainingRuns::method), QStringLiteral("expert 3"));
  QCOMPARE(mix->child(3)->text(TrainingRuns::state), QStringLiteral("done"));
  QCOMPARE(mix->text(TrainingRuns::state), QStringLiteral("running, 5 of 16 done"));
  QCOMPARE(mix->text(TrainingRuns::tokens), QStringLiteral("6k"));
  QCOMPARE(resampled->childCount(), 3);
  QCOMPARE(resampled->child(0)->text(TrainingRuns::method), QStringLiteral("for law"));
  const auto visible = [&](const QString& start) {
    QStringList out;
    for (const QString& id : page.plot()->curveIds()) {
      if (id.startsWith(start) && page.plot()->isCurveVisible(id)) out << id.mid(start.size());
    }
    out.sort();
    return out.join(' ');
  };
  QCOMPARE(visible("pretrain/slm-mix/7/"), QStringLiteral("0#generic 0#train 1#generic 1#train 2#generic 2#train"));
  QCOMPARE(visible("pretrain/slm-is/7/"),
           QStringLiteral("law#generic law#probe/law law#train medical-questions#generic "
                          "medical-questions#train"));
  page.setAllPartsShown(QStringLiteral("slm-mix"), true);
  QCOMPARE(visible("pretrain/slm-mix/7/").split(' ').size(), 18);
  page.setMethodShown(QStringLiteral("slm-mix"), false);
  QCOMPARE(visible("pretrain/slm-mix/7/"), QString());
  Q_EMIT pages.bridge.stepStarted({"pretrain/slm-is/7/law", "Pretrain slm-is for law (seed 7)", 1, 2});
  QCOMPARE(resampled->text(TrainingRuns::state), QStringLiteral("running, 0 of 3 done"));
}

void TestTrainingPage::sharedPretrainingHasNoRunOfItsOwn() {
  project::Project p = sample::project();
  project::MethodSpec student = p.methods[0];
  student.name = student.kind = "slm-d";
  student.pretrained = "slm";
  p.methods.push_back(student);
  Pages pages(p);
  TrainingPage page(&pages.document, &pages.bridge);
  QCOMPARE(page.runs()->topLevelItemCount(), 2);
}

void TestTrainingPage::livePointsJoinTheCurves() {
  Pages pages(sample::project());
  TrainingPage page(&pages.document, &pages.bridge);
  job::StepStarted started{"pretrain/slm/7", "Pretrain slm (seed 7)", 1, 2};
  Q_EMIT pages.bridge.stepStarted(started);
  QCOMPARE(page.runs()->topLevelItem(0)->text(2), QStringLiteral("running"));
  job::MetricAdded point{job::StepKey::pretrain("slm", 7), {"train", 1, 8192, 0.1, 8.5, -1}};
  job::MetricAdded probe{job::StepKey::pretrain("slm", 7), {"probe/law", 1, 8192, 0.1, 8.25, 2}};
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

void TestTrainingPage::probesFollowProjectAndUser() {
  Pages pages(sample::project());
  TrainingPage page(&pages.document, &pages.bridge);
  QSignalSpy edited(page.probes(), &ProbeTable::picksEdited);
  QCOMPARE(page.probes()->picks().size(), std::size_t(3));
  page.probes()->setPicked(QStringLiteral("law"), false);
  page.probes()->setChoice(QStringLiteral("recipes"), {train::ExpertChoice::fixed, 11});
  QCOMPARE(edited.count(), 2);
  const auto picks = page.probes()->picks();
  QCOMPARE(picks.size(), std::size_t(2));
  QCOMPARE(picks[1].domain, std::string("recipes"));
  QCOMPARE(picks[1].choice.kind, train::ExpertChoice::fixed);
  QCOMPARE(picks[1].choice.expert, 11);
  // Other edits of the project leave the user's picks alone; a domain that joins it is picked.
  pages.document.change(QStringLiteral("x"), [](project::Project& p) { p.specialization.patience = 9; });
  QCOMPARE(page.probes()->picks().size(), std::size_t(2));
  pages.document.change(QStringLiteral("x"), [](project::Project& p) {
    p.corpora.push_back(p.corpora.back());
    p.corpora.back().name = "news";
    p.specialization.domains.push_back("news");
  });
  QCOMPARE(page.probes()->picks().size(), std::size_t(3));
  pages.document.change(QStringLiteral("x"), [](project::Project& p) { p.corpora.resize(2); });
  QCOMPARE(page.probes()->picks().size(), std::size_t(0));
}

void TestTrainingPage::projectNowShowsTheAnswer() {
  Pages pages(sample::project());
  TrainingPage page(&pages.document, &pages.bridge);
  page.projectTo(QStringLiteral("/tmp/unused.h5"));
  QVERIFY(!page.projectButton()->isEnabled());
  Q_EMIT pages.bridge.projected({"", "There is no pretrained network yet."});
  QCOMPARE(page.answer(), QStringLiteral("There is no pretrained network yet."));
  QVERIFY(page.projectButton()->isEnabled());
}

void TestTrainingPage::progressTellsRateAndTimeLeft() {
  Pages pages(sample::project());
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
  Q_EMIT pages.bridge.runEnded({job::RunEnded::cancelled, 130, 0, {}, {}});
  QVERIFY(page.startButton()->isEnabled());
  QVERIFY(!page.progress()->stopButton()->isEnabled());
  QVERIFY(page.progress()->text().contains(QStringLiteral("checkpoint")));
}

void TestTrainingPage::emptyPagesSayWhatToDo() {
  Pages pages{project::Project()};
  TrainingPage training(&pages.document, &pages.bridge);
  SpecializationPage specialization(&pages.document, &pages.bridge);
  QVERIFY(training.isEmpty() && specialization.isEmpty());
  QSignalSpy first(&training, &TrainingPage::pageWanted), second(&specialization, &SpecializationPage::pageWanted);
  training.emptyState()->button()->click();
  specialization.emptyState()->button()->click();
  QCOMPARE(first[0][0].toInt(), 0);
  QCOMPARE(second[0][0].toInt(), 0);
  project::Project p = sample::project();
  p.methods.clear();
  pages.document.reset(p);
  QVERIFY(training.isEmpty() && specialization.isEmpty());
  training.emptyState()->button()->click();
  QCOMPARE(first[1][0].toInt(), 2);
  pages.document.reset(sample::project());
  QVERIFY(!training.isEmpty() && !specialization.isEmpty());
}

QTEST_MAIN(TestTrainingPage)
#include "test_training_page.moc"
