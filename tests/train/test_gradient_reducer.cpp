// SPDX-License-Identifier: GPL-3.0-or-later
// The place where ranks add up their gradients: once a step, on both paths, with the gradients in place; and the
// tensors that a network and its step hold, against what the estimate counts.
#include <c10/util/ThreadLocalDebugInfo.h>

#include <QtTest>

#include "network/layout.h"
#include "plan/estimate.h"
#include "plan/memory.h"
#include "support/outcome.h"
#include "train/training_step.h"
#include "train_fixtures.h"

using namespace pantograph;

namespace {

network::NetworkConfig config_of(const QString& sort) {
  network::NetworkConfig config = sort == "projected" ? fixtures::slm_pn() : fixtures::slm();
  if (sort == "projected") config.k = 5;
  if (sort == "adapted") config.lora = {3, 1.5};
  return config;
}

/// Adapters that do something; biases that are not zero.
network::Network make(const QString& sort) {
  network::Network network = network::Network::create(config_of(sort), 3);
  const torch::NoGradGuard no_grad;
  torch::manual_seed(5);
  for (network::NamedParameter& p : network.impl().parameters) p.value.add_(torch::randn(p.value.sizes()) * 0.05);
  return network;
}

token::Batch batch_of(std::uint64_t seed, const std::vector<int>& experts) {
  token::Batch batch;
  batch.rows = 6;
  batch.context = fixtures::kContext;
  batch.experts = experts;
  Random random(seed);
  for (int i = 0; i < batch.rows * (batch.context + 1); ++i)
    batch.tokens.push_back(static_cast<std::int32_t>(random.below(fixtures::kVocabulary)));
  return batch;
}

/// Sums over one rank the long way, and keeps count.
class Summing final : public train::GradientReducer {
 public:
  void sum(const std::vector<torch::Tensor>& gradients) override {
    ++calls;
    numbers = 0;
    for (const torch::Tensor& gradient : gradients) {
      numbers += gradient.numel();
      torch::Tensor total = torch::zeros_like(gradient);
      total.add_(gradient);
      torch::Tensor in_place = gradient;
      in_place.copy_(total);
    }
  }
  std::uint64_t calls = 0;
  std::int64_t numbers = 0;
};

/// As if two ranks had equal rows.
class Doubling final : public train::GradientReducer {
 public:
  void sum(const std::vector<torch::Tensor>& gradients) override {
    for (torch::Tensor gradient : gradients) gradient.mul_(2);
  }
};

/// The integer that LibTorch reports totals in: it differs between versions.
template <typename T>
T total_type(void (c10::MemoryReportingInfoBase::*)(void*, std::int64_t, T, T, c10::Device));
using Total = decltype(total_type(&c10::MemoryReportingInfoBase::reportMemoryUsage));

class MemoryCount : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void*, std::int64_t size, Total, Total, c10::Device) override { bytes += size; }
  bool memoryProfilingEnabled() const override { return true; }
  std::int64_t bytes = 0;
};

std::unique_ptr<train::TrainingStep> make_step(network::Network& network, const train::TrainSettings& settings) {
  return settings.plain ? train::make_plain_step(network, settings) : train::make_kernel_step(network, settings);
}

/// One step; `share` divides the number of targets, and so multiplies the gradients. Returns the clipping factor.
double take(train::TrainingStep& step, const token::Batch& batch, std::uint64_t share, train::GradientReducer& ranks) {
  step.begin(batch);
  for (const train::Piece& piece : step.pieces(batch))
    step.accumulate(batch, piece, train::count_targets(batch) / share);
  const double scale = train::clip_factor(step.gradient_norm(ranks), 0.05);
  step.update(1e-2, scale, batch.experts);
  return scale;
}

}  // namespace

class TestGradientReducer : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    QVERIFY(folder_.isValid());
    fixtures::write_experiment(path("data"), 100, 8);
  }

  void oneRankChangesNoBit_data() { cases(); }
  void oneRankChangesNoBit() {
    const train::TrainSettings settings = this->settings();
    QFETCH(QString, sort);
    Summing ranks;
    store::TensorMap weights[2];
    for (const bool summed : {false, true}) {
      network::Network network = make(sort);
      token::ClusterSampler sampler = fixtures::sampler(path("data"));
      train::TrainHooks hooks;
      if (summed) hooks.ranks = &ranks;
      const std::string folder = std::string(QTest::currentDataTag()) + (summed ? " summed" : " alone");
      train::train(network, sampler, settings, hooks, path(folder), {});
      weights[summed] = network.weights();
    }
    QCOMPARE(ranks.calls, settings.steps);
    QVERIFY(tiny::same_weights(weights[0], weights[1]));
  }

  void gradientsAreInPlace_data() { cases(); }
  void gradientsAreInPlace() {
    const train::TrainSettings settings = this->settings();
    QFETCH(QString, sort);
    network::Network doubled = make(sort), reference = make(sort), start = make(sort);
    const auto a = make_step(doubled, settings), b = make_step(reference, settings);
    Doubling ranks;
    for (std::uint64_t i = 0; i < 3; ++i) {
      const token::Batch batch = batch_of(i, {4, 0, 2});
      const double scale = take(*a, batch, 1, ranks);
      QVERIFY2(scale < 0.9, qPrintable(QString::number(scale)));  // clipping is in effect
      QCOMPARE(take(*b, batch, 2, train::one_rank()), scale);
    }
    for (std::size_t i = 0; i < doubled.impl().parameters.size(); ++i) {
      const network::NamedParameter& p = doubled.impl().parameters[i];
      QVERIFY2(p.value.equal(reference.impl().parameters[i].value), p.name.c_str());
      QCOMPARE(p.value.equal(start.impl().parameters[i].value), !doubled.impl().trains(p));
    }
  }

  /// Of a projected network the dense gradients and those of the batch's experts' matrices, and never T's.
  void whatIsSummed_data() { cases(); }
  void whatIsSummed() {
    QFETCH(QString, sort);
    const train::TrainSettings settings = this->settings();
    network::Network network = make(sort);
    const auto step = make_step(network, settings);
    Summing ranks;
    take(*step, batch_of(1, {4, 0, 4}), 1, ranks);
    std::int64_t expected = 0;
    for (const network::NamedParameter& p : network.impl().parameters) {
      const bool dense = p.kind == network::ParameterKind::matrix || p.kind == network::ParameterKind::vector ||
                         p.kind == network::ParameterKind::adapter;
      if (dense && network.impl().trains(p)) expected += p.value.numel();
    }
    if (network.config().projected)
      expected += 2 * static_cast<std::int64_t>(plan::expert_numbers(network.config().small));
    const auto padding = static_cast<std::int64_t>(16 * network.impl().parameters.size());
    QVERIFY2(ranks.numbers >= expected && ranks.numbers <= expected + (settings.plain ? 0 : padding),
             qPrintable(QString("%1 numbers, expected %2").arg(ranks.numbers).arg(expected)));
  }

  void theEstimateCountsWhatIsHeld_data() {
    QTest::addColumn<QString>("sort");
    QTest::addColumn<QString>("moments");
    QTest::newRow("small") << "small"
                           << "fp32";
    QTest::newRow("projected") << "projected"
                               << "fp32";
    QTest::newRow("projected, moments in bf16") << "projected"
                                                << "bf16";
    QTest::newRow("adapted") << "adapted"
                             << "fp32";
  }
  void theEstimateCountsWhatIsHeld() {
    QFETCH(QString, sort);
    QFETCH(QString, moments);
    train::TrainSettings settings;
    settings.t_moments = moments.toStdString();
    const auto count = std::make_shared<MemoryCount>();
    const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, count);
    network::Network network = network::Network::create(config_of(sort), 3);
    const auto weights = static_cast<std::uint64_t>(count->bytes);
    const auto step = train::make_kernel_step(network, settings);
    take(*step, batch_of(1, {4, 0, 4}), 1, train::one_rank());
    const auto held = static_cast<std::uint64_t>(count->bytes);

    plan::MemoryPlan plan;
    plan.half_moments = moments == "bf16";
    const plan::TensorMemory memory = plan::tensor_memory(network.config(), plan);
    // Experts are formed in the kernels' own memory.
    const std::uint64_t expected = memory.state + memory.gradients + (network.config().projected ? 0 : memory.formed);
    // Each tensor begins at a multiple of 64 bytes: in weights, gradients and two moments.
    const std::uint64_t padding = 4 * 64 * network.impl().parameters.size();
    QVERIFY2(held >= expected && held <= expected + padding,
             qPrintable(QString("%1 bytes, expected %2").arg(held).arg(expected)));
    QCOMPARE(weights, 4 * network.parameters());
    std::uint64_t trained = 0;
    for (const network::NamedParameter& p : network.impl().parameters)
      trained += network.impl().trains(p) ? 4 * static_cast<std::uint64_t>(p.value.numel()) : 0;
    QCOMPARE(memory.trained, trained);
  }

 private:
  static void cases() {
    QTest::addColumn<QString>("sort");
    QTest::addColumn<bool>("plain");
    QTest::addColumn<int>("rows_at_once");
    for (const char* sort : {"small", "projected", "adapted"}) {
      for (const bool plain : {false, true}) {
        const QByteArray name = QByteArray(sort) + (plain ? ", plain" : ", kernels");
        QTest::newRow(name.constData()) << sort << plain << 0;
        QTest::newRow((name + ", in pieces").constData()) << sort << plain << 2;
      }
    }
  }
  static train::TrainSettings settings() {
    QFETCH(bool, plain);
    QFETCH(int, rows_at_once);
    train::TrainSettings settings = fixtures::settings(6);
    settings.plain = plain;
    settings.rows_at_once = rows_at_once;
    settings.weight_decay = 0.1;
    return settings;
  }
  std::filesystem::path path(const std::string& name) const {
    return folder_.filePath(QString::fromStdString(name)).toStdString();
  }
  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestGradientReducer)
#include "test_gradient_reducer.moc"
