// SPDX-License-Identifier: GPL-3.0-or-later
// Estimates against the networks themselves: counted parameters, measured memory, the paper's sizes, FLOPs by hand.
#include <c10/util/ThreadLocalDebugInfo.h>

#include <QtTest>
#include <chrono>

#include "base/error.h"
#include "network/lora.h"
#include "network/modules.h"
#include "plan/estimate.h"

using namespace pantograph;

namespace {

network::NetworkConfig shape(int layers, int width, int heads, int inner, int context, int vocabulary, int h, int k,
                             int m) {
  network::NetworkConfig config;
  config.small = {layers, width, heads, inner, context, vocabulary};
  config.projected = h > 0;
  config.h = h, config.k = k, config.m = m;
  return config;
}

network::NetworkConfig llama(network::NetworkConfig config, int key_value_heads = 0) {
  config.small.block = network::Block::llama;
  config.small.activation = network::Activation::swiglu;
  config.small.key_value_heads = key_value_heads;
  return config;
}

const network::NetworkConfig& preset(const std::string& id) {
  for (const network::Preset& p : network::presets()) {
    if (p.id == id) return p.config;
  }
  throw std::runtime_error("no preset " + id);
}

/// The integer that LibTorch reports totals in: it differs between versions.
template <typename T>
T total_type(void (c10::MemoryReportingInfoBase::*)(void*, std::int64_t, T, T, c10::Device));
using Total = decltype(total_type(&c10::MemoryReportingInfoBase::reportMemoryUsage));

/// Bytes that LibTorch's CPU allocator has handed out on this thread since it was made.
class MemoryCount : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void*, std::int64_t size, Total, Total, c10::Device) override {
    bytes += size;
    highest = std::max(highest, bytes);
  }
  bool memoryProfilingEnabled() const override { return true; }
  std::int64_t bytes = 0, highest = 0;
};

}  // namespace

class TestEstimate : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void parametersAreThoseOfTheNetwork_data() {
    QTest::addColumn<network::NetworkConfig>("config");
    QTest::newRow("tiny") << preset("tiny");
    QTest::newRow("small") << preset("small");
    QTest::newRow("odd small") << shape(3, 6, 2, 10, 7, 13, 0, 0, 0);
    QTest::newRow("one of everything") << shape(1, 1, 1, 1, 1, 1, 1, 1, 1);
    QTest::newRow("projected") << shape(2, 8, 4, 24, 9, 31, 5, 7, 3);
    QTest::newRow("projected, m above h") << shape(4, 12, 3, 12, 5, 17, 2, 3, 11);
    QTest::newRow("llama") << llama(shape(3, 24, 4, 10, 7, 13, 0, 0, 0), 2);
    QTest::newRow("llama, projected") << llama(shape(2, 8, 4, 24, 9, 31, 5, 7, 3));
  }
  void parametersAreThoseOfTheNetwork() {
    QFETCH(network::NetworkConfig, config);
    const network::Network network = network::Network::create(config, 1);
    QCOMPARE(plan::network_parameters(config), network.parameters());
    const plan::NetworkEstimate estimate = plan::estimate_network(config, 2, 3);
    QCOMPARE(estimate.parameters_pretraining, network.parameters());
    QCOMPARE(estimate.parameters_inference, config.projected ? network.project(0).parameters() : network.parameters());
    QCOMPARE(estimate.memory_inference_bytes, 4 * plan::small_parameters(config.small));
    QCOMPARE(plan::adapter_parameters(config), 0U);
  }

  void adaptersAreThoseOfTheNetwork() {
    const network::Network plain = network::Network::create(shape(3, 6, 2, 10, 7, 13, 0, 0, 0), 1);
    for (const int rank : {1, 4}) {
      const network::Network adapted = network::with_lora(plain, rank, 8, 1);
      std::uint64_t count = 0;
      for (const auto& [name, tensor] : adapted.weights()) {
        if (name.find(".lora_") != std::string::npos) count += tensor.data.size() / 4;
      }
      QCOMPARE(plan::adapter_parameters(adapted.config()), count);
    }
  }

  void
  paperSizes_data() {  // overall parameters in millions, "Need a Small Specialized Language Model?", table of sizes
    QTest::addColumn<QString>("id");
    QTest::addColumn<double>("millions");
    QTest::newRow("SLM") << "paper-slm" << 126.0;
    QTest::newRow("LLM") << "paper-llm" << 771.0;
    QTest::newRow("PN, 16 experts") << "paper-pn-16" << 756.0;
    QTest::newRow("PN, 32 experts") << "paper-pn-32" << 1422.0;
    QTest::newRow("PN, 64 experts") << "paper-pn-64" << 2770.0;
  }
  void paperSizes() {
    QFETCH(QString, id);
    QFETCH(double, millions);
    const network::NetworkConfig& config = preset(id.toStdString());
    const double found = static_cast<double>(plan::network_parameters(config)) / 1e6;
    QVERIFY2(std::abs(found / millions - 1) < 0.04, qPrintable(QString("%1 million").arg(found)));
    if (config.projected) {
      QCOMPARE(plan::small_parameters(config.small), plan::network_parameters(preset("paper-slm")));
      for (const int other : {config.h - 1, config.h + 1}) {  // no other h comes nearer
        network::NetworkConfig changed = config;
        changed.h = other;
        QVERIFY(std::abs(static_cast<double>(plan::network_parameters(changed)) / 1e6 - millions) >
                std::abs(found - millions));
      }
    }
  }

  void inferenceSizeIgnoresHKM() {
    const std::uint64_t small = plan::small_parameters(shape(2, 8, 2, 32, 9, 31, 0, 0, 0).small);
    for (const int h : {1, 4, 24}) {
      for (const int k : {1, 16})
        QCOMPARE(plan::estimate_network(shape(2, 8, 2, 32, 9, 31, h, k, 5), 4, 2).parameters_inference, small);
    }
  }

  void flopsByHand() {  // L 1, d 2, I 3, T 5, V 7; forward: 2·(16 + 12) + 4·5·2 + 2·7·2 = 124
    const plan::NetworkEstimate estimate = plan::estimate_network(shape(1, 2, 1, 3, 5, 7, 4, 6, 8), 1, 2);
    QCOMPARE(estimate.flops_per_token_training, 3.0 * 124);
    // Two matrices, two experts: c = E·M 2·2·8·4 = 128, W = c·T 2·2·4·6 = 96; three times for gradients.
    QCOMPARE(estimate.flops_per_step_projection, 3.0 * 2 * (128 + 96));
    QCOMPARE(plan::training_flops(shape(1, 2, 1, 3, 5, 7, 4, 6, 8), 25, 10, 2),
             25 * 3.0 * 124 + 3 * 3.0 * 2 * (128 + 96));
    QCOMPARE(plan::training_flops(shape(1, 2, 1, 3, 5, 7, 0, 0, 0), 25, 10, 2), 25 * 3.0 * 124);
    // No more distinct experts than there are.
    QCOMPARE(plan::estimate_network(shape(1, 2, 1, 3, 5, 7, 4, 1, 8), 1, 9).flops_per_step_projection,
             3.0 * 2 * (64 + 48));
  }

  void flopsOfLlamaByHand() {
    // L 1, d 4, I 3, T 5, V 7, 2 heads, 1 of keys: 2·(4·8 + 16 + 3·12) + 4·5·4 + 2·7·4 = 304.
    const plan::NetworkEstimate estimate = plan::estimate_network(llama(shape(1, 4, 2, 3, 5, 7, 4, 6, 8), 1), 1, 2);
    QCOMPARE(estimate.flops_per_token_training, 3.0 * 304);
    QCOMPARE(estimate.flops_per_step_projection, 3.0 * 3 * (128 + 2 * 2 * 4 * 12));  // three matrices
  }

  void activationsAreThoseKept_data() {
    QTest::addColumn<network::NetworkConfig>("config");
    QTest::addColumn<int>("rows");
    QTest::newRow("small") << shape(2, 64, 4, 256, 128, 2048, 0, 0, 0) << 16;
    QTest::newRow("long context") << shape(3, 32, 2, 96, 256, 500, 0, 0, 0) << 8;
    QTest::newRow("projected") << shape(2, 64, 4, 256, 64, 1000, 6, 4, 3) << 16;
    QTest::newRow("llama") << llama(shape(2, 64, 4, 256, 128, 2048, 0, 0, 0)) << 16;
    QTest::newRow("llama, one head of keys") << llama(shape(3, 32, 2, 96, 256, 500, 0, 0, 0), 1) << 8;
    QTest::newRow("llama, projected") << llama(shape(2, 64, 4, 256, 64, 1000, 6, 4, 3)) << 16;
  }
  void activationsAreThoseKept() {  // memory held between forward and backward, as LibTorch's allocator counts it
    QFETCH(network::NetworkConfig, config);
    QFETCH(int, rows);
    const network::Network network = network::Network::create(config, 1);
    const torch::Tensor inputs = torch::randint(config.small.vocabulary, {rows, config.small.context}, torch::kLong);
    const auto count = std::make_shared<MemoryCount>();
    torch::Tensor loss;
    {
      c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, count);
      loss = network.impl().loss_sum(inputs, inputs, {0, 1}, torch::kFloat);
    }
    const auto expected =
        static_cast<double>(plan::plain_activation_bytes(config, static_cast<std::uint64_t>(rows), 2));
    const double block = 4.0 * std::max(256, (1 << 20) / config.small.vocabulary) * config.small.vocabulary;
    const double kept = static_cast<double>(count->bytes) + block;  // a block of logits was freed by now
    QVERIFY2(kept < 1.05 * expected && kept > 0.8 * expected, qPrintable(QString("%1 of %2").arg(kept).arg(expected)));
  }

  void estimatesAreQuick() {  // for every move of a slider
    const auto start = std::chrono::steady_clock::now();
    double sum = 0;
    for (int i = 0; i < 1000; ++i) sum += plan::training_flops(preset("paper-pn-64"), 1'000'000'000, 8192 + i, 4);
    QVERIFY(sum > 0);
    QVERIFY(std::chrono::steady_clock::now() - start < std::chrono::milliseconds(100));
  }

  void veryWideNetworksAreMeasuredNarrower() {  // the estimate of one that does not fit must fit
    network::set_compute_threads(2);
    const auto count = std::make_shared<MemoryCount>();
    {
      c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, count);
      QVERIFY(plan::measured_flop_rate(65536, "cpu", "fp32") > 1e8);
    }
    QVERIFY2(count->highest < 200'000'000, qPrintable(QString::number(count->highest)));
    QCOMPARE(plan::measured_flop_rate(65535, "cpu", "fp32"), plan::measured_flop_rate(65536, "cpu", "fp32"));
  }

  void flopRateIsMeasuredOnce() {
    network::set_compute_threads(2);
    const double first = plan::measured_flop_rate(64, "cpu", "fp32");
    QVERIFY2(first > 1e8 && first < 1e14, qPrintable(QString::number(first)));
    const auto start = std::chrono::steady_clock::now();
    QCOMPARE(plan::measured_flop_rate(64, "cpu", "fp32"), first);
    QVERIFY(std::chrono::steady_clock::now() - start < std::chrono::milliseconds(20));
    QVERIFY(plan::measured_flop_rate(64, "cpu", "bf16") > 1e8);
    QVERIFY_THROWS_EXCEPTION(Error, plan::measured_flop_rate(0, "cpu", "fp32"));
    QVERIFY_THROWS_EXCEPTION(Error, plan::measured_flop_rate(64, "cpu", "fp8"));
    QVERIFY_THROWS_EXCEPTION(Error, plan::measured_flop_rate(64, "abacus", "fp32"));
  }
};

QTEST_GUILESS_MAIN(TestEstimate)
#include "test_estimate.moc"
