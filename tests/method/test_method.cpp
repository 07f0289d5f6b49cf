// SPDX-License-Identifier: GPL-3.0-or-later
// The recipes against what they promise, on a tiny experiment that the engine has brought up to date.
#include "method/method.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "job/engine.h"
#include "method/recipe.h"
#include "project/project_file.h"
#include "support/tiny_project.h"

using namespace pantograph;

class TestMethod : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    job::initialize_engine();
    project_ = project::load_project(tiny::make_project(dir_.path().toStdString()));
    project::MethodSpec scratch = project_.methods[0];
    scratch.name = scratch.kind = "slm-nopt";
    scratch.generic.tokens = 0;
    project_.methods.push_back(scratch);
    job::Engine engine(project_, {}, [&](const job::Event& e) {
      if (const auto* changed = std::get_if<job::ViewChanged>(&e)) view_ = *changed->view;
      if (const auto* failed = std::get_if<job::StepFailed>(&e)) qWarning("%s", failed->message.c_str());
    });
    engine.start({});
    engine.wait();
    QCOMPARE(view_.results.size(), std::size_t(6));
    for (const auto& corpus : project_.corpora) {
      auto& folder = corpus.role == project::Role::generic ? inputs_.generic.emplace_back(corpus.name, "").second
                                                           : inputs_.domains[corpus.name];
      folder = folder_of("tokenize/" + corpus.name);
    }
    inputs_.vocabulary = view_.vocabulary;
    inputs_.clustering = folder_of("cluster");
  }

  void rowsAndGroupsOfAStep_data() {
    QTest::addColumn<int>("tokens");
    QTest::addColumn<int>("groups_wanted");
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("groups");
    QTest::newRow("even") << 8192 << 4 << 64 << 4;
    QTest::newRow("groups must divide rows") << 128 * 10 << 4 << 10 << 2;
    QTest::newRow("prime number of rows") << 128 * 7 << 4 << 7 << 1;
    QTest::newRow("less than a row") << 5 << 4 << 1 << 1;
    QTest::newRow("no groups asked for") << 8192 << 0 << 64 << 1;
  }
  void rowsAndGroupsOfAStep() {
    QFETCH(int, tokens);
    QFETCH(int, groups_wanted);
    const auto shape = method::recipe::step_shape(static_cast<std::uint64_t>(tokens), 128, groups_wanted);
    QTEST(shape.rows, "rows");
    QTEST(shape.groups, "groups");
  }

  void selectionIsParsed() {
    QCOMPARE(method::recipe::parse_selection("frequent", 4).kind, train::ExpertChoice::by_cluster);
    QCOMPARE(method::recipe::parse_selection("best-before", 4).kind, train::ExpertChoice::lowest_loss);
    QCOMPARE(method::recipe::parse_selection("3", 4).expert, 3);
    for (const char* wrong : {"4", "-1", "1x", "", "best"}) {
      QVERIFY_THROWS_EXCEPTION(Error, method::recipe::parse_selection(wrong, 4));
    }
  }

  void methodsSeeTheSameRows() {
    // Equal tokens seen, and the first training loss differs only through the network, not the data: checked on the
    // curves' token counts step by step.
    const auto& slm = run_of(job::StepKey::pretrain("slm", 7)).points.all();
    const auto& pn = run_of(job::StepKey::pretrain("slm-pn", 7)).points.all();
    QCOMPARE(slm.size(), pn.size());
    for (std::size_t i = 0; i < slm.size(); ++i) {
      QCOMPARE(slm[i].series, pn[i].series);
      QCOMPARE(slm[i].tokens, pn[i].tokens);
    }
  }

  void frequentExpertIsTheDomainsMostFrequentCluster() {
    for (const auto& record : view_.results) {
      if (record.kind != "slm-pn") {
        QCOMPARE(record.expert, -1);
        continue;
      }
      QCOMPARE(record.expert, view_.clustering->domains.at(record.domain).most_frequent);
      QCOMPARE(record.selection, std::string("frequent"));
    }
  }

  void perplexityBeforeIsThatOfTheProjection() {
    const network::Network pn = method::load_pretrained(folder_of("pretrain/slm-pn/7"), {});
    for (const auto& record : view_.results) {
      if (record.kind != "slm-pn") continue;
      const token::EvaluationSet test =
          method::recipe::domain_evaluation(project_, inputs_, record.domain, corpus::Split::test, 32);
      const double loss = train::evaluate(pn, test, {train::ExpertChoice::fixed, record.expert}, "fp32", {}).loss;
      QVERIFY(std::abs(std::exp(loss) / record.perplexity_before - 1) < 1e-4);
    }
  }

  void bestBeforeIsTheExpertOfLowestValidationLoss() {
    const network::Network pn = method::load_pretrained(folder_of("pretrain/slm-pn/7"), {});
    for (const char* domain : {"cooking", "law"}) {
      const token::EvaluationSet validation =
          method::recipe::domain_evaluation(project_, inputs_, domain, corpus::Split::validation, 32);
      std::vector<double> losses;
      for (int expert = 0; expert < pn.config().k; ++expert) {
        losses.push_back(train::evaluate(pn.project(expert), validation, {}, "fp32", {}).loss);
      }
      const auto best = std::min_element(losses.begin(), losses.end()) - losses.begin();
      const method::ChosenExpert chosen =
          method::choose_expert(project_, inputs_, pn, domain, {train::ExpertChoice::lowest_loss, 0}, {});
      QCOMPARE(static_cast<long>(chosen.expert), static_cast<long>(best));
      QVERIFY(chosen.flops > 0);
    }
  }

  void fromScratchHasNoGenericCost() {
    for (const auto& record : view_.results) {
      if (record.kind != "slm-nopt") continue;
      QCOMPARE(record.generic_tokens, std::uint64_t(0));
      QCOMPARE(record.generic_flops, 0.0);
      // An untrained network is about as good as a guess among all pieces.
      QVERIFY(record.perplexity_before > view_.vocabulary / 2.0 && record.perplexity_before < view_.vocabulary * 2.0);
      QVERIFY(record.perplexity_after < record.perplexity_before);
    }
  }

  void validationDecidesWhenToStop() {
    for (const auto& record : view_.results) {
      const auto& run = run_of(job::StepKey::specialize(record.method, record.domain, 2000, 7));
      double lowest = 1e9;
      std::uint64_t at = 0;
      for (const auto& point : run.points) {
        if (point.series == "validation" && point.value < lowest) {
          lowest = point.value;
          at = point.step;
        }
      }
      QCOMPARE(record.specialization_steps, at);
    }
  }

  void specializedNetworkIsSavedWithItsShape() {
    for (const auto& record : view_.results) {
      const std::string step = "specialize/" + record.method + "/" + record.domain + "/2000/7";
      const store::Checkpoint saved = store::read_checkpoint(std::filesystem::path(folder_of(step)) / "small.h5");
      const auto config = network::network_config_from_json(nlohmann::json::parse(saved.meta).at("config"));
      QVERIFY(!config.projected);
      const network::Network network = network::Network::load(config, saved.tensors);
      const token::EvaluationSet test =
          method::recipe::domain_evaluation(project_, inputs_, record.domain, corpus::Split::test, 32);
      const double loss = train::evaluate(network, test, {}, "fp32", {}).loss;
      QVERIFY(std::abs(std::exp(loss) / record.perplexity_after - 1) < 1e-6);
    }
  }

 private:
  std::string folder_of(const std::string& id) const {
    for (const auto& step : view_.steps) {
      if (step.id == id) return step.folder;
    }
    return "";
  }
  const job::RunView& run_of(const job::StepKey& key) const {
    return *std::find_if(view_.runs.begin(), view_.runs.end(), [&](const job::RunView& run) { return run.key == key; });
  }

  QTemporaryDir dir_;
  project::Project project_;
  job::ProjectView view_;
  method::MethodInputs inputs_;
};

QTEST_GUILESS_MAIN(TestMethod)
#include "test_method.moc"
