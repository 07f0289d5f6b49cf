// SPDX-License-Identifier: GPL-3.0-or-later
// The CPU's step beside LibTorch's autograd in fp64: loss, every gradient, the norm with T's in it; then several steps
// of both paths. Odd shapes, experts out of order and repeated, rows in pieces, padding.
#include <torch/torch.h>

#include <QtTest>

#include "../network/network_helpers.h"
#include "kernel/product.h"
#include "train/training_step.h"

using namespace pantograph;

namespace {

struct Case {
  network::NetworkConfig config;
  int rows = 6;
  std::vector<int> experts = {0};
  int rows_at_once = 0;
  int context = 6;
};

network::NetworkConfig odd(bool projected, int rank = 0, const std::string& block = "gpt2") {
  network::NetworkConfig config;
  config.small = {3, 12, 3, 20, 70, 37};  // context 70: more than one block of queries
  pantograph::testing::set_block(config.small, block);
  config.projected = projected;
  if (projected) config.h = 5, config.k = 4, config.m = 3;
  if (rank > 0) config.lora = {rank, 1.5};
  return config;
}

token::Batch batch_of(const Case& c, std::uint64_t seed) {
  const torch::Tensor tokens = pantograph::testing::tokens(c.rows, c.context + 1, c.config.small.vocabulary, seed);
  token::Batch batch;
  batch.rows = c.rows;
  batch.context = c.context;
  batch.experts = c.experts;
  const std::int64_t* from = tokens.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < tokens.numel(); ++i) batch.tokens.push_back(static_cast<std::int32_t>(from[i]));
  batch.tokens[static_cast<std::size_t>(c.context)] = -1;  // a target that is not there
  return batch;
}

network::Network make(const network::NetworkConfig& config, torch::ScalarType type) {
  network::Network network = network::Network::create(config, 3);
  pantograph::testing::randomize(network, type, pantograph::testing::moderate(config));
  return network;
}

double loss_and_gradients(train::TrainingStep& step, const token::Batch& batch) {
  step.begin(batch);
  double loss = 0;
  for (const train::Piece& piece : step.pieces(batch))
    loss += step.accumulate(batch, piece, train::count_targets(batch));
  return loss;
}

struct Outcome {
  double loss = 0, norm = 0;
  std::vector<torch::Tensor> gradients;  // fp64; T's undefined where it is never formed
};

Outcome run(const Case& c, bool plain, const std::string& precision) {
  const token::Batch batch = batch_of(c, 11);
  network::Network network = make(c.config, torch::kFloat);
  train::TrainSettings settings;
  settings.precision = precision;
  settings.rows_at_once = c.rows_at_once;
  const auto step = plain ? train::make_plain_step(network, settings) : train::make_kernel_step(network, settings);
  Outcome out;
  out.loss = loss_and_gradients(*step, batch);
  out.norm = step->gradient_norm();
  for (const network::NamedParameter& p : network.impl().parameters) {
    const torch::Tensor gradient = p.value.grad();
    out.gradients.push_back(gradient.defined() ? gradient.to(torch::kDouble).clone() : torch::Tensor());
  }
  return out;
}

/// By autograd in fp64.
Outcome exact(const Case& c) {
  const token::Batch batch = batch_of(c, 11);
  network::Network network = make(c.config, torch::kDouble);
  std::vector<const std::int32_t*> rows;
  for (int i = 0; i < batch.rows; ++i) rows.push_back(batch.row(i));
  const train::RowTensors tensors = train::row_tensors(rows, batch.context, torch::kCPU);
  const torch::Tensor loss = network.impl().loss_sum(tensors.inputs, tensors.targets, c.experts, torch::kDouble) /
                             static_cast<double>(train::count_targets(batch));
  loss.backward();
  Outcome out;
  out.loss = loss.item<double>();
  for (const network::NamedParameter& p : network.impl().parameters) {
    out.gradients.push_back(p.value.grad().defined() ? p.value.grad() : torch::zeros_like(p.value));
    out.norm += out.gradients.back().square().sum().item<double>();
  }
  out.norm = std::sqrt(out.norm);
  return out;
}

void compare(const Case& c) {
  constexpr double tolerance = 2e-5;
  const Outcome expected = exact(c), found = run(c, false, "fp32");
  QVERIFY2(std::abs(found.loss - expected.loss) <= tolerance * found.loss,
           qPrintable(QString("loss %1").arg(found.loss)));
  const network::Network names = make(c.config, torch::kFloat);
  for (std::size_t i = 0; i < expected.gradients.size(); ++i) {
    const network::NamedParameter& parameter = names.impl().parameters[i];
    if (parameter.kind == network::ParameterKind::t) continue;  // held by the norm, and by several_steps
    if (!names.impl().trains(parameter)) {
      QVERIFY(!found.gradients[i].defined());
      continue;
    }
    const double off = (found.gradients[i] - expected.gradients[i]).abs().max().item<double>();
    const double size = expected.gradients[i].abs().max().item<double>();
    QVERIFY2(off <= tolerance * (size + 1e-3),
             qPrintable(QString("%1: off by %2 of %3").arg(QString::fromStdString(parameter.name)).arg(off).arg(size)));
  }
  QVERIFY2(std::abs(found.norm - expected.norm) <= tolerance * found.norm,
           qPrintable(QString("norm %1, expected %2").arg(found.norm).arg(expected.norm)));
}

/// Square of the distance from the exact gradients, over all that the kernels form.
double distance(const Outcome& found, const Outcome& expected, const Outcome& formed) {
  double sum = 0;
  for (std::size_t i = 0; i < expected.gradients.size(); ++i) {
    if (!formed.gradients[i].defined()) continue;
    sum += (found.gradients[i] - expected.gradients[i]).square().sum().item<double>();
  }
  return std::sqrt(sum);
}

/// bf16's rounding has no bound to hold a gradient against, but LibTorch's own bf16 operations round too.
void compare_half(const Case& c) {
  const Outcome expected = exact(c), found = run(c, false, "bf16"), rival = run(c, true, "bf16");
  const double off = distance(found, expected, found), rivals = distance(rival, expected, found);
  QVERIFY2(off <= 2 * rivals && off < 0.2 * expected.norm,
           qPrintable(QString("off by %1, LibTorch by %2, of %3").arg(off).arg(rivals).arg(expected.norm)));
  QVERIFY(std::abs(found.loss - expected.loss) < 0.01 * expected.loss);
}

/// Largest difference between the networks over the largest change that training made.
double after_steps(const Case& c, train::TrainSettings settings, int steps) {
  network::Network start = make(c.config, torch::kFloat), fast = make(c.config, torch::kFloat),
                   plain = make(c.config, torch::kFloat);
  settings.rows_at_once = c.rows_at_once;
  const auto a = train::make_kernel_step(fast, settings);
  const auto b = train::make_plain_step(plain, settings);
  for (int i = 0; i < steps; ++i) {
    const token::Batch batch = batch_of(c, 100 + static_cast<std::uint64_t>(i));
    for (train::TrainingStep* step : {a.get(), b.get()}) {
      loss_and_gradients(*step, batch);
      step->update(settings.rate, train::clip_factor(step->gradient_norm(), 0.5), c.experts);
    }
  }
  double off = 0, change = 0;
  for (std::size_t i = 0; i < plain.impl().parameters.size(); ++i) {
    const torch::Tensor x = fast.impl().parameters[i].value.detach(), y = plain.impl().parameters[i].value.detach();
    off = std::max(off, (x - y).abs().max().item<double>());
    change = std::max(change, (y - start.impl().parameters[i].value.detach()).abs().max().item<double>());
  }
  return off / change;
}

}  // namespace

class TestStep : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void gradients_data() { cases(); }
  void gradients() { compare(current()); }

  void gradients_in_bf16_data() { cases(); }
  void gradients_in_bf16() {
    if (!kernel::half_is_possible()) QSKIP("this processor has no bf16 products");
    compare_half(current());
  }

  void several_steps_data() { cases(); }
  void several_steps() {
    train::TrainSettings settings;
    settings.rate = 1e-2;
    settings.epsilon = 1e-3;  // Adam's first steps are ±rate whatever the gradient; this keeps its size in them
    settings.weight_decay = 0.1;
    settings.rate_t = 0.5, settings.rate_e = 2, settings.rate_m = 0.7;
    const double off = after_steps(current(), settings, 5);
    QVERIFY2(off < 1e-3, qPrintable(QString::number(off)));
  }

  /// A step whose experts the step before formed gives the same bits as one that forms them itself.
  void formed_on_the_way_or_not() {
    for (const char* precision : {"fp32", "bf16"}) {
      if (std::string(precision) == "bf16" && !kernel::half_is_possible()) continue;
      Case c{odd(true), 6, {2, 0}, 0, 9};
      train::TrainSettings settings;
      settings.precision = precision;
      network::Network told = make(c.config, torch::kFloat), untold = make(c.config, torch::kFloat);
      const auto a = train::make_kernel_step(told, settings), b = train::make_kernel_step(untold, settings);
      for (int i = 0; i < 3; ++i) {
        c.experts = i % 2 ? std::vector<int>{3, 1} : std::vector<int>{0, 3};
        const std::vector<int> next = i % 2 ? std::vector<int>{0, 3} : std::vector<int>{3, 1};
        const token::Batch batch = batch_of(c, static_cast<std::uint64_t>(i));
        for (train::TrainingStep* step : {a.get(), b.get()}) {
          loss_and_gradients(*step, batch);
          step->update(1e-2, train::clip_factor(step->gradient_norm(), 1), step == a.get() ? next : std::vector<int>{});
        }
      }
      for (std::size_t i = 0; i < told.impl().parameters.size(); ++i) {
        QVERIFY(told.impl().parameters[i].value.equal(untold.impl().parameters[i].value));
      }
    }
  }

 private:
  static void cases() {
    QTest::addColumn<std::string>("block");
    QTest::addColumn<bool>("projected");
    QTest::addColumn<QList<int>>("experts");
    QTest::addColumn<int>("rows_at_once");
    QTest::addColumn<int>("context");
    QTest::addColumn<int>("rank");  // of adapters
    for (const std::string& block : pantograph::testing::kBlocks) {
      const auto row = [&](const char* name, bool projected, const QList<int>& experts, int at_once, int context,
                           int rank = 0) {
        QTest::addRow("%s, %s", block.c_str(), name) << block << projected << experts << at_once << context << rank;
      };
      row("small network", false, {0}, 0, 70);
      row("short rows", false, {0}, 0, 5);
      row("in pieces", false, {0}, 4, 33);
      row("one expert", true, {2}, 0, 65);
      row("experts out of order", true, {3, 0, 2}, 0, 12);
      row("an expert twice", true, {3, 1, 3}, 0, 12);
      row("experts in pieces", true, {3, 1, 3}, 2, 12);
      row("pieces of an expert", true, {1, 0}, 2, 12);
      row("adapters", false, {0}, 0, 70, 3);
      row("adapters in pieces", false, {0}, 4, 33, 1);
    }
  }
  static Case current() {
    QFETCH(std::string, block);
    QFETCH(QList<int>, experts);
    QFETCH(bool, projected);
    QFETCH(int, rows_at_once);
    QFETCH(int, context);
    QFETCH(int, rank);
    return {odd(projected, rank, block), 6, std::vector<int>(experts.begin(), experts.end()), rows_at_once, context};
  }
};

QTEST_GUILESS_MAIN(TestStep)
#include "test_step.moc"
