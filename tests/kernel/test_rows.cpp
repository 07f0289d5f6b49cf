// SPDX-License-Identifier: GPL-3.0-or-later
// Each row operation beside plain loops in double precision, on widths that are no multiple of a vector, in fp32 and
// bf16.
#include <QtTest>

#include <cmath>
#include <random>
#include <vector>

#include "kernel/rows.h"

using namespace pantograph::kernel;

namespace {

std::vector<float> normal(std::size_t count, unsigned seed, float deviation = 1) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> draw(0, deviation);
  std::vector<float> out(count);
  for (float& x : out) x = draw(generator);
  return out;
}

template <typename T>
std::vector<T> as(const std::vector<float>& from) {
  std::vector<T> out(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) store(&out[i], from[i]);
  return out;
}

/// What storing in T may change, relative to the size of the number.
template <typename T>
constexpr double kRounding = sizeof(T) == 2 ? 1.0 / 256 : 2e-6;

double phi(double x) {
  return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

void near(double found, double expected, double tolerance, const char* what) {
  const QByteArray text = QByteArray(what) + ": " + QByteArray::number(found, 'g', 9) + ", expected " +
                          QByteArray::number(expected, 'g', 9);
  QVERIFY2(std::fabs(found - expected) <= tolerance * (1 + std::fabs(expected)), text.constData());
}

template <typename T>
void check_norm(int width) {
  const int rows = 5;
  const auto n = static_cast<std::size_t>(rows * width), w = static_cast<std::size_t>(width);
  const std::vector<float> x = normal(n, 1), weight = normal(w, 2), bias = normal(w, 3), start = normal(n, 6);
  const std::vector<T> added = as<T>(normal(n, 4)), gradient = as<T>(normal(n, 5));
  std::vector<float> sum(n), statistics(2 * rows), residual = start, sums(3 * w, 0.5F);
  std::vector<T> out(n), low(n);
  norm_forward(x.data(), added.data(), rows, width, {weight.data(), bias.data()}, sum.data(), out.data(),
               statistics.data());
  norm_backward(gradient.data(), sum.data(), statistics.data(), weight.data(), rows, width, false, residual.data(),
                low.data(), sums.data());
  std::vector<double> expected_sums(3 * w, 0.5);
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows); ++i) {
    std::vector<double> s(w), normed(w);
    double mean = 0, variance = 0;
    for (std::size_t j = 0; j < w; ++j) mean += (s[j] = double{x[i * w + j]} + load(&added[i * w + j])) / width;
    for (std::size_t j = 0; j < w; ++j) variance += (s[j] - mean) * (s[j] - mean) / width;
    const double inverse = 1 / std::sqrt(variance + 1e-5);
    double a = 0, b = 0;
    for (std::size_t j = 0; j < w; ++j) {
      normed[j] = (s[j] - mean) * inverse;
      near(load(&out[i * w + j]), normed[j] * weight[j] + bias[j], kRounding<T>, "norm");
      const double g = double{load(&gradient[i * w + j])} * weight[j];
      a += g / width;
      b += g * normed[j] / width;
    }
    for (std::size_t j = 0; j < w; ++j) {
      const double g = load(&gradient[i * w + j]);
      const double d = start[i * w + j] + inverse * (g * weight[j] - a - normed[j] * b);
      near(residual[i * w + j], d, 1e-4, "gradient of the norm's input");
      near(load(&low[i * w + j]), residual[i * w + j], kRounding<T>, "the same for products");
      expected_sums[j] += g * normed[j];
      expected_sums[w + j] += g;
      expected_sums[2 * w + j] += d;
    }
  }
  for (std::size_t j = 0; j < 3 * w; ++j) near(sums[j], expected_sums[j], 1e-4, "sums");
}

template <typename T>
void check_gelu(int width) {
  const int rows = 4;
  const auto n = static_cast<std::size_t>(rows * width), w = static_cast<std::size_t>(width);
  std::vector<float> wide = normal(n, 7, 3);
  wide[0] = 40, wide[n - 1] = -40;
  const std::vector<T> x = as<T>(wide), before = as<T>(normal(n, 8));
  std::vector<T> out(n), gradient = before;
  std::vector<float> sums(w, 0);
  gelu_forward(x.data(), static_cast<std::int64_t>(n), out.data());
  gelu_backward(x.data(), rows, width, gradient.data(), sums.data());
  std::vector<double> expected(w, 0);
  for (std::size_t i = 0; i < n; ++i) {
    const double v = load(&x[i]), density = std::exp(-v * v / 2) / std::sqrt(2 * M_PI);
    near(load(&out[i]), v * phi(v), kRounding<T>, "gelu");
    const double d = load(&before[i]) * (phi(v) + v * density);
    near(load(&gradient[i]), d, kRounding<T>, "gelu's gradient");
    expected[i % w] += d;
  }
  for (std::size_t j = 0; j < w; ++j) near(sums[j], expected[j], 1e-5, "column sums");
}

template <typename T>
void check_softmax(int size) {
  const int rows = 3;
  const auto n = static_cast<std::size_t>(rows * size);
  const std::vector<T> logits = as<T>(normal(n, 9, 4));
  const std::vector<std::int32_t> targets = {0, -1, size - 1};
  std::vector<T> x = logits;
  std::vector<float> nll(rows);
  softmax_nll(x.data(), rows, size, targets.data(), nll.data(), true, 0.25F);
  for (int i = 0; i < rows; ++i) {
    double sum = 0;
    const auto at = [&](int j) { return static_cast<std::size_t>(i * size + j); };
    for (int j = 0; j < size; ++j) sum += std::exp(double{load(&logits[at(j)])});
    const std::int32_t target = targets[static_cast<std::size_t>(i)];
    near(nll[static_cast<std::size_t>(i)], target < 0 ? 0 : std::log(sum) - load(&logits[at(target)]), 2e-6, "loss");
    for (int j = 0; j < size; ++j) {
      const double p = std::exp(double{load(&logits[at(j)])}) / sum;
      near(load(&x[at(j)]), target < 0 ? 0 : 0.25 * (p - (j == target)), kRounding<T>, "gradient of a logit");
    }
  }
}

}  // namespace

class TestRows : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void norms_data() { widths(); }
  void norms() {
    QFETCH(int, width);
    check_norm<float>(width);
    check_norm<Half>(width);
  }
  void gelus_data() { widths(); }
  void gelus() {
    QFETCH(int, width);
    check_gelu<float>(width);
    check_gelu<Half>(width);
  }
  void softmaxes_data() { widths(); }
  void softmaxes() {
    QFETCH(int, width);
    check_softmax<float>(width);
    check_softmax<Half>(width);
  }

  void halves_round_to_nearest_even() {
    const std::vector<float> from = {1.0F, 1.00390625F, 1.01171875F, -2.5F, 3.3895314e38F, INFINITY};
    std::vector<Half> to(from.size());
    to_half(from.data(), static_cast<std::int64_t>(from.size()), to.data());
    QCOMPARE(load(&to[0]), 1.0F);
    QCOMPARE(load(&to[1]), 1.0F);       // halfway: the even neighbour
    QCOMPARE(load(&to[2]), 1.015625F);  // halfway: the even neighbour is above
    QCOMPARE(load(&to[3]), -2.5F);
    QVERIFY(std::isinf(load(&to[5])));
  }

  void a_half_of_a_nan_is_a_nan() {
    // Quiet and signalling, of both signs, with payloads that rounding would carry out of or cut off.
    const std::uint32_t nans[] = {0x7fc00000, 0xffc00000, 0x7fffffff, 0xffffffff, 0x7f800001, 0xff800001, 0x7f80ffff};
    const std::uint32_t infinities[] = {0x7f800000, 0xff800000};
    std::vector<float> from;
    for (int i = 0; i < 40; ++i) from.push_back(std::bit_cast<float>(nans[i % 7]));  // whole vectors and a rest
    for (const std::uint32_t bits : infinities) from.push_back(std::bit_cast<float>(bits));
    std::vector<Half> to(from.size());
    to_half(from.data(), static_cast<std::int64_t>(from.size()), to.data());
    for (std::size_t i = 0; i < 40; ++i) {
      QVERIFY2(std::isnan(load(&to[i])), qPrintable(QString::number(nans[i % 7], 16)));
      QCOMPARE(to[i] >> 15, static_cast<int>(nans[i % 7] >> 31));
    }
    QCOMPARE(to[40], 0x7f80);
    QCOMPARE(to[41], 0xff80);
  }

  void embeds() {
    const std::vector<float> table = normal(7 * 3, 10), positions = normal(4 * 3, 11);
    const std::vector<std::int32_t> tokens = {6, -1, 0, 3, 2, 2, 5, 1};
    std::vector<float> x(tokens.size() * 3);
    embed(tokens.data(), 0, static_cast<std::int64_t>(tokens.size()), 4, table.data(), positions.data(), 3, x.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto token = static_cast<std::size_t>(std::max(tokens[i / 3], 0));
      QCOMPARE(x[i], table[token * 3 + i % 3] + positions[i / 3 % 4 * 3 + i % 3]);
    }
  }

 private:
  static void widths() {
    QTest::addColumn<int>("width");
    for (const int width : {1, 3, 16, 17, 64, 250}) QTest::addRow("%d", width) << width;
  }
};

QTEST_GUILESS_MAIN(TestRows)
#include "test_rows.moc"
