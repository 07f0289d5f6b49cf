// SPDX-License-Identifier: GPL-3.0-or-later
// Evaluation against a plain loop over rows, by cluster, for one expert and for the best; schedule and pieces of a
// batch.
#include <torch/torch.h>

#include <QTemporaryDir>
#include <QtTest>

#include "base/error.h"
#include "network/modules.h"
#include "support/outcome.h"
#include "train/evaluate.h"
#include "train/rows.h"
#include "train_fixtures.h"

using namespace pantograph;

namespace {

/// One row at a time, log-softmax in double.
double plain_loss(const network::Network& network, const token::EvaluationSet& set,
                  const std::function<int(std::size_t)>& expert) {
  const torch::NoGradGuard no_grad;
  double sum = 0;
  std::uint64_t count = 0;
  for (std::size_t r = 0; r < set.count(); ++r) {
    const std::int32_t* row = set.rows.data() + r * static_cast<std::size_t>(set.context + 1);
    std::vector<std::int64_t> inputs;
    for (int i = 0; i < set.context; ++i) inputs.push_back(row[i] < 0 ? 0 : row[i]);
    const torch::Tensor logits =
        network.impl().forward(torch::tensor(inputs).view({1, set.context}), {expert(r)}, torch::kFloat);
    const torch::Tensor log = logits[0].to(torch::kDouble).log_softmax(-1);
    for (int i = 0; i < set.context; ++i) {
      if (row[i + 1] < 0) continue;
      sum -= log[i][row[i + 1]].item<double>();
      ++count;
    }
  }
  return sum / static_cast<double>(count);
}

/// A projected network whose experts differ clearly.
network::Network different_experts() {
  network::Network network = network::Network::create(fixtures::slm_pn(), 11);
  const torch::NoGradGuard no_grad;
  for (network::NamedParameter& p : network.impl().parameters) {
    if (p.kind == network::ParameterKind::e || p.kind == network::ParameterKind::t)
      p.value.mul_(p.kind == network::ParameterKind::t ? 8 : 1).add_(p.value.sin());
  }
  return network;
}

}  // namespace

class TestEvaluate : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase();
  void againstPlainLoop_data();
  void againstPlainLoop();
  void lowestLossIsLowest();
  void doesNotDependOnSplitting();
  void lossesOfTargets();
  void bf16IsClose();
  void changesNothing();
  void stops();
  void badInput_data();
  void badInput();
  void schedule_data();
  void schedule();
  void unknownSchedule();
  void pieces_data();
  void pieces();
  void missingTokens();

 private:
  QTemporaryDir folder_;
  token::EvaluationSet set_;
};

void TestEvaluate::initTestCase() {
  fixtures::write_experiment(folder_.path().toStdString(), 20, 9);
  set_ = fixtures::validation(folder_.path().toStdString());
  QVERIFY(set_.count() > 4);
}

void TestEvaluate::againstPlainLoop_data() {
  QTest::addColumn<bool>("projected");
  QTest::addColumn<int>("kind");
  QTest::addColumn<int>("expert");
  QTest::newRow("small") << false << 0 << 0;
  QTest::newRow("small, lowest") << false << 2 << 0;
  QTest::newRow("by cluster") << true << 0 << 0;
  QTest::newRow("expert 0") << true << 1 << 0;
  QTest::newRow("expert 1") << true << 1 << 1;
}

void TestEvaluate::againstPlainLoop() {
  QFETCH(bool, projected);
  QFETCH(int, kind);
  QFETCH(int, expert);
  const network::Network network = projected ? different_experts() : network::Network::create(fixtures::slm(), 11);
  const train::ExpertChoice choice{static_cast<train::ExpertChoice::Kind>(kind), expert};
  const train::Evaluation got = train::evaluate(network, set_, choice, "fp32", {});
  const double expected =
      plain_loss(network, set_, [&](std::size_t r) { return kind == 0 ? set_.cluster[r] : expert; });
  QVERIFY2(std::abs(got.loss - expected) < 1e-5 * expected,
           qPrintable(QString("%1 %2").arg(got.loss, 0, 'g', 9).arg(expected, 0, 'g', 9)));
  QCOMPARE(got.tokens, set_.targets);
  QCOMPARE(got.expert, projected && kind == 1 ? expert : -1);
  QVERIFY(got.flops > 0);
  QVERIFY(got.seconds > 0);
}

void TestEvaluate::lowestLossIsLowest() {
  const network::Network network = different_experts();
  double losses[fixtures::kClusters];
  for (int e = 0; e < fixtures::kClusters; ++e) losses[e] = plain_loss(network, set_, [&](std::size_t) { return e; });
  QVERIFY(std::abs(losses[0] - losses[1]) > 1e-3);
  const train::Evaluation got = train::evaluate(network, set_, {train::ExpertChoice::lowest_loss, 0}, "fp32", {});
  QCOMPARE(got.expert, losses[0] < losses[1] ? 0 : 1);
  QVERIFY(std::abs(got.loss - std::min(losses[0], losses[1])) < 1e-5 * got.loss);
}

void TestEvaluate::doesNotDependOnSplitting() {
  const network::Network network = network::Network::create(fixtures::slm(), 11);
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < set_.count(); ++i) rows.push_back(i);
  const double whole = train::rows_loss(network, set_, rows, rows.size(), "fp32", {}).sum;
  for (const std::size_t at_once : {std::size_t{1}, std::size_t{3}, std::size_t{7}}) {
    const double parts = train::rows_loss(network, set_, rows, at_once, "fp32", {}).sum;
    QVERIFY(std::abs(parts - whole) < 1e-6 * whole);
  }
}

void TestEvaluate::lossesOfTargets() {
  const network::Network network = network::Network::create(fixtures::slm(), 11);
  std::vector<float> each;
  const train::Evaluation got = train::evaluate(network, set_, "fp32", {}, each);
  QCOMPARE(got.loss, train::evaluate(network, set_, {}, "fp32", {}).loss);
  QCOMPARE(got.flops, train::evaluate(network, set_, {}, "fp32", {}).flops);
  QCOMPARE(got.tokens, set_.targets);
  QCOMPARE(each.size(), set_.count() * static_cast<std::size_t>(set_.context));
  // Each one by itself: a set of that row alone, whose targets before it are taken away.
  for (const std::size_t row : {std::size_t{0}, set_.count() / 2, set_.count() - 1}) {
    const std::int32_t* tokens = set_.rows.data() + row * static_cast<std::size_t>(set_.context + 1);
    for (const int i : {0, 1, set_.context - 1}) {
      const float loss = each[row * static_cast<std::size_t>(set_.context) + static_cast<std::size_t>(i)];
      if (tokens[i + 1] < 0) {
        QCOMPARE(loss, 0.0F);
        continue;
      }
      token::EvaluationSet one = set_;
      one.context = i + 1;
      one.rows.assign(tokens, tokens + i + 2);
      one.cluster = {0};
      const double whole = plain_loss(network, one, [](std::size_t) { return 0; }) * (i + 1);
      double before = 0;
      if (i > 0) {
        one.context = i;
        one.rows.assign(tokens, tokens + i + 1);
        before = plain_loss(network, one, [](std::size_t) { return 0; }) * i;
      }
      QVERIFY2(std::abs(loss - (whole - before)) < 2e-4 * (1 + i), qPrintable(QString("%1 %2").arg(row).arg(i)));
    }
  }
}

void TestEvaluate::bf16IsClose() {
  const network::Network network = different_experts();
  const double full = train::evaluate(network, set_, {}, "fp32", {}).loss;
  const double half = train::evaluate(network, set_, {}, "bf16", {}).loss;
  QVERIFY(full != half);
  QVERIFY2(std::abs(full - half) < 0.02 * full, qPrintable(QString("%1 %2").arg(full).arg(half)));
}

void TestEvaluate::changesNothing() {
  const network::Network network = different_experts();
  const store::TensorMap before = network.weights();
  const double first = train::evaluate(network, set_, {}, "fp32", {}).loss;
  train::evaluate(network, set_, {train::ExpertChoice::lowest_loss, 0}, "fp32", {});
  QCOMPARE(train::evaluate(network, set_, {}, "fp32", {}).loss, first);
  QVERIFY(tiny::same_weights(before, network.weights()));
  for (const network::NamedParameter& p : network.impl().parameters) QVERIFY(!p.value.grad().defined());
}

void TestEvaluate::stops() {
  Control control;
  control.stop();
  TaskContext task;
  task.control = &control;
  const network::Network network = network::Network::create(fixtures::slm(), 11);
  QVERIFY_EXCEPTION_THROWN(train::evaluate(network, set_, {}, "fp32", task), Interrupted);
}

void TestEvaluate::badInput_data() {
  QTest::addColumn<int>("which");
  QTest::addColumn<QString>("text");
  QTest::newRow("empty") << 0 << "no tokens to predict";
  QTest::newRow("expert") << 1 << "expert 2";
  QTest::newRow("cluster") << 2 << "expert 7";
  QTest::newRow("precision") << 3 << "fp12";
  QTest::newRow("context") << 4 << "rows of 32 tokens";
}

void TestEvaluate::badInput() {
  QFETCH(int, which);
  QFETCH(QString, text);
  const network::Network network = different_experts();
  token::EvaluationSet set = set_;
  train::ExpertChoice choice;
  if (which == 0) set = token::EvaluationSet{};
  if (which == 1) choice = {train::ExpertChoice::fixed, 2};
  if (which == 2) set.cluster.back() = 7;
  if (which == 4) set.context = 32;
  try {
    train::evaluate(network, set, choice, which == 3 ? "fp12" : "fp32", {});
    QFAIL("accepted");
  } catch (const Error& e) {
    QVERIFY2(QString(e.what()).contains(text), e.what());
  }
}

void TestEvaluate::schedule_data() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<int>("step");
  QTest::addColumn<double>("expected");
  QTest::newRow("first step of the warm-up") << "cosine" << 0 << 0.1;
  QTest::newRow("half of it") << "cosine" << 4 << 0.5;
  QTest::newRow("its last step") << "cosine" << 9 << 1.0;
  QTest::newRow("start of the decay") << "cosine" << 10 << 1.0;
  QTest::newRow("cosine, middle") << "cosine" << 60 << 0.6;
  QTest::newRow("wsd, stable") << "wsd" << 50 << 1.0;
  QTest::newRow("wsd, last stable step") << "wsd" << 88 << 1.0;
  QTest::newRow("wsd, first of 22 that decay") << "wsd" << 89 << 0.2 + 0.8 * (1 - std::sqrt(1.0 / 22));
  QTest::newRow("wsd, end") << "wsd" << 110 << 0.2;
  QTest::newRow("cosine, quarter") << "cosine" << 35 << 0.2 + 0.8 * 0.5 * (1 + std::sqrt(0.5));
  QTest::newRow("cosine, end") << "cosine" << 110 << 0.2;
  QTest::newRow("cosine, past the end") << "cosine" << 500 << 0.2;
  QTest::newRow("linear, quarter") << "linear" << 35 << 0.8;
  QTest::newRow("linear, end") << "linear" << 110 << 0.2;
  QTest::newRow("constant") << "constant" << 110 << 1.0;
}

void TestEvaluate::schedule() {
  QFETCH(QString, name);
  QFETCH(int, step);
  QFETCH(double, expected);
  train::TrainSettings s;
  s.steps = 111;
  s.warmup = 10;
  s.rate = 2e-3;
  s.final_rate = 0.2;
  s.schedule = name.toStdString();
  const double got = train::learning_rate(s, static_cast<std::uint64_t>(step)) / s.rate;
  QVERIFY2(std::abs(got - expected) < 1e-12, qPrintable(QString::number(got, 'g', 15)));
}

void TestEvaluate::unknownSchedule() {
  train::TrainSettings s;
  s.schedule = "zigzag";
  QVERIFY_EXCEPTION_THROWN(train::learning_rate(s, 0), Error);
}

void TestEvaluate::pieces_data() {
  QTest::addColumn<int>("at_once");
  QTest::addColumn<bool>("grouped");
  QTest::addColumn<QString>("expected");
  QTest::newRow("whole") << 0 << true << "0+12:5,1,5 ";
  QTest::newRow("more than there are") << 20 << true << "0+12:5,1,5 ";
  QTest::newRow("two groups") << 9 << true << "0+8:5,1 8+4:5 ";
  QTest::newRow("one group") << 4 << true << "0+4:5 4+4:1 8+4:5 ";
  QTest::newRow("inside groups") << 3 << true << "0+3:5 3+1:5 4+3:1 7+1:1 8+3:5 11+1:5 ";
  QTest::newRow("no groups") << 5 << false << "0+5:0 5+5:0 10+2:0 ";
}

void TestEvaluate::pieces() {
  QFETCH(int, at_once);
  QFETCH(bool, grouped);
  QFETCH(QString, expected);
  token::Batch batch;
  batch.rows = 12;
  batch.context = 1;
  batch.experts = {5, 1, 5};
  QString got;
  for (const train::Piece& piece : train::split_batch(batch, at_once, grouped)) {
    QStringList experts;
    for (const int e : piece.experts) experts << QString::number(e);
    got += QString("%1+%2:%3 ").arg(piece.begin).arg(piece.rows).arg(experts.join(","));
  }
  QCOMPARE(got, expected);
}

void TestEvaluate::missingTokens() {
  token::Batch batch;
  batch.rows = 2;
  batch.context = 3;
  batch.tokens = {4, 5, 6, 7, 8, 9, -1, -1};
  const train::RowTensors tensors = train::row_tensors({batch.row(0), batch.row(1)}, 3, torch::kCPU);
  QVERIFY(torch::equal(tensors.inputs, torch::tensor({{4, 5, 6}, {8, 9, 0}}, torch::kLong)));
  QVERIFY(torch::equal(tensors.targets, torch::tensor({{5, 6, 7}, {9, -1, -1}}, torch::kLong)));
  QCOMPARE(train::count_targets(batch), std::uint64_t{4});
}

QTEST_GUILESS_MAIN(TestEvaluate)
#include "test_evaluate.moc"
