// SPDX-License-Identifier: GPL-3.0-or-later
// HyperCloning and up-cycling: the grown network computes what the small one does, its noise is of the size asked for,
// and its copies or experts can part in training.
#include <QtTest>

#include "base/error.h"
#include "network/hypercloning.h"
#include "network/modules.h"
#include "network_helpers.h"

using namespace pantograph;
using namespace pantograph::testing;
using torch::Tensor;

namespace {

network::NetworkConfig shape(int n) {
  network::NetworkConfig config;
  config.small = {2, 12 * n, 3 * n, 20 * n, 9, 37};
  set_block(config.small, block);
  config.small.key_value_heads *= n;
  return config;
}

network::NetworkConfig projected_shape(int h = 4, int k = 5, int m = 3) {
  network::NetworkConfig config = shape(1);
  config.projected = true;
  config.h = h, config.k = k, config.m = m;
  return config;
}

network::Network trained(torch::ScalarType type) {
  network::Network network = network::Network::create(shape(1), 3);
  randomize(network, type);
  return network;
}

Tensor logits(const network::Network& network, const Tensor& inputs, const std::vector<int>& experts = {}) {
  torch::NoGradGuard no_grad;
  return network.impl().forward(inputs, experts, torch::kFloat);
}

/// Of queries, keys and values those of one; of other matrices all.
Tensor stack(const network::Network& network, const std::string& name, const Tensor& w, int part) {
  if (!name.ends_with("qkv.weight")) return w;
  const network::SmallConfig& s = network.config().small;
  return w.split_with_sizes({s.width, s.key_width(), s.key_width()})[static_cast<std::size_t>(part)];
}

/// Blocks [n, n, out, in] of a part of a grown matrix.
Tensor blocks(const network::Network& network, const std::string& name, int n, int part = 0) {
  const Tensor w = stack(network, name, network.impl().parameter(name).detach(), part);
  return w.view({n, w.size(0) / n, n, w.size(1) / n}).transpose(1, 2);
}

const std::vector<std::string> kMatrices = {"layers.0.attention.qkv.weight", "layers.0.attention.output.weight",
                                            "layers.0.mlp.up.weight", "layers.0.mlp.down.weight"};

template <typename Call>
void refused(const Call& call, const char* word) {
  try {
    call();
  } catch (const Error& error) {
    QCOMPARE(error.kind(), ErrorKind::project);
    QVERIFY2(QString(error.what()).contains(word), error.what());
    return;
  }
  QFAIL("accepted");
}

}  // namespace

class TestHypercloning : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { network::set_compute_threads(1); }

  void logitsStay_data() {
    QTest::addColumn<int>("n");
    QTest::addColumn<bool>("diagonal");
    QTest::addColumn<bool>("noise");
    for (const int n : {2, 3}) {
      for (const bool diagonal : {false, true}) {
        for (const bool noise : {false, true}) {
          QTest::addRow("%d times, %s%s", n, diagonal ? "diagonal" : "symmetric", noise ? ", noise" : "")
              << n << diagonal << noise;
        }
      }
    }
  }
  void logitsStay() {
    QFETCH(int, n);
    const network::CloneOptions options = current();
    const Tensor inputs = tokens(4, 9, 37, 5);
    for (const auto type : {torch::kFloat, torch::kDouble}) {
      const network::Network small = trained(type);
      const network::Network large = network::hyperclone(small, shape(n), options);
      QCOMPARE(large.config(), shape(n));
      const Tensor before = logits(small, inputs), after = logits(large, inputs);
      const double off = relative(after, before);
      QVERIFY2(off < (type == torch::kDouble ? 1e-11 : 1e-4), qPrintable(QString::number(off)));
      QVERIFY(off > 0 || type == torch::kFloat);
    }
    QVERIFY(network::Network::load(shape(n), network::hyperclone(trained(torch::kFloat), shape(n), options).weights())
                .parameters() > 0);
  }

  void blocksAreThePapers_data() { logitsStay_data(); }
  void blocksAreThePapers() {  // W/n in every block, or W and zeros; noise of the asked size that sums to zero
    QFETCH(int, n);
    const network::CloneOptions options = current();
    const network::Network small = trained(torch::kDouble), large = network::hyperclone(small, shape(n), options);
    for (const std::string& name : kMatrices) {
      const int parts = name.ends_with("qkv.weight") ? 3 : 1;
      for (int part = 0; part < parts; ++part) {
        const Tensor w = stack(small, name, small.impl().parameter(name).detach(), part);
        const Tensor found = blocks(large, name, n, part);
        Tensor expected = torch::zeros_like(found);
        for (int i = 0; i < n; ++i) {
          for (int j = 0; j < n; ++j) {
            if (options.variant == network::CloneOptions::symmetric)
              expected[i][j] = w / n;
            else if (i == j)
              expected[i][j] = w;
          }
        }
        const Tensor noise = found - expected;
        if (!options.noise) {
          QVERIFY(torch::equal(found, expected));
          continue;
        }
        QVERIFY2(noise.sum(1).abs().max().item<double>() < 1e-12, name.c_str());
        if (n == 2) QVERIFY(relative(noise.select(1, 0), -noise.select(1, 1)) < 1e-12);  // +N and −N
        const double decibels = 20 * std::log10((expected.norm() / noise.norm()).item<double>());
        QVERIFY2(std::abs(decibels - 10) < 1e-6, qPrintable(QString::number(decibels)));
        for (int i = 0; i < n; ++i) QVERIFY(noise[i].abs().max().item<double>() > 0);
        QVERIFY(relative(noise[0], noise[1]) > 0.1);  // each copy of the output has noise of its own
      }
    }
  }

  void noiseFollowsItsSettings() {
    const network::Network small = trained(torch::kFloat);
    network::CloneOptions options;
    const auto weight = [&] {
      return network::hyperclone(small, shape(2), options).impl().parameter(kMatrices[2]).detach();
    };
    const Tensor first = weight();
    QVERIFY(torch::equal(first, weight()));
    options.seed = 1;
    QVERIFY(relative(first, weight()) > 0.01);
    options.signal_to_noise = 40;
    const Tensor quiet = weight();
    options.noise = false;
    const double off = ((quiet - weight()).norm() / weight().norm()).item<double>();
    QVERIFY2(std::abs(off - 0.01) < 1e-5, qPrintable(QString::number(off)));
  }

  void copiesPartThroughNoiseOnly_data() { logitsStay_data(); }
  void copiesPartThroughNoiseOnly() {
    QFETCH(int, n);
    const network::CloneOptions options = current();
    const network::Network large = network::hyperclone(trained(torch::kDouble), shape(n), options);
    large.impl().loss_sum(tokens(4, 9, 37, 1), tokens(4, 9, 37, 2), {}, torch::kFloat).backward();
    for (const std::string& name : kMatrices) {  // of the first layer: behind the last matrix all is symmetric yet
      const Tensor gradient = stack(large, name, large.impl().parameter(name).grad(), 2);
      const Tensor rows = gradient.view({n, -1, n, gradient.size(1) / n});
      const double apart = relative(rows[0].select(1, 0), rows[1].select(1, 1));  // W's copies on the diagonal
      QVERIFY2(options.noise ? apart > 1e-3 : apart < 1e-9, qPrintable(QString::number(apart)));
    }
  }

  void otherShapesAreRefused_data() {
    QTest::addColumn<int>("field");
    QTest::addColumn<int>("value");
    QTest::addColumn<QString>("word");
    QTest::newRow("width, no multiple") << 1 << 30 << "width";
    QTest::newRow("the same width") << 1 << 12 << "width";
    QTest::newRow("heads") << 2 << 12 << "heads 6";
    QTest::newRow("inner") << 3 << 50 << "inner width 40";
    QTest::newRow("layers") << 0 << 3 << "layers 2";
    QTest::newRow("context") << 4 << 10 << "context 9";
    QTest::newRow("vocabulary") << 5 << 36 << "vocabulary 37";
  }
  void otherShapesAreRefused() {
    QFETCH(int, field);
    QFETCH(int, value);
    QFETCH(QString, word);
    network::NetworkConfig larger = shape(2);
    network::SmallConfig& s = larger.small;
    int* const fields[] = {&s.layers, &s.width, &s.heads, &s.inner, &s.context, &s.vocabulary};
    *fields[field] = value;
    if (s.width == 30) s.heads = 5, s.key_value_heads = 0;  // heads of an even size
    refused([&] { network::hyperclone(trained(torch::kFloat), larger); }, qPrintable(word));
  }

  void otherBlocksAreRefused() {
    for (const std::string& other : kBlocks) {
      if (other == block) continue;
      network::NetworkConfig larger;
      larger.small = {2, 24, 6, 40, 9, 37};
      set_block(larger.small, other);
      larger.small.key_value_heads *= 2;
      refused([&] { network::hyperclone(trained(torch::kFloat), larger); },
              other.substr(0, 5) == block.substr(0, 5) ? "key_value_heads" : "block");
    }
    if (block == "gpt2") return;
    network::NetworkConfig larger = shape(2);
    larger.small.rope_base += 1;
    refused([&] { network::hyperclone(trained(torch::kFloat), larger); }, "rope_base");
  }

  void badOptionsAreRefused() {
    const network::Network small = trained(torch::kFloat), pn = network::Network::create(projected_shape(), 3);
    network::NetworkConfig large_pn = projected_shape();
    large_pn.small = shape(2).small;
    refused([&] { network::hyperclone(pn, shape(2)); }, "projected");
    refused([&] { network::hyperclone(small, large_pn); }, "projected");
    network::CloneOptions options;
    options.signal_to_noise = std::nan("");
    refused([&] { network::hyperclone(small, shape(2), options); }, "signal-to-noise");

    refused([&] { network::upcycle(small, projected_shape(1, 5, 3)); }, "h 1");
    refused([&] { network::upcycle(small, projected_shape(4, 5, 1)); }, "m 1");
    refused([&] { network::upcycle(small, shape(1)); }, "projected");
    refused([&] { network::upcycle(pn, projected_shape()); }, "projected");
    refused([&] { network::upcycle(small, large_pn); }, "shape");
    refused([&] { network::upcycle(small, projected_shape(), {.spread = 0}); }, "spread");
    refused([&] { network::upcycle(small, projected_shape(), {.t_noise = -1}); }, "noise");
  }

  void everyExpertIsTheSmallNetwork_data() {
    QTest::addColumn<int>("h");
    QTest::addColumn<int>("k");
    QTest::addColumn<int>("m");
    QTest::newRow("4 5 3") << 4 << 5 << 3;
    QTest::newRow("2 2 2") << 2 << 2 << 2;
    QTest::newRow("more of m than of h") << 3 << 6 << 7;
  }
  void everyExpertIsTheSmallNetwork() {
    QFETCH(int, h);
    QFETCH(int, k);
    QFETCH(int, m);
    const network::Network small = trained(torch::kFloat), network = network::upcycle(small, projected_shape(h, k, m));
    QCOMPARE(network.config(), projected_shape(h, k, m));
    const Tensor inputs = tokens(4, 9, 37, 5), expected = logits(small, inputs);
    for (int expert = 0; expert < k; ++expert) {
      QVERIFY(relative(logits(network, inputs, {expert}), expected) < 1e-4);
      QVERIFY(relative(logits(network.project(expert), inputs), expected) < 1e-4);
    }
    network::Network::load(network.config(), network.weights());  // the format's tensors and no others
  }

  void coefficientsAreSpreadAsInAnOrdinaryStart() {
    network::NetworkConfig config = projected_shape(8, 400, 6);
    const network::Network network = network::upcycle(trained(torch::kFloat), config),
                           ordinary = network::Network::create(config, 3);
    for (const std::string linear : {"layers.0.mlp.up", "layers.1.mlp.down"}) {
      const auto spread = [&](const network::Network& of) {  // of c_i about their mean, relative to it
        torch::NoGradGuard no_grad;
        const Tensor c = of.impl().parameter("experts").matmul(of.impl().parameter(linear + ".m"));
        return ((c - c.mean(0)).square().sum(1).mean().sqrt() / c.mean(0).norm()).item<double>();
      };
      const Tensor m = network.impl().parameter(linear + ".m").detach();
      QVERIFY(std::abs(m[0].norm().item<double>() - 1) < 1e-6);
      QVERIFY(m.narrow(0, 1, 5).matmul(m[0]).abs().max().item<double>() < 1e-6);
      QVERIFY2(std::abs(spread(network) - 0.5) < 0.05, qPrintable(QString::number(spread(network))));
      QVERIFY2(spread(ordinary) > 0.25 && spread(ordinary) < 1, qPrintable(QString::number(spread(ordinary))));
    }
  }

  void expertsPartInTraining() {
    network::Network network = network::upcycle(trained(torch::kFloat), projected_shape());
    const Tensor inputs = tokens(4, 9, 37, 1), targets = tokens(4, 9, 37, 2);
    const std::string t = "layers.0.mlp.up.t";
    std::vector<Tensor> gradients;
    for (const int expert : {0, 1}) {
      network.impl().loss_sum(inputs, targets, {expert}, torch::kFloat).backward();
      gradients.push_back(network.impl().parameter(t).grad().clone());
      for (network::NamedParameter& p : network.impl().parameters) p.value.mutable_grad().reset();
    }
    QVERIFY(relative(gradients[0], gradients[1]) > 0.05);
    const auto apart = [&] {
      const std::string name = "layers.0.mlp.up.weight";
      return relative(network.project(0).impl().parameter(name), network.project(1).impl().parameter(name));
    };
    QVERIFY(apart() < 1e-5);
    for (int step = 0; step < 5; ++step) {
      network.impl().loss_sum(inputs, targets, {0, 1}, torch::kFloat).backward();
      torch::NoGradGuard no_grad;
      for (network::NamedParameter& p : network.impl().parameters) {
        if (p.value.grad().defined()) p.value.sub_(p.value.grad(), 1e-3);
        p.value.mutable_grad().reset();
      }
    }
    QVERIFY2(apart() > 1e-4, qPrintable(QString::number(apart())));
  }

  void noiseOfT() {
    const network::Network small = trained(torch::kFloat);
    const Tensor inputs = tokens(4, 9, 37, 5);
    const network::Network noisy = network::upcycle(small, projected_shape(), {.t_noise = 0.01}),
                           plain = network::upcycle(small, projected_shape());
    const double off = relative(logits(noisy, inputs, {2}), logits(small, inputs));
    QVERIFY2(off > 1e-4 && off < 0.2, qPrintable(QString::number(off)));
    const Tensor t = plain.impl().parameter("layers.1.mlp.down.t").detach();
    const double size = ((noisy.impl().parameter("layers.1.mlp.down.t").detach() - t).norm() / t.norm()).item<double>();
    QVERIFY2(std::abs(size - 0.01) < 1e-3, qPrintable(QString::number(size)));
  }

 private:
  static network::CloneOptions current() {
    QFETCH(bool, diagonal);
    QFETCH(bool, noise);
    network::CloneOptions options;
    options.variant = diagonal ? network::CloneOptions::diagonal : network::CloneOptions::symmetric;
    options.noise = noise;
    return options;
  }
};

int main(int argc, char** argv) {
  QCoreApplication app(argc, argv);
  return run_for_each_block<TestHypercloning>(argc, argv);
}
#include "test_hypercloning.moc"
