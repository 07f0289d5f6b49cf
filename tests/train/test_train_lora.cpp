// SPDX-License-Identifier: GPL-3.0-or-later
// Training of adapters: the loss falls, the base stays as it was, both paths agree, a run that was stopped goes on bit
// for bit, and the checkpoint has no moments of what is frozen.
#include <QTemporaryDir>
#include <QtTest>

#include <cmath>

#include "base/error.h"
#include "network/lora.h"
#include "support/outcome.h"
#include "train_fixtures.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

bool is_adapter(const std::string& name) {
  return name.ends_with("lora_a") || name.ends_with("lora_b");
}

}  // namespace

class TestTrainLora : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase();
  void learns_data();
  void learns();
  void pathsAgree();
  void stopped_data();
  void stopped();
  void anotherRankIsRefused();

 private:
  fs::path path(const std::string& name) const { return fs::path(folder_.path().toStdString()) / name; }
  network::Network start() const { return network::with_lora(*pretrained_, 4, 8.0, 11); }
  train::TrainSettings settings(bool plain, std::uint64_t steps) const {
    train::TrainSettings s = fixtures::settings(steps);
    s.rate = 1e-2;
    s.plain = plain;
    s.weight_decay = 0.01;
    return s;
  }
  token::WindowSet windows(corpus::Split split, int cluster) const {
    token::WindowSet set = fixtures::window_set(path("data"), split);
    std::erase_if(set.entries, [&](const token::WindowSet::Entry& entry) { return entry.cluster != cluster; });
    return set;
  }
  /// The network was pretrained on cluster 0; its adapters are trained on cluster 1.
  train::TrainResult go(network::Network& network, const train::TrainSettings& settings, const fs::path& folder,
                        const TaskContext& task = {}, const std::function<void(std::uint64_t)>& at_step = {},
                        int cluster = 1) const {
    token::ClusterSampler sampler(windows(corpus::Split::train, cluster), 16, fixtures::kContext, 1, 5);
    train::TrainHooks hooks = fixtures::probe_hooks(validation_);
    if (at_step) hooks.at_step = [&](const network::Network&, std::uint64_t step) { at_step(step); };
    return train::train(network, sampler, settings, hooks, folder, task);
  }
  QTemporaryDir folder_;
  token::EvaluationSet validation_;
  std::optional<network::Network> pretrained_;
};

void TestTrainLora::initTestCase() {
  network::set_compute_threads(1);
  fixtures::write_experiment(path("data"), 300, 8);
  validation_ = token::make_evaluation_set(windows(corpus::Split::validation, 1), fixtures::kContext, 0, "validation");
  pretrained_ = network::Network::create(fixtures::slm(), 3);
  go(*pretrained_, fixtures::settings(150), path("pretrained"), {}, {}, 0);
}

void TestTrainLora::learns_data() {
  QTest::addColumn<bool>("plain");
  QTest::addColumn<QString>("precision");
  QTest::newRow("kernels") << false << "fp32";
  QTest::newRow("kernels, bf16") << false << "bf16";
  QTest::newRow("plain") << true << "fp32";
}

void TestTrainLora::learns() {
  QFETCH(bool, plain);
  QFETCH(QString, precision);
  const store::TensorMap before = pretrained_->weights();
  const double from = train::evaluate(*pretrained_, validation_, {}, "fp32", {}).loss;
  network::Network network = start();
  QCOMPARE(train::evaluate(network, validation_, {}, "fp32", {}).loss, from);  // through the merged matrices
  train::TrainSettings settings = this->settings(plain, 120);
  settings.precision = precision.toStdString();
  const fs::path folder = path(std::string("learns ") + QTest::currentDataTag());
  const train::TrainResult result = go(network, settings, folder);
  QCOMPARE(result.steps, std::uint64_t{120});
  const double to = train::evaluate(network, validation_, {}, "fp32", {}).loss;
  QVERIFY2(to < from - 1.0, qPrintable(QString("%1 to %2").arg(from).arg(to)));
  QVERIFY(std::abs(fixtures::series(folder, "validation").back().value - to) < 0.05);
  QVERIFY(std::abs(train::evaluate(network::merge(network), validation_, {}, "fp32", {}).loss - to) < 1e-12);
  const store::TensorMap after = network.weights(), begun = start().weights();
  for (const auto& [name, tensor] : after) {
    if (is_adapter(name)) {
      QVERIFY2(tensor.data != begun.at(name).data, name.c_str());
    } else {
      QVERIFY2(tensor.data == before.at(name).data, name.c_str());
    }
  }
  QVERIFY(tiny::same_weights(pretrained_->weights(), before));
}

void TestTrainLora::pathsAgree() {
  std::vector<store::MetricPoint> loss[2], norm[2];
  for (const bool plain : {false, true}) {
    network::Network network = start();
    train::TrainSettings settings = this->settings(plain, 8);
    settings.rows_at_once = plain ? 0 : 5;
    const fs::path folder = path(plain ? "plain" : "kernels");
    go(network, settings, folder);
    loss[plain] = fixtures::series(folder, "train");
    norm[plain] = fixtures::series(folder, "gradient-norm");
  }
  QCOMPARE(loss[0].size(), std::size_t{8});
  for (std::size_t i = 0; i < 8; ++i) {
    QVERIFY(std::abs(loss[0][i].value - loss[1][i].value) < 1e-4);
    QVERIFY(std::abs(norm[0][i].value - norm[1][i].value) < 1e-3 * norm[1][i].value);
  }
}

void TestTrainLora::stopped_data() {
  QTest::addColumn<bool>("plain");
  QTest::newRow("kernels") << false;
  QTest::newRow("plain") << true;
}

void TestTrainLora::stopped() {
  QFETCH(bool, plain);
  train::TrainSettings settings = this->settings(plain, 60);
  settings.evaluate_every = 7;
  settings.patience = 1000;  // best weights are part of the state, and end in the network
  network::Network whole = start();
  const std::string name = QTest::currentDataTag();
  const train::TrainResult expected = go(whole, settings, path("whole " + name));
  const fs::path folder = path("stopped " + name);
  {
    Control control;
    TaskContext task;
    task.control = &control;
    network::Network network = start();
    QVERIFY_EXCEPTION_THROWN(go(network, settings, folder, task,
                                [&](std::uint64_t step) {
                                  if (step == 33) control.stop();
                                }),
                             Interrupted);
  }
  const store::Checkpoint checkpoint = store::read_checkpoint(store::checkpoint_path(folder / "checkpoints", 33));
  for (const auto& [tensor, value] : checkpoint.tensors) {
    QVERIFY2(tensor.starts_with("weights/") || is_adapter(tensor), tensor.c_str());
  }
  QVERIFY(checkpoint.tensors.count("optimizer/first/layers.0.mlp.up.lora_b") == 1);
  network::Network network = network::with_lora(network::Network::create(fixtures::slm(), 99), 4, 8.0,
                                                12);  // every weight comes from the file
  const train::TrainResult result = go(network, settings, folder);
  QCOMPARE(result.resumed_from, std::uint64_t{33});
  QCOMPARE(result.best_step, expected.best_step);
  QCOMPARE(tiny::curve_numbers(folder), tiny::curve_numbers(path("whole " + name)));
  QVERIFY(tiny::same_weights(network.weights(), whole.weights()));
}

void TestTrainLora::anotherRankIsRefused() {
  const fs::path folder = path("another rank");
  Control control;
  control.stop();
  TaskContext task;
  task.control = &control;
  network::Network network = start(), other = network::with_lora(*pretrained_, 3, 8.0, 11);
  QVERIFY_EXCEPTION_THROWN(go(network, settings(false, 10), folder, task), Interrupted);
  const store::TensorMap before = other.weights();
  try {
    go(other, settings(false, 10), folder);
    QFAIL("accepted");
  } catch (const Error& error) {
    QCOMPARE(error.kind(), ErrorKind::run);
  }
  QVERIFY(tiny::same_weights(other.weights(), before));
}

QTEST_GUILESS_MAIN(TestTrainLora)
#include "test_train_lora.moc"
