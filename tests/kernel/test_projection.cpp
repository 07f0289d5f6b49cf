// SPDX-License-Identifier: GPL-3.0-or-later
// The projected network's arithmetic beside plain loops in double precision; the same bits for any threads and however
// W is formed; stochastic rounding that keeps the mean.
#include <QtTest>

#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include "kernel/projection.h"

using namespace pantograph::kernel;

namespace {

using Floats = std::vector<float>;

Floats normal(std::size_t count, unsigned seed, float deviation = 1) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> draw(0, deviation);
  Floats out(count);
  for (float& x : out) x = draw(generator);
  return out;
}

struct Problem {
  int h, experts, next;
  std::size_t size;
  Floats t, c, dw, next_c, first, second;
  explicit Problem(int h_, std::size_t size_, int experts_, int next_)
      : h(h_), experts(experts_), next(next_), size(size_) {
    const auto hs = static_cast<std::size_t>(h), es = static_cast<std::size_t>(experts);
    t = normal(hs * size, 1);
    c = normal(es * hs, 2);
    dw = normal(es * size, 3, 0.1F);
    next_c = normal(static_cast<std::size_t>(next) * hs, 4);
    first = normal(hs * size, 5, 0.01F);
    second = normal(hs * size, 6, 0.01F);
    for (float& v : second) v *= v;
  }
  Planes planes() { return {t.data(), h, size}; }
};

const TUpdate kUpdate{{0.5F, 0.9F, 0.99F, 0.01F, 1.2F, 1e-6F, 0.999F}, 77};

std::vector<std::uint32_t> bits(const Floats& x) {
  std::vector<std::uint32_t> out;
  for (const float v : x) out.push_back(std::bit_cast<std::uint32_t>(v));
  return out;
}

double from_half(std::uint16_t x) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(x) << 16);
}

}  // namespace

class TestProjection : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void agrees_with_plain_loops_data() { problems(); }
  void agrees_with_plain_loops() {
    Problem p = current();
    const auto h = static_cast<std::size_t>(p.h), experts = static_cast<std::size_t>(p.experts);
    Floats w(experts * p.size);
    form_experts(p.planes(), p.c.data(), p.experts, {w.data(), false}, 2);
    std::vector<double> dc(experts * h), gram(experts * experts), dense(h * p.size, 0.0);
    coefficient_gradients(p.planes(), p.dw.data(), p.experts, dc.data(), gram.data(), 2);
    double square = 0, size_square = 0;
    for (std::size_t e = 0; e < experts; ++e) {
      for (std::size_t j = 0; j < p.size; ++j) {
        double sum = 0;
        for (std::size_t r = 0; r < h; ++r) {
          sum += static_cast<double>(p.c[e * h + r]) * p.t[r * p.size + j];
          dense[r * p.size + j] += static_cast<double>(p.c[e * h + r]) * p.dw[e * p.size + j];
        }
        QVERIFY(std::fabs(w[e * p.size + j] - sum) < 1e-5);
      }
      for (std::size_t r = 0; r < h; ++r) {
        double sum = 0, scale = 0;
        for (std::size_t j = 0; j < p.size; ++j) {
          const double term = static_cast<double>(p.dw[e * p.size + j]) * p.t[r * p.size + j];
          sum += term;
          scale += std::fabs(term);
        }
        QVERIFY(std::fabs(dc[e * h + r] - sum) <= 1e-6 * scale);
      }
    }
    for (const double g : dense) square += g * g;
    size_square = t_gradient_square(p.c.data(), p.experts, p.h, gram.data());
    QVERIFY(std::fabs(size_square - square) <= 1e-6 * square);

    // Adam on the dense gradient.
    Problem before = current();
    Floats next(static_cast<std::size_t>(p.next) * p.size);
    update_t(p.planes(), {p.first.data(), p.second.data(), false}, p.c.data(), p.dw.data(), p.experts, kUpdate,
             p.next ? p.next_c.data() : nullptr, p.next, {next.data(), false}, 2);
    for (std::size_t i = 0; i < dense.size(); ++i) {
      const double g = dense[i] * kUpdate.adam.scale;
      const double m = kUpdate.adam.beta1 * static_cast<double>(before.first[i]) + (1.0 - kUpdate.adam.beta1) * g;
      const double v = kUpdate.adam.beta2 * static_cast<double>(before.second[i]) + (1.0 - kUpdate.adam.beta2) * g * g;
      const double x = before.t[i] * static_cast<double>(kUpdate.adam.keep) -
                       kUpdate.adam.step_size * m / (std::sqrt(v) * kUpdate.adam.inverse_root + kUpdate.adam.epsilon);
      QVERIFY(std::fabs(p.first[i] - m) < 1e-6);
      QVERIFY(std::fabs(p.second[i] - v) < 1e-6);
      QVERIFY(std::fabs(p.t[i] - x) < 2e-5 * (1 + std::fabs(x)));
    }
    Floats afresh(next.size());
    if (p.next) form_experts(p.planes(), p.next_c.data(), p.next, {afresh.data(), false}, 1);
    QCOMPARE(bits(next), bits(afresh));
  }

  void same_bits_for_any_threads_data() { problems(); }
  void same_bits_for_any_threads() {
    std::vector<std::vector<std::uint32_t>> seen;
    std::vector<std::vector<double>> sums;
    for (const int threads : {1, 2, 3}) {
      Problem p = current();
      std::vector<std::uint16_t> first(p.first.size(), 0), second(p.first.size(), 0),
          w(static_cast<std::size_t>(p.next) * p.size);
      std::vector<double> dc(p.c.size()), gram(static_cast<std::size_t>(p.experts * p.experts));
      coefficient_gradients(p.planes(), p.dw.data(), p.experts, dc.data(), gram.data(), threads);
      update_t(p.planes(), {first.data(), second.data(), true}, p.c.data(), p.dw.data(), p.experts, kUpdate,
               p.next ? p.next_c.data() : nullptr, p.next, {w.data(), true}, threads);
      std::vector<std::uint32_t> all = bits(p.t);
      for (const auto* part : {&first, &second, &w}) all.insert(all.end(), part->begin(), part->end());
      seen.push_back(all);
      dc.insert(dc.end(), gram.begin(), gram.end());
      sums.push_back(dc);
    }
    QCOMPARE(seen[1], seen[0]);
    QCOMPARE(seen[2], seen[0]);
    QVERIFY(sums[1] == sums[0] && sums[2] == sums[0]);
  }

  /// bf16 keeps 8 bits: a moment that moves by less in a step would stand still if it were rounded to the nearest.
  void stochastic_rounding_keeps_the_mean() {
    const std::size_t size = 20000;
    Problem p(1, size, 1, 0);
    std::fill(p.dw.begin(), p.dw.end(), 0.0F);
    std::vector<std::uint16_t> first(size), second(size);
    const auto start = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(1.0F) >> 16);
    std::fill(first.begin(), first.end(), start);
    std::fill(second.begin(), second.end(), start);
    TUpdate update = kUpdate;
    update.adam.beta1 = 0.999F, update.adam.beta2 = 0.9995F;
    const int steps = 200;
    for (int i = 0; i < steps; ++i) {
      update.seed = static_cast<std::uint64_t>(i) * 1000003;
      update_t(p.planes(), {first.data(), second.data(), true}, p.c.data(), p.dw.data(), 1, update, nullptr, 0, {}, 2);
    }
    double mean1 = 0, mean2 = 0;
    for (std::size_t i = 0; i < size; ++i) mean1 += from_half(first[i]) / size, mean2 += from_half(second[i]) / size;
    QVERIFY2(std::fabs(mean1 - std::pow(0.999, steps)) < 1e-3, qPrintable(QString::number(mean1)));
    QVERIFY2(std::fabs(mean2 - std::pow(0.9995, steps)) < 1e-3, qPrintable(QString::number(mean2)));
  }

  void a_nan_stays_one_in_halves() {
    const std::size_t size = 100;
    for (const std::uint32_t nan : {0x7fffffffU, 0xffffffffU, 0x7f800001U, 0x7fc00000U}) {
      Problem p(1, size, 1, 1);
      std::vector<std::uint16_t> first(size), second(size), w(size);
      p.t[7] = p.dw[3] = std::bit_cast<float>(nan);
      update_t(p.planes(), {first.data(), second.data(), true}, p.c.data(), p.dw.data(), 1, kUpdate, p.next_c.data(), 1,
               {w.data(), true}, 1);
      QVERIFY(std::isnan(from_half(first[3])) && std::isnan(from_half(second[3])) && std::isnan(from_half(w[3])));
      QVERIFY(std::isnan(from_half(w[7])) && !std::isnan(from_half(w[8])) && !std::isnan(from_half(first[8])));
    }
  }

  void formed_halves_round_to_nearest() {
    Problem p(1, 100, 1, 0);
    p.c = {1.0F};
    std::vector<std::uint16_t> w(p.size);
    form_experts(p.planes(), p.c.data(), 1, {w.data(), true}, 1);
    for (std::size_t j = 0; j < p.size; ++j) QVERIFY(std::fabs(from_half(w[j]) - p.t[j]) <= std::fabs(p.t[j]) / 256);
  }

 private:
  static void problems() {
    QTest::addColumn<int>("h");
    QTest::addColumn<int>("size");
    QTest::addColumn<int>("experts");
    QTest::addColumn<int>("next");
    QTest::newRow("one number") << 1 << 1 << 1 << 1;
    QTest::newRow("small") << 3 << 7 << 2 << 0;
    QTest::newRow("part of a chunk") << 24 << 1000 << 5 << 3;
    QTest::newRow("chunks and a rest") << 3 << 4097 * 3 << 8 << 5;
    QTest::newRow("many parts") << 2 << 2048 * 70 + 5 << 4 << 8;
  }
  static Problem current() {
    QFETCH(int, h);
    QFETCH(int, size);
    QFETCH(int, experts);
    QFETCH(int, next);
    return Problem(h, static_cast<std::size_t>(size), experts, next);
  }
};

QTEST_GUILESS_MAIN(TestProjection)
#include "test_projection.moc"
