// SPDX-License-Identifier: GPL-3.0-or-later
// Grids of methods through the facade: the steps of their points are those of the same methods written by hand, and
// the report has the figures that grids are for.
#include <QTemporaryDir>
#include <QTest>

#include "base/files.h"
#include "job/engine.h"
#include "project/project_file.h"
#include "support/tiny_project.h"

using namespace pantograph;

namespace {

std::map<std::string, std::string> folders(const project::Project& project) {
  std::map<std::string, std::string> out;
  const job::Engine engine(project, {}, [](const job::Event&) {});
  for (const auto& step : engine.plan({}).steps) out[step.id] = step.folder;
  return out;
}

}  // namespace

class TestGrids : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    job::initialize_engine();
    QVERIFY(dir_.isValid());
    project_ = project::load_project(tiny::make_project(dir_.path().toStdString()));
  }

  void pointsHaveTheStepsOfPlainMethods() {
    project::Project few = project_;
    for (project::MethodSpec& method : few.methods) method.generic.tokens = 1024;
    project::Project grids = few;
    project::MethodSpec pn = grids.methods[1];
    pn.name = "pn";
    pn.grid = {{2, 3}, {2}, {2, 4}};
    grids.methods[1] = pn;
    project::MethodSpec mix = grids.methods[0];
    mix.name = mix.kind = "slm-mix";
    mix.grid.clusters = {2, 3};
    grids.methods.push_back(mix);
    project::MethodSpec last = pn;
    last.grid = {};
    last.generic = {};
    last.name = "last";
    last.pretrained = "pn-h3-k4";
    grids.methods.push_back(last);
    project::validate_project(grids);

    project::Project hand = few;
    hand.projected = {{"a", "small", 2, 2}, {"b", "small", 3, 2}};
    hand.methods = {grids.methods[0]};
    for (const auto& [name, network, k] : {std::tuple{"pn-h2-k2", "a", 2}, std::tuple{"pn-h2-k4", "a", 4},
                                           std::tuple{"pn-h3-k2", "b", 2}, std::tuple{"pn-h3-k4", "b", 4}}) {
      project::MethodSpec method = pn;
      method.grid = {};
      method.name = name, method.network = network, method.clusters = k;
      hand.methods.push_back(method);
    }
    for (const int k : {2, 3}) {
      mix.grid = {};
      mix.name = "slm-mix-k" + std::to_string(k), mix.clusters = k;
      hand.methods.push_back(mix);
    }
    last.network = "b", last.clusters = 4;
    hand.methods.push_back(last);
    project::validate_project(hand);

    {  // a folder's name is known once the content that its step reads is there
      job::Engine engine(grids, {}, [](const job::Event&) {});
      engine.start({{"pretrain"}});
      engine.wait();
    }
    const auto steps = folders(grids);
    // 3 imports, their overlap, tokenizer, 3 tokenizations, k = 2, 3 and 4 clustered, pretrainings: slm, 4 points, 2 +
    // 3 experts; 8 methods on 2 domains, report.
    QCOMPARE(steps.size(), std::size_t(8 + 3 + 10 + 16 + 1));
    auto same = folders(hand);
    QCOMPARE(same.size(), steps.size());
    for (const auto& [id, folder] : steps) {
      QVERIFY2(id == "report" || same[id] == folder, id.c_str());
      QVERIFY2(id == "report" || !folder.ends_with(id), qPrintable(QString::fromStdString(id + " has no key")));
    }
    // Without the grids, the keys of what stays are the same.
    for (const auto& [id, folder] : folders(few)) {
      if (id.find("slm-pn") == std::string::npos && id != "report") QCOMPARE(steps.at(id), folder);
    }
  }

  void aGridIsRunAndReported() {
    project::Project project = project_;
    project.specialization.domains = {"law"};
    project.specialization.max_steps = 5;
    for (project::MethodSpec& method : project.methods) method.generic.tokens = 4096;
    project.methods[1].grid.clusters = {2, 3};
    project::MethodSpec resampled = project.methods[0];
    resampled.name = resampled.kind = "slm-is";
    resampled.grid.clusters = {2, 3};
    project.methods.push_back(resampled);
    std::shared_ptr<const job::ProjectView> view;
    job::RunEnded ended;
    std::string failure;
    job::Engine engine(project, {}, [&](const job::Event& event) {
      if (const auto* changed = std::get_if<job::ViewChanged>(&event)) view = changed->view;
      if (const auto* end = std::get_if<job::RunEnded>(&event)) ended = *end;
      if (const auto* failed = std::get_if<job::StepFailed>(&event)) failure = failed->message;
    });
    engine.start({});
    engine.wait();
    QVERIFY2(ended.kind == job::RunEnded::finished, failure.c_str());
    std::vector<std::string> methods;
    for (const auto& record : view->results) methods.push_back(record.method);
    QCOMPARE(methods, (std::vector<std::string>{"slm", "slm-pn-k2", "slm-pn-k3", "slm-is-k2", "slm-is-k3"}));
    const std::string figures = read_file(project.artifacts() / "report" / "figures.csv");
    for (const char* figure : {"experts-slm-pn-generic", "clusters-of-slm-is"})
      QVERIFY2(figures.find(figure) != std::string::npos, figure);
    // Declared anew, nothing is out of date.
    engine.set_project(project);
    for (const auto& step : engine.plan({}).steps) QCOMPARE(step.state, job::StepState::up_to_date);
  }

  void aGridThatBreaksTheRulesFailsTheRunAlone() {
    project::Project project = project_;
    for (int i = 1; i <= 300; ++i) project.methods[1].grid.h.push_back(i);
    std::string failure;
    int warnings = 0;
    job::RunEnded ended;
    job::Engine engine(project, {}, [&](const job::Event& event) {
      if (const auto* end = std::get_if<job::RunEnded>(&event)) ended = *end;
      if (const auto* failed = std::get_if<job::StepFailed>(&event)) failure = failed->message;
      if (std::holds_alternative<job::Warning>(event)) ++warnings;
    });
    engine.start({});
    engine.wait();
    QCOMPARE(ended.exit_code, 3);
    QVERIFY2(failure.find("method.slm-pn.grid") != std::string::npos, failure.c_str());
    QVERIFY(warnings > 0);
    engine.set_project(project_);
    QVERIFY(engine.plan({}).steps.size() > 10);
  }

 private:
  QTemporaryDir dir_;
  project::Project project_;
};

QTEST_GUILESS_MAIN(TestGrids)
#include "test_grids.moc"
