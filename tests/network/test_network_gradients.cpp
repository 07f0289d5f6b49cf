// SPDX-License-Identifier: GPL-3.0-or-later
// Gradients: every parameter against central differences in fp64; the projected network's identities for T, E and M
// [PN].
#include <QtTest>

#include "network/modules.h"
#include "network_helpers.h"

using namespace pantograph;
using namespace pantograph::testing;

class TestNetworkGradients : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void finiteDifferences_data() {
    QTest::addColumn<std::string>("block");
    QTest::addColumn<bool>("projected");
    QTest::addColumn<QList<int>>("experts");
    for (const std::string& block : kBlocks) {
      const auto row = [&](const char* name, bool projected, const QList<int>& experts) {
        QTest::addRow("%s, %s", block.c_str(), name) << block << projected << experts;
      };
      row("small", false, {});
      row("projected, one expert", true, {1});
      row("projected, equal shares", true, {4, 1});
      row("projected, unequal shares, unsorted", true, {5, 0, 5, 3});
    }
  }
  void finiteDifferences() {  // dL/dx = (L(x + δ) − L(x − δ)) / 2δ for every element of every parameter
    QFETCH(std::string, block);
    QFETCH(bool, projected);
    QFETCH(QList<int>, experts);
    network::set_compute_threads(1);  // thousands of tiny passes: a second thread only waits
    network::Network network = network::Network::create(tiny(projected, block), 3);
    randomize(network, torch::kDouble);
    const torch::Tensor inputs = tokens(4, 6, 11, 1), targets = tokens(4, 6, 11, 2);
    targets[0][5] = -1;
    const std::vector<int> groups(experts.begin(), experts.end());
    const auto loss = [&] { return network.impl().loss_sum(inputs, targets, groups, torch::kFloat); };
    (loss() * 0.5).backward();  // a factor, as averaging over tokens gives
    torch::NoGradGuard no_grad;
    for (network::NamedParameter& p : network.impl().parameters) {
      const torch::Tensor found = p.value.grad().contiguous();
      torch::Tensor expected = torch::zeros_like(found);
      double* value = p.value.data_ptr<double>();
      for (std::int64_t i = 0; i < p.value.numel(); ++i) {
        const double kept = value[i], step = 1e-5;
        value[i] = kept + step;
        const double above = loss().item<double>();
        value[i] = kept - step;
        const double below = loss().item<double>();
        value[i] = kept;
        expected.data_ptr<double>()[i] = 0.5 * (above - below) / (2 * step);
      }
      QVERIFY2(expected.abs().max().item<double>() > 0, p.name.c_str());
      QVERIFY2(relative(found, expected) < 1e-6,
               qPrintable(QString("%1: %2").arg(p.name.c_str()).arg(relative(found, expected))));
    }
  }

  void identityMakesExpertsIndependent() {  // h = k, E = M = 1: W^(l,i) = T^(l)[:,:,i]
    network::NetworkConfig config = tiny(true);
    config.h = config.k = config.m = 4;
    network::Network network = network::Network::create(config, 3);
    randomize(network, torch::kDouble);
    for (network::NamedParameter& p : network.impl().parameters) {
      if (p.kind != network::ParameterKind::e && p.kind != network::ParameterKind::m) continue;
      torch::NoGradGuard no_grad;
      p.value.copy_(torch::eye(4, torch::kDouble));
    }
    const torch::Tensor inputs = tokens(4, 6, 11, 1), targets = tokens(4, 6, 11, 2);
    network.impl().loss_sum(inputs, targets, {2}, torch::kFloat).backward();
    for (const network::NamedParameter& p : network.impl().parameters) {
      if (p.kind != network::ParameterKind::t) continue;
      for (int r = 0; r < 4; ++r) QCOMPARE(p.value.grad()[r].abs().max().item<double>() > 0, r == 2);
    }
    torch::NoGradGuard no_grad;
    const torch::Tensor before = network.impl().forward(inputs, {0, 1, 2, 3}, torch::kFloat);
    network.impl().parameter("layers.0.mlp.up.t")[1].mul_(-1.5);
    network.impl().parameter("layers.1.mlp.down.t")[1].add_(0.5);
    const torch::Tensor after = network.impl().forward(inputs, {0, 1, 2, 3}, torch::kFloat);
    for (int row = 0; row < 4; ++row) QCOMPARE(torch::equal(before[row], after[row]), row != 1);
    const network::Network slice = network.project(3);
    QVERIFY(torch::equal(slice.impl().parameter("layers.0.mlp.up.weight"),
                         network.impl().parameter("layers.0.mlp.up.t")[3]));
  }

  void gradientOfTIsSumOverExperts() {  // dT[r] = Σ_i c_i[r]·dW^(i), c_i = E_i·M; its rank over r ≤ distinct experts
    network::NetworkConfig config = tiny(true);
    config.h = 5;
    network::Network network = network::Network::create(config, 3);
    randomize(network, torch::kDouble);
    const torch::Tensor inputs = tokens(6, 6, 11, 1), targets = tokens(6, 6, 11, 2);
    const std::vector<int> experts = {4, 1, 4};
    network.impl().loss_sum(inputs, targets, experts, torch::kFloat).backward();
    std::vector<network::Network> small;
    for (int g = 0; g < 3; ++g) {
      small.push_back(network.project(experts[g]));
      small[g].impl().loss_sum(inputs.narrow(0, 2 * g, 2), targets.narrow(0, 2 * g, 2), {}, torch::kFloat).backward();
    }
    torch::NoGradGuard no_grad;
    for (const std::string linear : {"layers.0.mlp.up", "layers.0.mlp.down", "layers.1.mlp.up", "layers.1.mlp.down"}) {
      const torch::Tensor found = network.impl().parameter(linear + ".t").grad();
      const torch::Tensor c =
          network.impl().parameter("experts").matmul(network.impl().parameter(linear + ".m"));  // [k, h]
      torch::Tensor expected = torch::zeros_like(found);
      for (int g = 0; g < 3; ++g) {
        const torch::Tensor dw = small[g].impl().parameter(linear + ".weight").grad();
        for (int r = 0; r < 5; ++r) expected[r] += c[experts[g]][r] * dw;
      }
      QVERIFY2(relative(found, expected) < 1e-11, linear.c_str());
      const torch::Tensor singular = torch::linalg_svdvals(found.view({5, -1}));
      QVERIFY(singular[1].item<double>() > 1e-6 * singular[0].item<double>());
      QVERIFY(singular[2].item<double>() < 1e-12 * singular[0].item<double>());
    }
  }

  void singlePrecisionAgrees_data() {
    QTest::addColumn<int>("vocabulary");
    QTest::addColumn<bool>("projected");
    QTest::addColumn<bool>("half");
    QTest::newRow("small fp32") << 301 << false << false;
    QTest::newRow("small fp32, large vocabulary") << 5003 << false << false;
    QTest::newRow("projected fp32") << 301 << true << false;
    QTest::newRow("small bf16") << 301 << false << true;
    QTest::newRow("projected bf16") << 301 << true << true;
  }
  void singlePrecisionAgrees() {  // the quick paths of fp32 and bf16 against the plain one of fp64, at odd sizes
    QFETCH(int, vocabulary);
    QFETCH(bool, projected);
    QFETCH(bool, half);
    network::set_compute_threads(2);
    network::NetworkConfig config = tiny(projected);
    config.small = {2, 40, 5, 72, 37, vocabulary};
    network::Network network = network::Network::create(config, 3), exact = network::Network::create(config, 3);
    for (network::NamedParameter& p : exact.impl().parameters)
      p.value = p.value.detach().to(torch::kDouble).requires_grad_(true);
    const torch::Tensor inputs = tokens(9, 37, vocabulary, 1), targets = tokens(9, 37, vocabulary, 2);
    targets[3].slice(0, 5).fill_(-1);
    const auto loss = network.impl().loss_sum(inputs, targets, {2, 0, 2}, half ? torch::kBFloat16 : torch::kFloat);
    const auto want = exact.impl().loss_sum(inputs, targets, {2, 0, 2}, torch::kFloat);
    QVERIFY2(relative(loss, want) < (half ? 1e-3 : 1e-5), qPrintable(QString::number(relative(loss, want))));
    (loss / 300.0).backward();
    (want / 300.0).backward();
    for (std::size_t i = 0; i < exact.impl().parameters.size(); ++i) {
      const torch::Tensor a = network.impl().parameters[i].value.grad(), b = exact.impl().parameters[i].value.grad();
      const double error = (a - b).norm().item<double>() / b.norm().item<double>();
      // The gradient of a key's bias is zero in exact arithmetic (softmax ignores a common shift); nothing else is.
      const double allowed = half ? 0.05 : 1e-4;
      QVERIFY2(error < allowed, qPrintable(QString("%1: %2").arg(exact.impl().parameters[i].name.c_str()).arg(error)));
    }
  }
};

QTEST_GUILESS_MAIN(TestNetworkGradients)
#include "test_network_gradients.moc"
