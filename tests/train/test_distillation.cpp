// SPDX-License-Identifier: GPL-3.0-or-later
// Distillation's loss and gradient beside loops in double precision, and a student that learns from a teacher.
#include "train/distillation.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>

#include "network/modules.h"
#include "plan/estimate.h"
#include "train/train.h"
#include "train_fixtures.h"

using namespace pantograph;

namespace {

struct Reference {
  double loss = 0;
  std::vector<std::vector<double>> gradient;  // of the student's logits
};

std::vector<double> softmax(const std::vector<double>& logits, double temperature) {
  double sum = 0;
  std::vector<double> out;
  for (const double x : logits) sum += std::exp(x / temperature);
  for (const double x : logits) out.push_back(std::exp(x / temperature) / sum);
  return out;
}

/// By hand: d/dz of w·τ²·KL(q‖p) is w·τ·(p_τ − q_τ), that of the text's part (1 − w)·(p − target).
Reference reference(const std::vector<std::vector<double>>& student, const std::vector<std::vector<double>>& teacher,
                    const std::vector<int>& targets, double tau, double w) {
  Reference out;
  for (std::size_t i = 0; i < student.size(); ++i) {
    const std::size_t vocabulary = student[i].size();
    out.gradient.emplace_back(vocabulary, 0.0);
    if (targets[i] < 0) continue;
    const auto p = softmax(student[i], 1), pt = softmax(student[i], tau), qt = softmax(teacher[i], tau);
    const auto target = static_cast<std::size_t>(targets[i]);
    out.loss -= (1 - w) * std::log(p[target]);
    for (std::size_t v = 0; v < vocabulary; ++v) {
      out.loss += w * tau * tau * qt[v] * (std::log(qt[v]) - std::log(pt[v]));
      out.gradient[i][v] = (1 - w) * (p[v] - (v == target ? 1 : 0)) + w * tau * (pt[v] - qt[v]);
    }
  }
  return out;
}

torch::Tensor matrix(const std::vector<std::vector<double>>& rows) {
  torch::Tensor out = torch::empty({static_cast<long>(rows.size()), static_cast<long>(rows[0].size())}, torch::kDouble);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t v = 0; v < rows[i].size(); ++v) out[static_cast<long>(i)][static_cast<long>(v)] = rows[i][v];
  }
  return out;
}

std::vector<std::vector<double>> random_logits(int rows, int vocabulary, Random& random) {
  std::vector<std::vector<double>> out(static_cast<std::size_t>(rows));
  for (auto& row : out) {
    for (int v = 0; v < vocabulary; ++v) row.push_back(3 * random.normal());
  }
  return out;
}

}  // namespace

/// The integer that LibTorch reports totals in: it differs between versions.
template <typename T>
T total_type(void (c10::MemoryReportingInfoBase::*)(void*, std::int64_t, T, T, c10::Device));
using Total = decltype(total_type(&c10::MemoryReportingInfoBase::reportMemoryUsage));

/// The most bytes that LibTorch's CPU allocator had handed out at a time on this thread since it was made.
class MemoryPeak : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void*, std::int64_t size, Total, Total, c10::Device) override {
    now_ += size;
    bytes = std::max(bytes, now_);
  }
  bool memoryProfilingEnabled() const override { return true; }
  std::int64_t bytes = 0;

 private:
  std::int64_t now_ = 0;
};

class TestDistillation : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void lossAndGradient_data() {
    QTest::addColumn<double>("temperature");
    QTest::addColumn<double>("weight");
    QTest::newRow("both") << 1.0 << 0.5;
    QTest::newRow("warm") << 2.5 << 0.3;
    QTest::newRow("cold") << 0.5 << 0.9;
    QTest::newRow("text only") << 2.0 << 0.0;
    QTest::newRow("teacher only") << 1.0 << 1.0;
  }
  void lossAndGradient() {
    QFETCH(double, temperature);
    QFETCH(double, weight);
    Random random(4);
    const auto student = random_logits(7, 11, random), teacher = random_logits(7, 11, random);
    const std::vector<int> targets = {3, 0, -1, 10, 5, -1, 5};
    const Reference expected = reference(student, teacher, targets, temperature, weight);
    const torch::Tensor logits = matrix(student).requires_grad_(true);
    torch::Tensor wanted = torch::empty({7}, torch::kLong);
    for (int i = 0; i < 7; ++i) wanted[i] = targets[static_cast<std::size_t>(i)];
    const torch::Tensor loss = train::distillation_loss_sum(logits, matrix(teacher), wanted, {temperature, weight});
    loss.backward();
    QVERIFY(std::fabs(loss.item<double>() - expected.loss) < 1e-10 * (1 + std::fabs(expected.loss)));
    const double off = (logits.grad() - matrix(expected.gradient)).abs().max().item<double>();
    QVERIFY2(off < 1e-12, qPrintable(QString::number(off)));
  }

  void aTeacherThatIsTheStudentTeachesNothing() {
    Random random(9);
    const torch::Tensor logits = matrix(random_logits(5, 13, random)).requires_grad_(true);
    const torch::Tensor targets = torch::zeros({5}, torch::kLong);
    const torch::Tensor loss = train::distillation_loss_sum(logits, logits.detach(), targets, {3, 1});
    loss.backward();
    QVERIFY(std::fabs(loss.item<double>()) < 1e-12);
    QVERIFY(logits.grad().abs().max().item<double>() < 1e-12);
  }

  void aStudentLearnsFromItsTeacherAlone() {
    // The student never sees which token came next, only what the teacher makes of the text before it.
    const std::filesystem::path data = dir_.filePath("data").toStdString();
    fixtures::write_experiment(data);
    const token::EvaluationSet validation = fixtures::validation(data);
    const auto teacher = std::make_shared<network::Network>(network::Network::create(fixtures::slm(), 1));
    token::ClusterSampler rows = fixtures::sampler(data);
    train::train(*teacher, rows, fixtures::settings(300), {}, dir_.filePath("teacher").toStdString(), {});
    const double taught = train::evaluate(*teacher, validation, {}, "fp32", {}).loss;
    QVERIFY2(taught < 2.0, qPrintable(QString::number(taught)));

    network::Network student = network::Network::create(fixtures::slm(), 2);
    train::TrainSettings settings = fixtures::settings(300);
    settings.teacher = teacher;
    settings.teacher_weight = 1;
    token::ClusterSampler again = fixtures::sampler(data, 16, 6);
    train::train(student, again, settings, {}, dir_.filePath("student").toStdString(), {});
    const double learned = train::evaluate(student, validation, {}, "fp32", {}).loss;
    QVERIFY2(learned < taught + 0.2, qPrintable(QString("teacher %1, student %2").arg(taught).arg(learned)));
  }

 private:
  QTemporaryDir dir_;

  void memoryIsWhatWasEstimated_data() {
    QTest::addColumn<int>("vocabulary");
    QTest::addColumn<int>("teacher_width");
    QTest::newRow("large vocabulary") << 2048 << 64;
    QTest::newRow("small vocabulary") << 40 << 16;
    QTest::newRow("large teacher") << 16 << 1024;
  }
  void memoryIsWhatWasEstimated() {
    QFETCH(int, vocabulary);
    QFETCH(int, teacher_width);
    network::NetworkConfig config, large;
    config.small = {3, 32, 2, 128, 24, vocabulary};
    large.small = {1, teacher_width, 2, 4 * teacher_width, 24, vocabulary};
    network::Network student = network::Network::create(config, 1);
    const network::Network teacher = network::Network::create(large, 2);
    for (auto& parameter : student.impl().parameters) parameter.value.requires_grad_(true);
    const torch::Tensor rows = torch::randint(0, vocabulary, {32, 24}, torch::kLong);
    const auto peak = std::make_shared<MemoryPeak>();
    {
      c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, peak);
      torch::Tensor taught;
      {
        const torch::NoGradGuard no_grad;
        taught = teacher.impl().forward(rows, {0}, torch::kFloat).flatten(0, 1);
      }
      const torch::Tensor logits = student.impl().forward(rows, {0}, torch::kFloat).flatten(0, 1);
      train::distillation_loss_sum(logits, taught, rows.flatten(), {2.0, 0.5}).backward();
    }
    const auto expected = static_cast<double>(plan::distillation_bytes(config, large, 32));
    const auto found = static_cast<double>(peak->bytes);
    QVERIFY2(found < 1.1 * expected && found > 0.9 * expected,
             qPrintable(QString("%1 of %2").arg(found).arg(expected)));
  }
};

QTEST_GUILESS_MAIN(TestDistillation)
#include "test_distillation.moc"
