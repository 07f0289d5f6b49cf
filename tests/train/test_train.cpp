// SPDX-License-Identifier: GPL-3.0-or-later
// Training end to end on two clusters of text-like tokens: losses fall, accumulation changes nothing, early stopping
// keeps the best, curves and results are whole, bad settings and a diverging loss end in a clear error.
#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <map>

#include "base/error.h"
#include "support/outcome.h"
#include "train_fixtures.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

double unigram_entropy(const token::EvaluationSet& set) {
  std::map<int, double> count;
  double all = 0;
  for (const std::int32_t token : set.rows) {
    if (token < 0) continue;
    count[token] += 1;
    all += 1;
  }
  double entropy = 0;
  for (const auto& [token, n] : count) entropy -= n / all * std::log(n / all);
  return entropy;
}

}  // namespace

class TestTrain : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase();
  void learns_data();
  void learns();
  void accumulationEqualsWholeBatch_data();
  void accumulationEqualsWholeBatch();
  void earlyStoppingEndsWithTheBest();
  void longRunsHaveThinnedCurves();
  void finishedRunIsNotRepeated();
  void shortRunWritesNoCheckpoint();
  void diverges();
  void badSettings_data();
  void badSettings();
  void earlyStoppingNeedsValidation();

 private:
  fs::path run(const std::string& name) const { return fs::path(folder_.path().toStdString()) / name; }
  QTemporaryDir folder_;
  fs::path data_;
  token::EvaluationSet validation_;
};

void TestTrain::initTestCase() {
  network::set_compute_threads(1);  // networks too small for two
  data_ = run("data");
  fixtures::write_experiment(data_);
  validation_ = fixtures::validation(data_);
}

void TestTrain::learns_data() {
  QTest::addColumn<bool>("projected");
  QTest::addColumn<QString>("precision");
  QTest::newRow("slm") << false << "fp32";
  QTest::newRow("slm-pn") << true << "fp32";
  QTest::newRow("slm bf16") << false << "bf16";
  QTest::newRow("slm-pn bf16") << true << "bf16";
}

void TestTrain::learns() {
  QFETCH(bool, projected);
  QFETCH(QString, precision);
  network::Network network = network::Network::create(projected ? fixtures::slm_pn() : fixtures::slm(), 3);
  token::ClusterSampler sampler = fixtures::sampler(data_);
  train::TrainSettings settings = fixtures::settings(400);
  settings.precision = precision.toStdString();
  settings.evaluate_every = 100;
  train::TrainHooks hooks = fixtures::probe_hooks(validation_);
  std::uint64_t last_step = 0;
  std::size_t seen = 0;
  hooks.at_step = [&](const network::Network&, std::uint64_t step) { last_step = step; };
  hooks.on_metric = [&](const store::MetricPoint&) { ++seen; };
  double done = 0, total = 0;
  TaskContext task;
  task.on_progress = [&](double d, double t, const std::string&) { done = d, total = t; };
  const fs::path folder = run(std::string("learns ") + QTest::currentDataTag());
  const train::TrainResult result = train::train(network, sampler, settings, hooks, folder, task);

  QCOMPARE(result.steps, std::uint64_t{400});
  QCOMPARE(result.tokens, std::uint64_t{400 * 16 * fixtures::kContext});
  QCOMPARE(last_step, std::uint64_t{400});
  QCOMPARE(done, static_cast<double>(result.tokens));
  QCOMPARE(total, done);
  QVERIFY(result.seconds > 0 && result.evaluation_seconds > 0);
  const auto curve = fixtures::series(folder, "validation");
  QCOMPARE(curve.size(), std::size_t{5});  // 0, 100 … 400
  QCOMPARE(curve.front().step, std::uint64_t{0});
  QVERIFY(std::abs(curve.front().value - std::log(fixtures::kVocabulary)) < 0.2);
  const double loss = curve.back().value;
  QVERIFY(loss < unigram_entropy(validation_) - 1.5);
  QVERIFY2(loss < 1.6, qPrintable(QString::number(loss)));  // the source's own entropy is 0.80
  QVERIFY(std::abs(train::evaluate(network, validation_, {}, settings.precision, {}).loss - loss) < 1e-12);
  QVERIFY(std::abs(result.final_loss - loss) < 0.5);
  QCOMPARE(fixtures::series(folder, "train").size(), std::size_t{400});
  QCOMPARE(fixtures::series(folder, "rate").size(), std::size_t{400});
  QCOMPARE(fixtures::series(folder, "gradient-norm").size(), std::size_t{400});
  QCOMPARE(seen, store::read_metrics(folder / "metrics.jsonl").size());
  const int expert = fixtures::series(folder, "probe/lowest").back().expert;
  QVERIFY(projected ? expert >= 0 && expert < fixtures::kClusters : expert == -1);
}

void TestTrain::accumulationEqualsWholeBatch_data() {
  QTest::addColumn<bool>("projected");
  QTest::addColumn<int>("at_once");
  for (const int at_once : {8, 5, 1}) {
    QTest::addRow("slm %d", at_once) << false << at_once;
    QTest::addRow("slm-pn %d", at_once) << true << at_once;
  }
}

void TestTrain::accumulationEqualsWholeBatch() {
  QFETCH(bool, projected);
  QFETCH(int, at_once);
  std::vector<store::MetricPoint> loss[2], norm[2];
  for (int i = 0; i < 2; ++i) {
    network::Network network = network::Network::create(projected ? fixtures::slm_pn() : fixtures::slm(), 3);
    token::ClusterSampler sampler = fixtures::sampler(data_);
    train::TrainSettings settings = fixtures::settings(6);
    settings.rows_at_once = i == 0 ? 0 : at_once;
    const fs::path folder = run(std::string("accumulate ") + QTest::currentDataTag() + std::to_string(i));
    train::train(network, sampler, settings, {}, folder, {});
    loss[i] = fixtures::series(folder, "train");
    norm[i] = fixtures::series(folder, "gradient-norm");
  }
  QCOMPARE(loss[0].size(), std::size_t{6});
  for (std::size_t s = 0; s < 6; ++s) {
    QVERIFY(std::abs(loss[0][s].value - loss[1][s].value) < 1e-4);
    QVERIFY(std::abs(norm[0][s].value - norm[1][s].value) < 1e-3 * norm[0][s].value);
  }
}

void TestTrain::earlyStoppingEndsWithTheBest() {
  // Ten documents are soon known by heart, and the validation loss turns.
  const fs::path few = run("few");
  fixtures::write_experiment(few, 10, 20);
  const token::EvaluationSet validation = fixtures::validation(few);
  network::Network network = network::Network::create(fixtures::slm(), 3);
  token::ClusterSampler sampler = fixtures::sampler(few);
  train::TrainSettings settings = fixtures::settings(2000);
  settings.schedule = "constant";
  settings.evaluate_every = 10;
  settings.patience = 3;
  const train::TrainResult result =
      train::train(network, sampler, settings, fixtures::probe_hooks(validation), run("early"), {});
  QVERIFY(result.stopped_early);
  QVERIFY(result.steps < 2000);
  const auto curve = fixtures::series(run("early"), "validation");
  double best = 1e9;
  std::uint64_t step = 0;
  for (const store::MetricPoint& p : curve) {
    if (p.value < best) best = p.value, step = p.step;
  }
  QCOMPARE(result.best_validation, best);
  QCOMPARE(result.best_step, step);
  QCOMPARE(curve.back().step, result.steps);
  QCOMPARE(result.steps, step + 30);
  QVERIFY(curve.back().value > best);
  QCOMPARE(train::evaluate(network, validation, {}, "fp32", {}).loss, best);
}

void TestTrain::longRunsHaveThinnedCurves() {
  network::Network network = network::Network::create(fixtures::slm(), 3);
  token::ClusterSampler sampler = fixtures::sampler(data_, 2);
  train::TrainSettings settings = fixtures::settings(2501);
  const train::TrainResult result = train::train(network, sampler, settings, {}, run("long"), {});
  const auto curve = fixtures::series(run("long"), "train");
  QCOMPARE(curve.size(), std::size_t{1251});  // two steps a point, and the last step
  QCOMPARE(curve[0].step, std::uint64_t{2});
  QCOMPARE(curve.back().step, std::uint64_t{2501});
  double tail = 0;
  for (std::size_t i = curve.size() - 126; i < curve.size(); ++i) tail += curve[i].value / 126;
  QVERIFY(std::abs(result.final_loss - tail) < 1e-12);
}

void TestTrain::finishedRunIsNotRepeated() {
  const fs::path folder = run("finished");
  train::TrainSettings settings = fixtures::settings(30);
  settings.checkpoint_seconds = 0;
  store::TensorMap first;
  for (int i = 0; i < 2; ++i) {
    network::Network network = network::Network::create(fixtures::slm_pn(), i == 0 ? 3 : 99);
    token::ClusterSampler sampler = fixtures::sampler(data_);
    int steps = 0;
    train::TrainHooks hooks = fixtures::probe_hooks(validation_);
    hooks.at_step = [&](const network::Network&, std::uint64_t) { ++steps; };
    const train::TrainResult result = train::train(network, sampler, settings, hooks, folder, {});
    QCOMPARE(steps, i == 0 ? 30 : 0);
    QCOMPARE(result.steps, std::uint64_t{30});
    QCOMPARE(result.resumed_from, std::uint64_t(i == 0 ? 0 : 30));
    if (i == 0) {
      first = network.weights();
    } else {
      QVERIFY(tiny::same_weights(first, network.weights()));
      QCOMPARE(fixtures::series(folder, "validation").size(), std::size_t{3});
    }
  }
}

void TestTrain::shortRunWritesNoCheckpoint() {
  network::Network network = network::Network::create(fixtures::slm(), 3);
  token::ClusterSampler sampler = fixtures::sampler(data_);
  train::TrainSettings settings = fixtures::settings(5);
  settings.checkpoint_seconds = 30;
  train::train(network, sampler, settings, {}, run("short"), {});
  QVERIFY(fs::is_empty(run("short") / "checkpoints"));
}

void TestTrain::diverges() {
  const fs::path folder = run("diverges");
  network::Network network = network::Network::create(fixtures::slm(), 3);
  token::ClusterSampler sampler = fixtures::sampler(data_);
  train::TrainSettings settings = fixtures::settings(200);
  settings.rate = 1e6;
  settings.warmup = 0;
  settings.clip = 0;
  try {
    train::train(network, sampler, settings, {}, folder, {});
    QFAIL("trained");
  } catch (const Error& e) {
    QCOMPARE(e.kind(), ErrorKind::run);
    QVERIFY2(QString(e.what()).contains("training step"), e.what());
    QVERIFY2(QString(e.what()).contains("none was written yet"), e.what());
  }
  QVERIFY(fs::is_empty(folder / "checkpoints"));

  // With a good checkpoint from before, it stays and is named.
  train::TrainSettings good = fixtures::settings(20);
  good.checkpoint_seconds = 0;
  network::Network other = network::Network::create(fixtures::slm(), 3);
  token::ClusterSampler again = fixtures::sampler(data_);
  train::train(other, again, good, {}, folder, {});
  const fs::path last = store::checkpoint_path(folder / "checkpoints", 20);
  QVERIFY(fs::exists(last));
  const store::Checkpoint before = store::read_checkpoint(last);
  token::ClusterSampler third = fixtures::sampler(data_);
  QStringList warnings;
  TaskContext task;
  task.on_warning = [&](const std::string& text) { warnings << QString::fromStdString(text); };
  try {
    train::train(other, third, settings, {}, folder, task);
    QFAIL("trained");
  } catch (const Error& e) {
    QCOMPARE(e.kind(), ErrorKind::run);
    QVERIFY2(QString(e.what()).contains(QString::fromStdString(last.string())), e.what());
  }
  QVERIFY(warnings.join("\n").contains("another rate"));
  QVERIFY(tiny::same_weights(before.tensors, store::read_checkpoint(last).tensors));
  for (const auto& entry : fs::directory_iterator(folder / "checkpoints")) QVERIFY(entry.path() <= last);
}

void TestTrain::badSettings_data() {
  QTest::addColumn<QString>("schedule");
  QTest::addColumn<QString>("precision");
  QTest::addColumn<QString>("text");
  QTest::newRow("schedule") << "zigzag"
                            << "fp32"
                            << "zigzag";
  QTest::newRow("precision") << "cosine"
                             << "int4"
                             << "int4";
}

void TestTrain::badSettings() {
  QFETCH(QString, schedule);
  QFETCH(QString, precision);
  QFETCH(QString, text);
  network::Network network = network::Network::create(fixtures::slm(), 3);
  token::ClusterSampler sampler = fixtures::sampler(data_);
  train::TrainSettings settings = fixtures::settings(5);
  settings.schedule = schedule.toStdString();
  settings.precision = precision.toStdString();
  try {
    train::train(network, sampler, settings, {}, run("bad"), {});
    QFAIL("accepted");
  } catch (const Error& e) {
    QVERIFY2(QString(e.what()).contains(text), e.what());
  }
  QVERIFY(!fs::exists(run("bad")));
}

void TestTrain::earlyStoppingNeedsValidation() {
  network::Network network = network::Network::create(fixtures::slm(), 3);
  token::ClusterSampler sampler = fixtures::sampler(data_);
  train::TrainSettings settings = fixtures::settings(5);
  settings.patience = 2;
  QVERIFY_EXCEPTION_THROWN(train::train(network, sampler, settings, {}, run("blind"), {}), Error);
}

QTEST_GUILESS_MAIN(TestTrain)
#include "test_train.moc"
