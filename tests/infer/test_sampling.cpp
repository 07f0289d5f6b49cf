// SPDX-License-Identifier: GPL-3.0-or-later
// Each setting beside what it is by definition, and draws beside their probabilities.
#include <QtTest>

#include <cmath>

#include "base/error.h"
#include "infer/sampling.h"

using namespace pantograph;
using namespace pantograph::infer;

namespace {

const std::vector<float> kLogits = {1.0F, 3.0F, -2.0F, 2.5F, 3.0F, 0.0F};
constexpr int kCount = 6;

std::vector<int> ids(const std::vector<Candidate>& candidates) {
  std::vector<int> out;
  for (const Candidate& c : candidates) out.push_back(c.id);
  return out;
}

double total(const std::vector<Candidate>& candidates) {
  double sum = 0;
  for (const Candidate& c : candidates) sum += std::exp(c.log_probability);
  return sum;
}

/// softmax(logits / temperature) in double.
std::vector<double> plain(double temperature) {
  std::vector<double> out;
  double sum = 0;
  for (const float x : kLogits) sum += out.emplace_back(std::exp(x / temperature));
  for (double& p : out) p /= sum;
  return out;
}

std::vector<Candidate> with(const SamplingSettings& settings, const std::vector<std::int32_t>& history = {}) {
  return distribution(kLogits.data(), kCount, settings, history);
}

}  // namespace

class TestSampling : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void temperature() {
    for (const double t : {0.25, 1.0, 3.0}) {
      SamplingSettings settings;
      settings.temperature = t;
      const auto found = with(settings);
      QCOMPARE(ids(found), (std::vector<int>{1, 4, 3, 0, 5, 2}));
      const auto expected = plain(t);
      for (const Candidate& c : found)
        QVERIFY(std::fabs(std::exp(c.log_probability) - expected[static_cast<std::size_t>(c.id)]) < 1e-12);
    }
    SamplingSettings greedy;
    greedy.temperature = 0;
    QCOMPARE(ids(with(greedy)), (std::vector<int>{1}));  // of equals the lower id
  }

  void limits() {
    SamplingSettings k;
    k.top_k = 3;
    QCOMPARE(ids(with(k)), (std::vector<int>{1, 4, 3}));
    QVERIFY(std::fabs(total(with(k)) - 1) < 1e-12);
    k.top_k = 100;
    QCOMPARE(with(k).size(), std::size_t(kCount));

    const auto p = plain(1);
    SamplingSettings nucleus;
    nucleus.top_p = p[1] + p[4] - 1e-9;
    QCOMPARE(ids(with(nucleus)), (std::vector<int>{1, 4}));
    nucleus.top_p = p[1] + p[4] + 1e-9;
    QCOMPARE(ids(with(nucleus)), (std::vector<int>{1, 4, 3}));
    nucleus.top_p = 1e-9;
    QCOMPARE(ids(with(nucleus)), (std::vector<int>{1}));
    QVERIFY(std::fabs(total(with(nucleus)) - 1) < 1e-12);

    SamplingSettings least;
    least.min_p = p[0] / p[1] - 1e-9;
    QCOMPARE(ids(with(least)), (std::vector<int>{1, 4, 3, 0}));
    least.min_p = p[0] / p[1] + 1e-9;
    QCOMPARE(ids(with(least)), (std::vector<int>{1, 4, 3}));
    least.min_p = 1;
    QCOMPARE(ids(with(least)), (std::vector<int>{1, 4}));
  }

  void repetition() {
    SamplingSettings settings;
    settings.repetition_penalty = 2;
    const auto found = with(settings, {1, 2, 1, 4});
    // 3 / 2 twice, −2 · 2, once each however often they stand there.
    double sum = 0, of_one = 0;
    for (const double x : {1.0, 1.5, -4.0, 2.5, 1.5, 0.0}) sum += std::exp(x);
    for (const Candidate& c : found) {
      if (c.id == 1) of_one = std::exp(c.log_probability);
    }
    QVERIFY(std::fabs(of_one - std::exp(1.5) / sum) < 1e-12);
    QCOMPARE(found.front().id, 3);
    QCOMPARE(with(settings, {-1, 99}).front().id, 1);
  }

  void likeliest() {
    const auto found = most_likely(kLogits.data(), kCount, 2);
    QCOMPARE(ids(found), (std::vector<int>{1, 4}));
    QVERIFY(std::fabs(std::exp(found[0].log_probability) - plain(1)[1]) < 1e-7);
    QCOMPARE(most_likely(kLogits.data(), kCount, 99).size(), std::size_t(kCount));
    QVERIFY(most_likely(kLogits.data(), kCount, 0).empty());
  }

  /// 100,000 draws: each share within five standard errors.
  void draws() {
    SamplingSettings settings;
    settings.temperature = 0.8;
    settings.top_k = 4;
    const auto expected = with(settings);
    Random random(9), again(9);
    constexpr int kDraws = 100'000;
    std::vector<int> counts(kCount, 0);
    for (int i = 0; i < kDraws; ++i) {
      const std::int32_t id = draw(kLogits.data(), kCount, settings, {}, random);
      if (i < 100) QCOMPARE(draw(kLogits.data(), kCount, settings, {}, again), id);
      ++counts[static_cast<std::size_t>(id)];
    }
    int all = 0;
    for (const Candidate& c : expected) {
      const double p = std::exp(c.log_probability);
      const int count = counts[static_cast<std::size_t>(c.id)];
      QVERIFY(std::fabs(count - kDraws * p) < 5 * std::sqrt(kDraws * p * (1 - p)));
      all += count;
    }
    QCOMPARE(all, kDraws);
  }

  void refusals() {
    const auto refused = [](auto change) {
      SamplingSettings settings;
      change(settings);
      try {
        check(settings);
        return false;
      } catch (const Error& e) {
        return e.kind() == ErrorKind::usage;
      }
    };
    check({});
    QVERIFY(refused([](auto& s) { s.temperature = -1; }));
    QVERIFY(refused([](auto& s) { s.temperature = std::nan(""); }));
    QVERIFY(refused([](auto& s) { s.top_k = -1; }));
    QVERIFY(refused([](auto& s) { s.top_p = 0; }));
    QVERIFY(refused([](auto& s) { s.top_p = 1.5; }));
    QVERIFY(refused([](auto& s) { s.min_p = -0.1; }));
    QVERIFY(refused([](auto& s) { s.repetition_penalty = 0; }));
  }
};

QTEST_GUILESS_MAIN(TestSampling)
#include "test_sampling.moc"
