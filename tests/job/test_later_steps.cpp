// SPDX-License-Identifier: GPL-3.0-or-later
// What a plan says of the steps that wait for clusters, held against the plan once the clusters are there.
#include <QTemporaryDir>
#include <QTest>

#include "job/engine.h"
#include "project/project_file.h"
#include "support/tiny_project.h"

using namespace pantograph;

namespace {

std::vector<job::StepInfo> of_mixtures(const std::vector<job::StepInfo>& steps) {
  std::vector<job::StepInfo> out;
  for (const auto& step : steps) {
    if (step.id.find("mix") != std::string::npos || step.id.find("other") != std::string::npos) out.push_back(step);
  }
  return out;
}

}  // namespace

class TestLaterSteps : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    job::initialize_engine();
    QVERIFY(dir_.isValid());
    project_ = project::load_project(tiny::make_project(dir_.path().toStdString()));
    project::MethodSpec mix = project_.methods[0];
    mix.name = "mix";
    mix.kind = "slm-mix";
    mix.experts = "needed";
    mix.clusters = 5;
    mix.generic.budgets = {10'000};
    mix.generic.schedule = "constant";
    project::MethodSpec other = mix;  // its expert is known: it is trained beside those that are not
    other.name = "other";
    other.pretrained = "mix";
    other.selection = std::to_string(3);
    other.generic = {};
    project_.methods = {project_.methods[0], mix, other};
    project_.seeds = {7, 8};
    project::validate_project(project_);
  }

  void boundsWhatTheClustersBring() {
    job::Engine engine(project_, {}, [](const job::Event&) {});
    const std::vector<job::StepInfo> before = of_mixtures(engine.plan({}, true).steps);
    // For each seed: the expert of "other", its specializations on two domains at two budgets.
    QCOMPARE(before.size(), std::size_t(2 * (1 + 4)));
    const job::LaterSteps later = engine.plan({}, true).later;
    // For each seed: at most one expert for each domain, "mix" on two domains at two budgets.
    QCOMPARE(later.steps, 2 * (2 + 4));
    QVERIFY(later.seconds > 0);
    QCOMPARE(engine.plan({}).later.seconds, 0.0);
    // Parts: one seed's experts alone; a specialization with its experts; nothing that waits; a known expert.
    QCOMPARE(engine.plan({{"pretrain/mix/7"}}).later.steps, 2);
    QCOMPARE(engine.plan({{"specialize/mix/law"}}).later.steps, 2 * (2 + 2));
    QCOMPARE(engine.plan({{"pretrain/slm"}}).later.steps, 0);
    QCOMPARE(engine.plan({{"report"}}).later.steps, 0);

    engine.start({{"cluster"}});
    engine.wait();
    const std::vector<job::StepInfo> after = of_mixtures(engine.plan({}, true).steps);
    QCOMPARE(engine.plan({}, true).later.steps, 0);
    QVERIFY(after.size() > before.size());
    QVERIFY(after.size() - before.size() <= static_cast<std::size_t>(later.steps));
    const auto seconds = [](const std::vector<job::StepInfo>& steps) {
      double sum = 0;
      for (const auto& step : steps) sum += step.estimated_seconds;
      return sum;
    };
    const double brought = seconds(after) - seconds(before);
    QVERIFY2(brought > 0 && brought <= later.seconds * (1 + 1e-9),
             qPrintable(QString("%1 of at most %2 s").arg(brought).arg(later.seconds)));
  }

  void aReportMayFollowToo() {
    project::Project project = project_;
    project.methods = {project_.methods[1]};
    project.seeds = {9};
    project.clustering.restarts = 2;  // other clusters, which are not there
    job::Engine engine(project, {}, [](const job::Event&) {});
    QVERIFY(of_mixtures(engine.plan({}).steps).empty());
    QCOMPARE(engine.plan({}).later.steps, 2 + 4 + 1);
    project.specialization.tokens.clear();  // the experts are trained all the same
    engine.set_project(project);
    QCOMPARE(engine.plan({}).later.steps, 2 + 1);
    project.methods[0].experts = "all";
    engine.set_project(project);
    QCOMPARE(engine.plan({}).later.steps, 0);
  }

 private:
  QTemporaryDir dir_;
  project::Project project_;
};

QTEST_GUILESS_MAIN(TestLaterSteps)
#include "test_later_steps.moc"
