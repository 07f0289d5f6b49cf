// SPDX-License-Identifier: GPL-3.0-or-later
// Adam against torch::optim, clipping and the gradient norm against plain references, the same bits for any thread
// count.
#include <torch/torch.h>

#include <QtTest>

#include "support/outcome.h"
#include "train/optimizer.h"
#include "train_fixtures.h"

using namespace pantograph;

namespace {

// One matrix of 96 · 300 elements crosses a chunk's border and ends in a partial lane.
network::NetworkConfig config() {
  network::NetworkConfig c = fixtures::slm_pn();
  c.small.vocabulary = 300;
  c.small.width = 96;
  return c;
}

/// The same gradients for every implementation, larger in some parameters than in others.
void set_gradients(network::Network& network, int step) {
  auto& parameters = network.impl().parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    auto generator = at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(step) * 1000 + i);
    const torch::Tensor gradient =
        torch::empty_like(parameters[i].value).detach().normal_(0, 0.01 * static_cast<double>(1 + i % 5), generator);
    torch::Tensor& mine = parameters[i].value.mutable_grad();
    if (mine.defined()) {
      mine.copy_(gradient);
    } else {
      mine = gradient;
    }
  }
}

double difference(const network::Network& a, const std::vector<torch::Tensor>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    largest = std::max(largest, (a.impl().parameters[i].value - b[i]).abs().max().item<double>());
  }
  return largest;
}

}  // namespace

class TestOptimizer : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void adam_data();
  void adam();
  void rateFactorsAndDecayGoByKind();
  void normAndClipping_data();
  void normAndClipping();
  void sameBitsForAnyThreads();
  void parameterWithoutGradient();
};

void TestOptimizer::adam_data() {
  QTest::addColumn<int>("path");
  QTest::addColumn<double>("decay");
  QTest::newRow("fused") << 0 << 0.0;
  QTest::newRow("fused, decay") << 0 << 0.1;
  QTest::newRow("operations") << 1 << 0.0;
  QTest::newRow("operations, decay") << 1 << 0.1;
}

void TestOptimizer::adam() {
  QFETCH(int, path);
  QFETCH(double, decay);
  network::Network network = network::Network::create(config(), 3);
  std::vector<torch::Tensor> matrices, rest, all;
  for (const network::NamedParameter& p : network.impl().parameters) {
    all.push_back(p.value.detach().clone().requires_grad_(true));
    (p.kind == network::ParameterKind::matrix || p.kind == network::ParameterKind::t ? matrices : rest)
        .push_back(all.back());
  }
  train::TrainSettings settings;
  settings.weight_decay = decay;
  train::Adam mine(network, settings, path == 0 ? train::Adam::Path::fused : train::Adam::Path::operations);
  using Options = torch::optim::AdamWOptions;
  torch::optim::AdamW with(matrices, Options(1e-3).betas({0.9, 0.999}).eps(1e-8).weight_decay(decay));
  torch::optim::Adam without(rest, torch::optim::AdamOptions(1e-3).betas({0.9, 0.999}).eps(1e-8));
  for (int step = 0; step < 50; ++step) {
    mine.clear_gradients();
    set_gradients(network, step);
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i].mutable_grad() = network.impl().parameters[i].value.grad().detach().clone();
    }
    mine.step(1e-3, 1.0);
    with.step();
    without.step();
  }
  QCOMPARE(mine.steps(), std::uint64_t{50});
  const double error = difference(network, all);
  QVERIFY2(error < 2e-6, qPrintable(QString::number(error)));
}

void TestOptimizer::rateFactorsAndDecayGoByKind() {
  for (const auto path : {train::Adam::Path::fused, train::Adam::Path::operations}) {
    network::Network network = network::Network::create(config(), 3);
    std::vector<torch::Tensor> before;
    for (const network::NamedParameter& p : network.impl().parameters) before.push_back(p.value.detach().clone());
    train::TrainSettings settings;
    settings.rate_t = 0.25;
    settings.rate_e = 2;
    settings.rate_m = 0;
    settings.weight_decay = 0.5;
    train::Adam adam(network, settings, path);
    adam.clear_gradients();
    set_gradients(network, 1);
    adam.step(1e-3, 1.0);
    // The first step of Adam moves by rate · sign(gradient), whatever the gradient's size.
    for (std::size_t i = 0; i < before.size(); ++i) {
      const network::NamedParameter& p = network.impl().parameters[i];
      const bool decays = p.kind == network::ParameterKind::matrix || p.kind == network::ParameterKind::t;
      const double factor = p.kind == network::ParameterKind::t   ? 0.25
                            : p.kind == network::ParameterKind::e ? 2
                            : p.kind == network::ParameterKind::m ? 0
                                                                  : 1;
      const double rate = 1e-3 * factor;
      const torch::Tensor expected = before[i] * (decays ? 1 - rate * 0.5 : 1.0) -
                                     rate * p.value.grad() / (p.value.grad().abs() + settings.epsilon);
      const double error = (p.value - expected).abs().max().item<double>();
      QVERIFY2(error < 2e-6, qPrintable(QString::fromStdString(p.name) + ": " + QString::number(error)));
    }
  }
}

void TestOptimizer::normAndClipping_data() {
  QTest::addColumn<double>("clip");
  QTest::newRow("none") << 0.0;
  QTest::newRow("hard") << 0.5;
  QTest::newRow("never reached") << 1e6;
}

void TestOptimizer::normAndClipping() {
  QFETCH(double, clip);
  for (const auto path : {train::Adam::Path::fused, train::Adam::Path::operations}) {
    network::Network network = network::Network::create(config(), 3);
    train::Adam adam(network, train::TrainSettings{}, path);
    adam.clear_gradients();
    set_gradients(network, 7);
    double sum = 0;
    std::vector<torch::Tensor> copies;
    for (const network::NamedParameter& p : network.impl().parameters) {
      copies.push_back(p.value.detach().clone().requires_grad_(true));
      copies.back().mutable_grad() = p.value.grad().detach().clone();
      const torch::Tensor g = p.value.grad().to(torch::kDouble).contiguous();
      for (std::int64_t i = 0; i < g.numel(); ++i) sum += g.data_ptr<double>()[i] * g.data_ptr<double>()[i];
    }
    const double norm = adam.gradient_norm();
    QVERIFY(std::abs(norm - std::sqrt(sum)) < 1e-6 * norm);
    const double factor = train::clip_factor(norm, clip);
    if (clip <= 0) {
      QCOMPARE(factor, 1.0);
      continue;
    }
    torch::nn::utils::clip_grad_norm_(copies, clip);
    for (std::size_t i = 0; i < copies.size(); ++i) {
      const torch::Tensor mine = network.impl().parameters[i].value.grad() * factor;
      QVERIFY(torch::allclose(mine, copies[i].grad(), 1e-5, 1e-9));
    }
  }
}

void TestOptimizer::sameBitsForAnyThreads() {
  std::vector<store::TensorMap> weights;
  std::vector<double> norms;
  const int before = at::get_num_threads();
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    network::Network network = network::Network::create(config(), 3);
    train::Adam adam(network, train::TrainSettings{}, train::Adam::Path::fused);
    for (int step = 0; step < 5; ++step) {
      adam.clear_gradients();
      set_gradients(network, step);
      const double norm = adam.gradient_norm();
      adam.step(1e-3, train::clip_factor(norm, 1.0));
      norms.push_back(norm);
    }
    weights.push_back(network.weights());
  }
  at::set_num_threads(before);
  QVERIFY(tiny::same_weights(weights[0], weights[1]));
  QVERIFY(tiny::same_weights(weights[0], weights[2]));
  for (std::size_t i = 0; i < 5; ++i) {
    QCOMPARE(norms[i], norms[i + 5]);
    QCOMPARE(norms[i], norms[i + 10]);
  }
}

void TestOptimizer::parameterWithoutGradient() {
  network::Network network = network::Network::create(config(), 3);
  const torch::Tensor before = network.impl().parameters[0].value.detach().clone();
  {
    train::Adam adam(network, train::TrainSettings{}, train::Adam::Path::fused);
    adam.clear_gradients();
    QCOMPARE(adam.gradient_norm(), 0.0);
    adam.step(1e-3, 1.0);
  }
  QVERIFY(torch::equal(network.impl().parameters[0].value, before));
  QVERIFY(!network.impl().parameters[0].value.grad().defined());
}

QTEST_GUILESS_MAIN(TestOptimizer)
#include "test_optimizer.moc"
