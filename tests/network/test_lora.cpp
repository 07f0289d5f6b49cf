// SPDX-License-Identifier: GPL-3.0-or-later
// LoRA: a network with adapters starts as the one it was made from, merges into W + (alpha / rank)·B·A, and its
// adapters have the gradients of central differences.
#include <QtTest>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "network/lora.h"
#include "network/modules.h"
#include "network_helpers.h"

using namespace pantograph;
using namespace pantograph::testing;
using torch::Tensor;

namespace {

network::Network base(torch::ScalarType type) {
  network::Network network = network::Network::create(tiny(false), 3);
  randomize(network, type, moderate(network.config()));
  return network;
}

/// Adapters that do something.
network::Network adapted_network(torch::ScalarType type) {
  network::Network network = network::with_lora(base(type), 2, 3.0, 7);
  torch::manual_seed(5);
  const torch::NoGradGuard no_grad;
  for (network::NamedParameter& p : network.impl().parameters) {
    if (p.kind == network::ParameterKind::adapter) p.value.copy_(torch::randn(p.value.sizes(), torch::kDouble) * 0.5);
  }
  return network;
}

Tensor logits(const network::Network& network, const Tensor& inputs) {
  const torch::NoGradGuard no_grad;
  return network.impl().forward(inputs, {}, torch::kFloat);
}

template <typename Call>
ErrorKind kind_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::interrupted;
}

}  // namespace

class TestLora : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { network::set_compute_threads(1); }

  void startsAsTheNetwork() {
    const network::Network network = base(torch::kFloat), lora = network::with_lora(network, 2, 3.0, 7);
    QCOMPARE(lora.config().lora, (network::LoraConfig{2, 3.0}));
    const Tensor inputs = tokens(3, 6, 11, 5);
    QVERIFY(torch::equal(logits(lora, inputs), logits(network, inputs)));
    int adapters = 0;
    for (const network::NamedParameter& p : lora.impl().parameters) {
      QCOMPARE(p.value.requires_grad(), p.kind == network::ParameterKind::adapter);
      if (p.kind != network::ParameterKind::adapter) continue;
      ++adapters;
      QCOMPARE(p.value.abs().max().item<double>() > 0, p.name.ends_with("lora_a"));
      if (p.name.ends_with("lora_a")) QCOMPARE(p.value.size(0), 2);
    }
    // A and B of the matrices of two layers; rank·(in + out): 2·(4 + 12), 2·(4 + 4), 2·(4 + 6), 2·(6 + 4) for each
    // layer, with a gate once more 2·(4 + 6), with one head of keys 2·(4 + 8) at first.
    const bool gated = network.config().small.block == network::Block::llama;
    const std::uint64_t qkv = network.config().small.key_value_heads == 1 ? 12 : 16;
    QCOMPARE(adapters, gated ? 2 * 5 * 2 : 2 * 4 * 2);
    QCOMPARE(lora.parameters() - network.parameters(), 2 * 2 * (qkv + 8 + 10 + 10 + (gated ? 10U : 0U)));
    const auto a = [&](std::uint64_t seed) {
      return network::with_lora(network, 2, 3.0, seed).impl().parameter("layers.0.mlp.up.lora_a").detach();
    };
    QVERIFY(torch::equal(a(7), lora.impl().parameter("layers.0.mlp.up.lora_a").detach()));
    QVERIFY(!torch::equal(a(7), a(8)));
  }

  void mergedNetworkHasItsLogits() {
    for (const auto type : {torch::kFloat, torch::kDouble}) {
      const network::Network lora = adapted_network(type), merged = network::merge(lora);
      QCOMPARE(merged.config(), tiny(false));
      const Tensor inputs = tokens(3, 6, 11, 5);
      const double off = relative(logits(merged, inputs), logits(lora, inputs));
      QVERIFY2(off < (type == torch::kDouble ? 1e-13 : 1e-6), qPrintable(QString::number(off)));
      QVERIFY(relative(logits(lora, inputs), logits(base(type), inputs)) > 0.01);
      for (const network::NamedParameter& p : merged.impl().parameters) QVERIFY(p.value.requires_grad());
    }
  }

  void mergedMatricesMatchLoops() {  // W[i, j] + alpha/rank · Σ_q B[i, q]·A[q, j]
    const network::Network lora = adapted_network(torch::kDouble), merged = network::merge(lora);
    for (const std::string linear :
         {"layers.0.attention.qkv", "layers.1.attention.output", "layers.0.mlp.up", "layers.1.mlp.down"}) {
      const auto get = [&](const char* end) { return lora.impl().parameter(linear + end).detach(); };
      const Tensor w = get(".weight"), a = get(".lora_a"), b = get(".lora_b");
      const Tensor found = merged.impl().parameter(linear + ".weight").detach();
      const auto ws = w.accessor<double, 2>(), as = a.accessor<double, 2>(), bs = b.accessor<double, 2>(),
                 fs = found.accessor<double, 2>();
      for (int i = 0; i < w.size(0); ++i) {
        for (int j = 0; j < w.size(1); ++j) {
          double sum = ws[i][j];
          for (int q = 0; q < 2; ++q) sum += 3.0 / 2.0 * bs[i][q] * as[q][j];
          QVERIFY(std::abs(sum - fs[i][j]) < 1e-13);
        }
      }
    }
    QVERIFY(torch::equal(merged.impl().parameter("embedding"), lora.impl().parameter("embedding")));
  }

  void gradientsAreFiniteDifferences() {
    const network::Network network = adapted_network(torch::kDouble);
    const Tensor inputs = tokens(4, 6, 11, 1), targets = tokens(4, 6, 11, 2);
    const auto loss = [&] { return network.impl().loss_sum(inputs, targets, {}, torch::kFloat); };
    loss().backward();
    const torch::NoGradGuard no_grad;
    for (const network::NamedParameter& p : network.impl().parameters) {
      QCOMPARE(p.value.grad().defined(), p.kind == network::ParameterKind::adapter);
      if (p.kind != network::ParameterKind::adapter) continue;
      const Tensor expected = torch::zeros_like(p.value);
      double* value = p.value.data_ptr<double>();
      for (std::int64_t i = 0; i < p.value.numel(); ++i) {
        const double kept = value[i], step = 1e-5;
        value[i] = kept + step;
        const double above = loss().item<double>();
        value[i] = kept - step;
        const double below = loss().item<double>();
        value[i] = kept;
        expected.data_ptr<double>()[i] = (above - below) / (2 * step);
      }
      const double off = relative(p.value.grad(), expected);
      QVERIFY2(off < 1e-6, qPrintable(QString("%1: %2").arg(p.name.c_str()).arg(off)));
    }
  }

  void savedAndLoaded() {
    const network::Network lora = adapted_network(torch::kFloat);
    const network::NetworkConfig config =
        network::network_config_from_json(nlohmann::json::parse(network::to_json(lora.config()).dump()));
    QCOMPARE(config, lora.config());
    const network::Network loaded = network::Network::load(config, lora.weights()), copy = lora.clone();
    const Tensor inputs = tokens(3, 6, 11, 5);
    QVERIFY(torch::equal(logits(loaded, inputs), logits(lora, inputs)));
    QVERIFY(torch::equal(logits(copy, inputs), logits(lora, inputs)));
    QVERIFY(!loaded.impl().parameters.front().value.requires_grad());
    QVERIFY(!network::to_json(tiny(false)).contains("lora"));
  }

  void badFieldsAreRefused_data() {
    QTest::addColumn<QString>("lora");
    QTest::newRow("a number") << "3";
    QTest::newRow("no alpha") << R"({"rank":2})";
    QTest::newRow("no rank") << R"({"alpha":2})";
    QTest::newRow("rank of zero") << R"({"rank":0,"alpha":2})";
    QTest::newRow("rank above the width") << R"({"rank":9,"alpha":2})";
    QTest::newRow("alpha of zero") << R"({"rank":2,"alpha":0})";
    QTest::newRow("alpha is text") << R"({"rank":2,"alpha":"2"})";
    QTest::newRow("projected too") << R"({"rank":2,"alpha":2},"projected":{"h":2,"k":2,"m":2})";
  }
  void badFieldsAreRefused() {
    QFETCH(QString, lora);
    const QString text = R"({"layers":2,"width":8,"heads":2,"inner":16,"context":6,"vocabulary":11,"lora":%1})";
    const auto value = nlohmann::json::parse(text.arg(lora).toStdString());
    QCOMPARE(kind_of([&] { network::network_config_from_json(value); }), ErrorKind::run);
  }

  void badCallsAreRefused() {
    const network::Network network = base(torch::kFloat);
    for (const int rank : {-1, 0, 5})
      QCOMPARE(kind_of([&] { network::with_lora(network, rank, 1, 7); }), ErrorKind::project);
    for (const double alpha : {0.0, -1.0, std::nan("")})
      QCOMPARE(kind_of([&] { network::with_lora(network, 2, alpha, 7); }), ErrorKind::project);
    QCOMPARE(kind_of([&] { network::with_lora(network::with_lora(network, 2, 1, 7), 2, 1, 7); }), ErrorKind::project);
    QCOMPARE(kind_of([&] { network::with_lora(network::Network::create(tiny(true), 3), 2, 1, 7); }),
             ErrorKind::project);
    QCOMPARE(kind_of([&] { network::merge(network); }), ErrorKind::usage);
  }
};

int main(int argc, char** argv) {
  QCoreApplication app(argc, argv);
  return run_for_each_block<TestLora>(argc, argv);
}
#include "test_lora.moc"
