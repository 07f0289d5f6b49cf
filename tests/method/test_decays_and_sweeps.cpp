// SPDX-License-Identifier: GPL-3.0-or-later
// Budgets that end in decays of their own are runs of those budgets, bit for bit, also when they are asked for later; a
// sweep keeps what validation prefers and pays for all; what the test set gave is kept by document.
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/files.h"
#include "job/engine.h"
#include "method/method.h"
#include "project/project_file.h"
#include "store/checkpoint.h"
#include "support/tiny_project.h"

using namespace pantograph;
namespace fs = std::filesystem;

class TestDecaysAndSweeps : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    job::initialize_engine();
    project_ = project::load_project(tiny::make_project(dir_.path().toStdString()));
    for (auto& m : project_.methods) {
      m.generic.schedule = "wsd";
      m.generic.decay = 0.3;
      m.generic.checkpoint_seconds = 0;
    }
    project_.methods[0].generic.budgets = {10'000, 20'000};
    project_.methods[1].generic.budgets = {20'000};
    for (const std::uint64_t tokens : {10'000, 20'000}) {
      project::MethodSpec alone = project_.methods[0];
      alone.name = "slm-" + std::to_string(tokens);
      alone.generic.tokens = tokens;
      alone.generic.budgets.clear();
      project_.methods.push_back(alone);
    }
    project::MethodSpec pn = project_.methods[1];
    pn.name = "pn-20000";
    pn.generic.tokens = 20'000;
    pn.generic.budgets.clear();
    project_.methods.push_back(pn);
    project::save_project(project_, project_.file);
    bring_up_to_date(project_);
    QCOMPARE(view_.results.size(), std::size_t(2 * (3 + 2 + 3)));
  }

  void aBudgetIsARunOfItsOwn_data() {
    QTest::addColumn<QString>("method");
    QTest::addColumn<int>("budget");
    QTest::addColumn<QString>("alone");
    QTest::newRow("slm, 10k") << "slm" << 10'000 << "slm-10000";
    QTest::newRow("slm, 20k") << "slm" << 20'000 << "slm-20000";
    QTest::newRow("slm-pn, 20k") << "slm-pn" << 20'000 << "pn-20000";
  }
  void aBudgetIsARunOfItsOwn() {
    QFETCH(QString, method);
    QFETCH(int, budget);
    QFETCH(QString, alone);
    compare_networks(method, budget, alone);
    const auto& of_budget = record(method.toStdString(), "law", static_cast<std::uint64_t>(budget));
    const auto& own = record(alone.toStdString(), "law", static_cast<std::uint64_t>(budget));
    QCOMPARE(of_budget.perplexity_after, own.perplexity_after);
    QCOMPARE(of_budget.generic_flops, own.generic_flops);
    QCOMPARE(of_budget.generic_tokens, own.generic_tokens);
  }

  void aBudgetThatIsAskedForLaterIsTheSame() {
    const fs::path folder = folder_of("pretrain/slm/7");
    fs::remove(folder / "network-10000.h5");
    QVERIFY(bring_up_to_date(project_).contains("pretrain/slm/7"));
    compare_networks("slm", 10'000, "slm-10000");
    QVERIFY(!fs::exists(folder / "budgets"));
    QVERIFY(!fs::exists(folder / "checkpoints"));
    QCOMPARE(bring_up_to_date(project_), QStringList());
  }

  void progressRunsOnceToItsEnd() {
    method::MethodInputs inputs;
    inputs.vocabulary = view_.vocabulary;
    inputs.clustering = folder_of("cluster");
    for (const auto& corpus : project_.corpora) {
      if (corpus.role == project::Role::generic)
        inputs.generic.emplace_back(corpus.name, folder_of("tokenize/" + corpus.name));
    }
    std::vector<double> shares;
    TaskContext task;
    task.on_progress = [&](double done, double total, const std::string&) { shares.push_back(done / total); };
    const QTemporaryDir run;
    method::pretrain(project_, project_.methods[0], 7, {}, inputs, {}, {}, run.path().toStdString(), task);
    // A report a step: 79 of the run, and of its budgets' 20 and 40 those that decay.
    QCOMPARE(shares.size(), std::size_t(79 + 6 + 12));
    QVERIFY(std::is_sorted(shares.begin(), shares.end()));
    QVERIFY(shares.front() < 0.02);
    QVERIFY(std::fabs(shares.back() - 1) < 1e-9);
  }

  void aSweepKeepsTheBestAndPaysForAll() {
    const std::vector<double> factors = {0.05, 1.0, 3.0};
    std::map<std::pair<std::string, std::string>, std::vector<measure::ResultRecord>> alone;
    for (const double factor : factors) {
      project::Project one = project_;
      one.methods.resize(2);
      one.specialization.rate_factor = factor;
      bring_up_to_date(one);
      for (const auto& r : view_.results) alone[{r.method + std::to_string(r.generic_budget), r.domain}].push_back(r);
    }
    project::Project swept = project_;
    swept.methods.resize(2);
    swept.specialization.sweep.rate_factor = factors;
    bring_up_to_date(swept);
    QCOMPARE(view_.results.size(), alone.size());
    for (const auto& r : view_.results) {
      const auto& single = alone.at({r.method + std::to_string(r.generic_budget), r.domain});
      const auto best = std::min_element(single.begin(), single.end(), [](const auto& a, const auto& b) {
        return a.validation_loss < b.validation_loss;
      });
      QCOMPARE(r.rate_factor, best->rate_factor);
      QCOMPARE(r.validation_loss, best->validation_loss);
      QCOMPARE(r.perplexity_after, best->perplexity_after);
      double flops = 0, validation = 0;
      std::uint64_t seen = 0;
      for (const auto& one : single) {
        flops += one.specialization_flops;
        validation += one.validation_flops;
        seen += one.specialization_tokens_seen;
        QVERIFY(one.validation_flops > 0 && one.validation_flops < one.specialization_flops);
        QCOMPARE(one.selection_flops, 0.0);
      }
      QVERIFY(std::fabs(r.specialization_flops / flops - 1) < 1e-12);
      QVERIFY(std::fabs(r.validation_flops / validation - 1) < 1e-12);
      QVERIFY(std::fabs(r.selection_flops / (flops - best->specialization_flops) - 1) < 1e-9);
      QCOMPARE(r.specialization_tokens_seen, seen);
    }
    // The curve of the run is that of the rate that was kept.
    const auto& any = view_.results.front();
    const std::string step = job::StepKey::specialize(any.method, any.domain, 2000, 7).id();
    QVERIFY(fs::exists(fs::path(folder_of(step)) / "metrics.jsonl"));
    QCOMPARE(bring_up_to_date(swept), QStringList());
  }

  void whatDivergesIsLeftOut() {
    project::Project wild = project_;
    wild.methods.resize(1);
    wild.specialization.sweep.rate_factor = {0.3, 1e5};
    bring_up_to_date(wild);
    QCOMPARE(view_.results.size(), std::size_t(6));
    const auto swept = view_.results;
    QVERIFY(!warnings_.filter("rate factor 100000").isEmpty());
    // What diverged is paid for: its validation pass at the start, and the steps up to there.
    wild.specialization.sweep.rate_factor = {0.3};
    bring_up_to_date(wild);
    for (std::size_t i = 0; i < swept.size(); ++i) {
      QCOMPARE(swept[i].rate_factor, 0.3);
      QCOMPARE(swept[i].perplexity_after, view_.results[i].perplexity_after);
      QVERIFY(swept[i].validation_flops > view_.results[i].validation_flops);
      QVERIFY(swept[i].specialization_flops > view_.results[i].specialization_flops);
      QVERIFY(swept[i].specialization_tokens_seen > view_.results[i].specialization_tokens_seen);
      QVERIFY(swept[i].selection_flops > 0);
    }
    wild.specialization.sweep.rate_factor = {1e5, 2e5};
    bring_up_to_date(wild);
    QVERIFY(view_.results.empty());
    QVERIFY2(!failures_.filter("diverged at every rate").isEmpty(), qPrintable(failures_.join('\n')));
  }

  void theTestSetIsKeptByDocument() {
    bring_up_to_date(project_);
    for (const auto& r : view_.results) {
      QVERIFY(r.test != nullptr);
      QCOMPARE(r.test->documents.size(), r.test_documents);
      const double loss = std::accumulate(r.test->losses.begin(), r.test->losses.end(), 0.0);
      const auto tokens = std::accumulate(r.test->tokens.begin(), r.test->tokens.end(), std::uint64_t{0});
      QCOMPARE(tokens, r.test_tokens);
      QVERIFY(std::fabs(std::exp(loss / static_cast<double>(tokens)) / r.perplexity_after - 1) < 1e-5);
      const auto variance = measure::over_documents({{r.test.get(), 1}});
      QVERIFY(variance && std::fabs(std::sqrt(variance->value) - r.test_error) < 1e-12);
      QVERIFY(r.validation_tokens > 0);
      QCOMPARE(r.context, 32);
      // All of the test text but its first token is predicted.
      QVERIFY(r.test_bytes > 0);
      QVERIFY(measure::bits_per_byte(r) > 0.1 && measure::bits_per_byte(r) < 8);
    }
  }

 private:
  void compare_networks(const QString& method, int budget, const QString& alone) {
    const auto read = [&](const QString& of, const QString& file) {
      const fs::path folder = folder_of("pretrain/" + of.toStdString() + "/7");
      return store::read_checkpoint(folder / file.toStdString()).tensors;
    };
    const store::TensorMap branched = read(method, QString("network-%1.h5").arg(budget)),
                           whole = read(alone, "network.h5");
    QCOMPARE(branched.size(), whole.size());
    for (const auto& [name, tensor] : whole) QVERIFY2(branched.at(name).data == tensor.data, name.c_str());
  }
  QStringList bring_up_to_date(const project::Project& project) {
    QStringList ran;
    warnings_.clear(), failures_.clear();
    job::Engine engine(project, {}, [&](const job::Event& e) {
      if (const auto* changed = std::get_if<job::ViewChanged>(&e)) view_ = *changed->view;
      if (const auto* done = std::get_if<job::StepFinished>(&e)) ran << QString::fromStdString(done->id);
      if (const auto* failed = std::get_if<job::StepFailed>(&e)) failures_ << QString::fromStdString(failed->message);
      if (const auto* warned = std::get_if<job::Warning>(&e)) warnings_ << QString::fromStdString(warned->message);
    });
    engine.start({});
    engine.wait();
    return ran;
  }
  fs::path folder_of(const std::string& id) const {
    for (const auto& step : view_.steps) {
      if (step.id == id) return step.folder;
    }
    qFatal("no step %s", id.c_str());
  }
  const measure::ResultRecord& record(const std::string& name, const std::string& domain, std::uint64_t budget) const {
    for (const auto& r : view_.results) {
      if (r.method == name && r.domain == domain && r.generic_budget == budget) return r;
    }
    qFatal("no result of %s", name.c_str());
  }

  QTemporaryDir dir_;
  project::Project project_;
  job::ProjectView view_;
  QStringList warnings_, failures_;
};

QTEST_GUILESS_MAIN(TestDecaysAndSweeps)
#include "test_decays_and_sweeps.moc"
