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

/// Φ and its density, or their tanh forms.
struct Phi {
  double cumulative, density;
};
Phi phi_of(double v, bool tanh_form) {
  if (!tanh_form) return {phi(v), std::exp(-v * v / 2) / std::sqrt(2 * M_PI)};
  const double root = std::sqrt(2 / M_PI), t = std::tanh(root * (v + 0.044715 * v * v * v));
  return {0.5 * (1 + t), 0.5 * (1 - t * t) * root * (1 + 3 * 0.044715 * v * v)};
}

template <typename T>
void check_gelu(int width, bool tanh_form) {
  const int rows = 4;
  const auto n = static_cast<std::size_t>(rows * width), w = static_cast<std::size_t>(width);
  std::vector<float> wide = normal(n, 7, 3);
  wide[0] = 40, wide[n - 1] = -40;
  const std::vector<T> x = as<T>(wide), before = as<T>(normal(n, 8));
  std::vector<T> out(n), gradient = before;
  std::vector<float> sums(w, 0);
  const auto count = static_cast<std::int64_t>(n);
  tanh_form ? gelu_tanh_forward(x.data(), count, out.data()) : gelu_forward(x.data(), count, out.data());
  tanh_form ? gelu_tanh_backward(x.data(), rows, width, gradient.data(), sums.data())
            : gelu_backward(x.data(), rows, width, gradient.data(), sums.data());
  std::vector<double> expected(w, 0);
  for (std::size_t i = 0; i < n; ++i) {
    const double v = load(&x[i]);
    const Phi expect = phi_of(v, tanh_form);
    near(load(&out[i]), v * expect.cumulative, kRounding<T>, "gelu");
    const double d = load(&before[i]) * (expect.cumulative + v * expect.density);
    near(load(&gradient[i]), d, kRounding<T>, "gelu's gradient");
    expected[i % w] += d;
  }
  for (std::size_t j = 0; j < w; ++j) near(sums[j], expected[j], 1e-5, "column sums");
}

template <typename T>
void check_rms(int width) {
  const int rows = 5;
  const auto n = static_cast<std::size_t>(rows * width), w = static_cast<std::size_t>(width);
  const std::vector<float> x = normal(n, 1), weight = normal(w, 2), start = normal(n, 6);
  const std::vector<T> added = as<T>(normal(n, 4)), gradient = as<T>(normal(n, 5));
  std::vector<float> sum(n), statistics(2 * rows), residual = start, sums(3 * w, 0.5F);
  std::vector<T> out(n), low(n);
  rms_forward(x.data(), added.data(), rows, width, weight.data(), sum.data(), out.data(), statistics.data());
  rms_backward(gradient.data(), sum.data(), statistics.data(), weight.data(), rows, width, false, residual.data(),
               low.data(), sums.data());
  std::vector<double> expected_sums(w, 0.5);
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows); ++i) {
    std::vector<double> s(w);
    double square = 0, dot = 0;
    for (std::size_t j = 0; j < w; ++j) {
      s[j] = double{x[i * w + j]} + load(&added[i * w + j]);
      square += s[j] * s[j] / width;
      dot += double{load(&gradient[i * w + j])} * weight[j] * s[j] / width;
    }
    const double inverse = 1 / std::sqrt(square + 1e-5);
    for (std::size_t j = 0; j < w; ++j) {
      const double g = load(&gradient[i * w + j]);
      near(load(&out[i * w + j]), s[j] * inverse * weight[j], kRounding<T>, "rms norm");
      const double d = inverse * g * weight[j] - inverse * inverse * inverse * s[j] * dot;
      near(residual[i * w + j], start[i * w + j] + d, 1e-4, "gradient of the rms norm's input");
      near(load(&low[i * w + j]), residual[i * w + j], kRounding<T>, "the same for products");
      expected_sums[j] += g * s[j] * inverse;
    }
  }
  for (std::size_t j = 0; j < w; ++j) near(sums[j], expected_sums[j], 1e-4, "sums");
}

template <typename T>
void check_swiglu(int width) {
  const auto n = static_cast<std::size_t>(width);
  std::vector<float> wide = normal(n, 7, 3);
  wide[0] = 40, wide[n - 1] = -40;
  const std::vector<T> gate = as<T>(wide), up = as<T>(normal(n, 8)), before = as<T>(normal(n, 9));
  std::vector<T> out(n), gradient = before, gate_gradient(n);
  swiglu_forward(gate.data(), up.data(), width, out.data());
  swiglu_backward(gate.data(), up.data(), width, gradient.data(), gate_gradient.data());
  for (std::size_t i = 0; i < n; ++i) {
    const double v = load(&gate[i]), u = load(&up[i]), d = load(&before[i]), s = 1 / (1 + std::exp(-v));
    near(load(&out[i]), v * s * u, kRounding<T>, "swiglu");
    near(load(&gradient[i]), d * v * s, kRounding<T>, "gradient of up");
    near(load(&gate_gradient[i]), d * u * (s + v * s * (1 - s)), kRounding<T>, "gradient of the gate");
  }
}

template <typename T>
void check_turn(int width) {
  const int size = 2 * width, heads = 3;
  const std::vector<T> x = as<T>(normal(static_cast<std::size_t>(heads * size), 3));
  std::vector<float> angles(static_cast<std::size_t>(size));
  const auto angle = [](int i) { return 0.37 * i - 2; };
  for (int i = 0; i < width; ++i) {
    angles[static_cast<std::size_t>(i)] = static_cast<float>(std::cos(angle(i)));
    angles[static_cast<std::size_t>(width + i)] = static_cast<float>(std::sin(angle(i)));
  }
  std::vector<T> there = x;
  turn_heads(there.data(), heads, size, angles.data(), 1);
  std::vector<T> back = there;
  turn_heads(back.data(), heads, size, angles.data(), -1);
  for (int head = 0; head < heads; ++head) {
    for (int i = 0; i < width; ++i) {
      const auto a = static_cast<std::size_t>(head * size + i), b = a + static_cast<std::size_t>(width);
      const double p = load(&x[a]), q = load(&x[b]), c = std::cos(angle(i)), s = std::sin(angle(i));
      near(load(&there[a]), p * c - q * s, kRounding<T>, "turned");
      near(load(&there[b]), p * s + q * c, kRounding<T>, "turned");
      near(load(&back[a]), p, 2 * kRounding<T>, "turned back");
      near(load(&back[b]), q, 2 * kRounding<T>, "turned back");
    }
  }
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
    for (const bool tanh_form : {false, true}) {
      check_gelu<float>(width, tanh_form);
      check_gelu<Half>(width, tanh_form);
    }
  }
  void rmsNorms_data() { widths(); }
  void rmsNorms() {
    QFETCH(int, width);
    check_rms<float>(width);
    check_rms<Half>(width);
  }
  void swiglus_data() { widths(); }
  void swiglus() {
    QFETCH(int, width);
    check_swiglu<float>(width);
    check_swiglu<Half>(width);
  }
  void turns_data() { widths(); }
  void turns() {
    QFETCH(int, width);
    check_turn<float>(width);
    check_turn<Half>(width);
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
