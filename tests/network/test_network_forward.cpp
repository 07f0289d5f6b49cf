// SPDX-License-Identifier: GPL-3.0-or-later
// The network's numbers: logits against loops in doubles, the projected network's identities [PN], grouped batches,
// bf16.
#include <QtTest>

#include "base/error.h"
#include "network/modules.h"
#include "network_helpers.h"
#include "reference.h"

using namespace pantograph;
using namespace pantograph::testing;

namespace {

reference::Values values(const network::Network& network) {
  reference::Values all;
  for (const network::NamedParameter& p : network.impl().parameters) {
    const torch::Tensor host = p.value.detach().to(torch::kDouble).contiguous();
    all[p.name].assign(host.data_ptr<double>(), host.data_ptr<double>() + host.numel());
  }
  return all;
}

torch::Tensor logits(const network::Network& network, const torch::Tensor& inputs, const std::vector<int>& experts,
                     torch::ScalarType compute = torch::kFloat) {
  torch::NoGradGuard no_grad;
  return network.impl().forward(inputs, experts, compute);
}

}  // namespace

class TestNetworkForward : public QObject {
  Q_OBJECT
  static void blocks() {
    QTest::addColumn<std::string>("block");
    for (const std::string& block : kBlocks) QTest::newRow(block.c_str()) << block;
  }
 private Q_SLOTS:
  void initTestCase() { network::set_compute_threads(2); }

  void matchesLoops_data() {
    QTest::addColumn<std::string>("block");
    QTest::addColumn<bool>("projected");
    QTest::addColumn<bool>("fp64");
    for (const std::string& block : kBlocks) {
      for (const bool projected : {false, true}) {
        for (const bool fp64 : {false, true}) {
          QTest::addRow("%s, %s, %s", block.c_str(), projected ? "W = sum_q sum_r E M T" : "small",
                        fp64 ? "fp64" : "fp32")
              << block << projected << fp64;
        }
      }
    }
  }
  void matchesLoops() {
    QFETCH(std::string, block);
    QFETCH(bool, projected);
    QFETCH(bool, fp64);
    network::Network network = network::Network::create(tiny(projected, block), 3);
    randomize(network, fp64 ? torch::kDouble : torch::kFloat);
    const network::SmallConfig& s = network.config().small;
    const torch::Tensor inputs = tokens(3, s.context, s.vocabulary, 5);
    const std::vector<int> experts = {2, 0, 3};
    const torch::Tensor found = logits(network, inputs, experts).to(torch::kDouble);
    const reference::Values weights = values(network);
    for (int row = 0; row < 3; ++row) {
      std::vector<int> ids;
      for (int t = 0; t < s.context; ++t) ids.push_back(static_cast<int>(inputs[row][t].item<std::int64_t>()));
      const reference::Rows expected = reference::logits(network.config(), weights, ids, experts[row]);
      for (int t = 0; t < s.context; ++t) {
        const torch::Tensor want = torch::tensor(expected[t], torch::kDouble);
        QVERIFY2(relative(found[row][t], want) < (fp64 ? 1e-12 : 1e-5),
                 qPrintable(QString("row %1 token %2").arg(row).arg(t)));
      }
    }
  }

  void lossIsSumOverCountedTargets() {  // loss_sum = Σ_{target ≥ 0} −log softmax(logits)[target]
    network::Network network = network::Network::create(tiny(true), 3);
    randomize(network, torch::kFloat);
    torch::Tensor inputs = tokens(4, 6, 11, 1), targets = tokens(4, 6, 11, 2);
    targets[1].slice(0, 3).fill_(-1);
    const std::vector<int> experts = {1, 0};
    const torch::Tensor all = torch::log_softmax(logits(network, inputs, experts).to(torch::kDouble), -1);
    double expected = 0;
    for (int r = 0; r < 4; ++r) {
      for (int t = 0; t < 6; ++t) {
        if (const auto id = targets[r][t].item<std::int64_t>(); id >= 0) expected -= all[r][t][id].item<double>();
      }
    }
    const double found = network.impl().loss_sum(inputs, targets, experts, torch::kFloat).item<double>();
    QVERIFY(std::abs(found - expected) < 1e-5 * expected);
    // Padding inputs of −1 after the counted tokens change nothing, and neither do they read outside the table.
    inputs[1].slice(0, 3).fill_(-1);
    const double padded = network.impl().loss_sum(inputs, targets, experts, torch::kFloat).item<double>();
    QCOMPARE(padded, found);
  }

  void isCausal_data() { blocks(); }
  void isCausal() {  // logits of token t depend on tokens ≤ t only
    QFETCH(std::string, block);
    network::Network network = network::Network::create(tiny(true, block), 3);
    randomize(network, torch::kFloat);
    torch::Tensor inputs = tokens(1, 6, 11, 1);
    const torch::Tensor before = logits(network, inputs, {1});
    inputs[0][4] = (inputs[0][4] + 1) % 11;
    const torch::Tensor after = logits(network, inputs, {1});
    QVERIFY(torch::equal(before.narrow(1, 0, 4), after.narrow(1, 0, 4)));
    QVERIFY(!torch::equal(before.narrow(1, 4, 1), after.narrow(1, 4, 1)));
  }

  void projectionHasTheExpertsLogits_data() { blocks(); }
  void projectionHasTheExpertsLogits() {  // W^(l,i) in closed form: relative error < 1e-5 in fp32
    QFETCH(std::string, block);
    network::NetworkConfig config = tiny(true);
    config.small = {2, 32, 4, 96, 24, 101};
    set_block(config.small, block);
    config.h = 6;
    const network::Network network = network::Network::create(config, 11);
    const torch::Tensor inputs = tokens(3, 24, 101, 9);
    for (int expert = 0; expert < config.k; ++expert) {
      const network::Network small = network.project(expert);
      QVERIFY(!small.config().projected);
      QCOMPARE(small.config().small, config.small);
      const torch::Tensor a = logits(small, inputs, {}), b = logits(network, inputs, {expert});
      QVERIFY2(relative(a, b) < 1e-5, qPrintable(QString::number(relative(a, b))));
      if (expert > 0) QVERIFY(relative(a, logits(network, inputs, {0})) > 1e-3);
    }
  }

  void groupsEqualSeparateBatches_data() {
    QTest::addColumn<std::string>("block");
    QTest::addColumn<QList<int>>("experts");
    for (const std::string& block : kBlocks) {
      const auto row = [&](const char* name, const QList<int>& experts) {
        QTest::addRow("%s, %s", block.c_str(), name) << block << experts;
      };
      row("distinct", {0, 1, 2, 3, 4, 5});
      row("unsorted", {3, 1, 0});
      row("repeated, equal shares", {2, 0, 2, 0, 2, 0});
      row("repeated, unequal shares", {5, 1, 5});
      row("one expert in every group", {4, 4, 4});
    }
  }
  void groupsEqualSeparateBatches() {
    QFETCH(std::string, block);
    QFETCH(QList<int>, experts);
    network::Network network = network::Network::create(tiny(true, block), 3);
    randomize(network, torch::kFloat);
    const torch::Tensor inputs = tokens(6, 6, 11, 1), targets = tokens(6, 6, 11, 2);
    const std::vector<int> groups(experts.begin(), experts.end());
    const auto size = static_cast<std::int64_t>(6 / groups.size());
    const torch::Tensor together = logits(network, inputs, groups);
    double loss = 0;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const auto begin = static_cast<std::int64_t>(g) * size;
      const torch::Tensor alone = logits(network, inputs.narrow(0, begin, size), {groups[g]});
      QVERIFY(relative(together.narrow(0, begin, size), alone) < 1e-5);
      loss += network.impl()
                  .loss_sum(inputs.narrow(0, begin, size), targets.narrow(0, begin, size), {groups[g]}, torch::kFloat)
                  .item<double>();
    }
    const double all = network.impl().loss_sum(inputs, targets, groups, torch::kFloat).item<double>();
    QVERIFY(std::abs(all - loss) < 1e-5 * loss);
  }

  void badGroupsAreRefused() {
    const network::Network network = network::Network::create(tiny(true), 3);
    const torch::Tensor inputs = tokens(6, 6, 11, 1);
    QVERIFY_THROWS_EXCEPTION(Error, logits(network, inputs, {}));
    QVERIFY_THROWS_EXCEPTION(Error, logits(network, inputs, {0, 1, 2, 3}));
    QVERIFY_THROWS_EXCEPTION(Error, logits(network, inputs, {6}));
    QVERIFY_THROWS_EXCEPTION(Error, logits(network, inputs, {-1}));
    QVERIFY_THROWS_EXCEPTION(Error, logits(network, tokens(1, 7, 11, 1), {0}));
    QVERIFY_THROWS_EXCEPTION(Error, network.project(6));
    QVERIFY_THROWS_EXCEPTION(Error, network.project(-1));
    QVERIFY_THROWS_EXCEPTION(Error, network.project(0).project(0));
  }

  void bf16IsClose_data() {
    QTest::addColumn<std::string>("block");
    QTest::addColumn<bool>("projected");
    for (const std::string& block : kBlocks) {
      QTest::addRow("%s, small", block.c_str()) << block << false;
      QTest::addRow("%s, projected", block.c_str()) << block << true;
    }
  }
  void bf16IsClose() {
    QFETCH(std::string, block);
    QFETCH(bool, projected);
    network::NetworkConfig config = tiny(projected);
    config.small = {2, 64, 4, 256, 48, 500};
    set_block(config.small, block);
    const network::Network network = network::Network::create(config, 11);
    const torch::Tensor inputs = tokens(6, 48, 500, 9), targets = tokens(6, 48, 500, 10);
    const double fp32 = network.impl().loss_sum(inputs, targets, {0, 1}, torch::kFloat).item<double>();
    const double bf16 = network.impl().loss_sum(inputs, targets, {0, 1}, torch::kBFloat16).item<double>();
    QVERIFY2(std::abs(bf16 - fp32) < 0.01 * fp32, qPrintable(QString("%1 %2").arg(bf16).arg(fp32)));
    QVERIFY(relative(logits(network, inputs, {0, 1}, torch::kBFloat16), logits(network, inputs, {0, 1})) < 0.03);
  }

  void inferenceSizeIsTheSmallNetworks_data() {
    QTest::addColumn<int>("h");
    QTest::addColumn<int>("k");
    QTest::addColumn<int>("m");
    QTest::newRow("1 1 1") << 1 << 1 << 1;
    QTest::newRow("3 5 2") << 3 << 5 << 2;
    QTest::newRow("8 2 9") << 8 << 2 << 9;
  }
  void inferenceSizeIsTheSmallNetworks() {
    QFETCH(int, h);
    QFETCH(int, k);
    QFETCH(int, m);
    network::NetworkConfig config = tiny(true);
    config.h = h, config.k = k, config.m = m;
    const network::Network network = network::Network::create(config, 1);
    QCOMPARE(network.project(k - 1).parameters(), network::Network::create(tiny(false), 1).parameters());
  }

  void startsLikeTheSmallNetwork() {  // W_i has the small network's variance; one seed shares what is common
    network::NetworkConfig config;
    config.small = {2, 64, 4, 256, 16, 50};
    const network::Network small = network::Network::create(config, 5);
    config.projected = true, config.h = 16, config.k = 16, config.m = 8;
    const network::Network network = network::Network::create(config, 5);
    double up = 0, down = 0;
    for (int i = 0; i < 16; ++i) {
      const network::Network expert = network.project(i);
      up += expert.impl().parameter("layers.1.mlp.up.weight").square().mean().item<double>() / 16;
      down += expert.impl().parameter("layers.1.mlp.down.weight").square().mean().item<double>() / 16;
    }
    QVERIFY2(std::abs(std::sqrt(up) / 0.02 - 1) < 0.05, qPrintable(QString::number(std::sqrt(up))));
    QVERIFY2(std::abs(std::sqrt(down) / 0.01 - 1) < 0.05, qPrintable(QString::number(std::sqrt(down))));
    QVERIFY(torch::equal(small.impl().parameter("embedding"), network.impl().parameter("embedding")));
    QVERIFY(!torch::equal(small.impl().parameter("embedding"),
                          network::Network::create(config, 6).impl().parameter("embedding")));
  }

  void savedLoadedAndClonedAreTheSameBits() {
    const network::Network network = network::Network::create(tiny(true), 8);
    const torch::Tensor inputs = tokens(6, 6, 11, 1);
    const torch::Tensor expected = logits(network, inputs, {3, 1});
    const network::Network loaded = network::Network::load(network.config(), network.weights());
    QVERIFY(torch::equal(logits(loaded, inputs, {3, 1}), expected));
    const network::Network copy = network.clone();
    QVERIFY(torch::equal(logits(copy, inputs, {3, 1}), expected));
    torch::NoGradGuard no_grad;
    copy.impl().parameter("embedding").clone().zero_();
    copy.impl().parameters[0].value.zero_();  // a copy of its own
    QVERIFY(torch::equal(logits(network, inputs, {3, 1}), expected));
  }

  void sameThreadsSameBits() {
    network::NetworkConfig config = tiny(true);
    config.small = {2, 32, 4, 128, 64, 300};
    const torch::Tensor inputs = tokens(12, 64, 300, 9), targets = tokens(12, 64, 300, 10);
    for (const auto compute : {torch::kFloat, torch::kBFloat16}) {
      const network::Network a = network::Network::create(config, 11), b = network::Network::create(config, 11);
      const torch::Tensor first = a.impl().loss_sum(inputs, targets, {0, 1, 2}, compute);
      const torch::Tensor second = b.impl().loss_sum(inputs, targets, {0, 1, 2}, compute);
      QVERIFY(torch::equal(first, second));
      first.backward();
      second.backward();
      for (std::size_t i = 0; i < a.impl().parameters.size(); ++i) {
        QVERIFY2(torch::equal(a.impl().parameters[i].value.grad(), b.impl().parameters[i].value.grad()),
                 a.impl().parameters[i].name.c_str());
      }
    }
  }
};

QTEST_GUILESS_MAIN(TestNetworkForward)
#include "test_network_forward.moc"
