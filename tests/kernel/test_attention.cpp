// SPDX-License-Identifier: GPL-3.0-or-later
// Attention by blocks beside the textbook's loops in double precision: forward, and backward against the same loops'
// derivative.
#include <QtTest>

#include <cmath>
#include <random>
#include <vector>

#include "kernel/attention.h"

using namespace pantograph::kernel;

namespace {

struct Plain {
  std::vector<double> out, gradient;  // of out [tokens, width]; of qkv [tokens, 3·width]
};

Plain plain(const AttentionShape& s, const std::vector<double>& qkv, const std::vector<double>& g) {
  const int width = s.heads * s.size;
  Plain result;
  result.out.assign(static_cast<std::size_t>(s.rows * s.context * width), 0);
  result.gradient.assign(qkv.size(), 0);
  const double scale = 1 / std::sqrt(static_cast<double>(s.size));
  for (int row = 0; row < s.rows; ++row) {
    for (int head = 0; head < s.heads; ++head) {
      const auto wide = [&](int i, int part, int j) {
        return static_cast<std::size_t>((row * s.context + i) * 3 * width + part * width + head * s.size + j);
      };
      const auto narrow = [&](int i, int j) {
        return static_cast<std::size_t>((row * s.context + i) * width + head * s.size + j);
      };
      for (int i = 0; i < s.context; ++i) {
        std::vector<double> p(static_cast<std::size_t>(i + 1)), dp(p.size());
        double sum = 0, dot = 0;
        for (int k = 0; k <= i; ++k) {
          double score = 0;
          for (int j = 0; j < s.size; ++j) score += qkv[wide(i, 0, j)] * qkv[wide(k, 1, j)];
          sum += p[static_cast<std::size_t>(k)] = std::exp(scale * score);
        }
        for (int k = 0; k <= i; ++k) {
          const auto at = static_cast<std::size_t>(k);
          p[at] /= sum;
          for (int j = 0; j < s.size; ++j) {
            result.out[narrow(i, j)] += p[at] * qkv[wide(k, 2, j)];
            result.gradient[wide(k, 2, j)] += p[at] * g[narrow(i, j)];
            dp[at] += g[narrow(i, j)] * qkv[wide(k, 2, j)];
          }
          dot += p[at] * dp[at];
        }
        for (int k = 0; k <= i; ++k) {
          const double ds = scale * p[static_cast<std::size_t>(k)] * (dp[static_cast<std::size_t>(k)] - dot);
          for (int j = 0; j < s.size; ++j) {
            result.gradient[wide(i, 0, j)] += ds * qkv[wide(k, 1, j)];
            result.gradient[wide(k, 1, j)] += ds * qkv[wide(i, 0, j)];
          }
        }
      }
    }
  }
  return result;
}

template <typename Number>
void check(const AttentionShape& shape, double tolerance) {
  const auto tokens = static_cast<std::size_t>(shape.rows * shape.context);
  const auto width = static_cast<std::size_t>(shape.heads * shape.size);
  std::mt19937 generator(3);
  std::normal_distribution<float> draw;
  std::vector<Number> qkv(tokens * 3 * width), g(tokens * width), out(g.size()), gradient(qkv.size());
  std::vector<double> qkv_wide, g_wide;
  for (Number& x : qkv) store(&x, draw(generator)), qkv_wide.push_back(load(&x));
  for (Number& x : g) store(&x, draw(generator)), g_wide.push_back(load(&x));
  std::vector<float> log_sum(tokens * static_cast<std::size_t>(shape.heads));
  Attention<Number> attention(2);
  attention.forward(shape, qkv.data(), out.data(), log_sum.data());
  attention.backward(shape, qkv.data(), out.data(), log_sum.data(), g.data(), gradient.data());
  const Plain expected = plain(shape, qkv_wide, g_wide);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double error = std::fabs(load(&out[i]) - expected.out[i]);
    QVERIFY2(error <= tolerance, qPrintable(QString("out %1: off by %2").arg(i).arg(error)));
  }
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const double error = std::fabs(load(&gradient[i]) - expected.gradient[i]);
    QVERIFY2(error <= 4 * tolerance * (1 + std::fabs(expected.gradient[i])),
             qPrintable(QString("gradient %1: off by %2").arg(i).arg(error)));
  }
}

}  // namespace

class TestAttention : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void agrees_with_plain_loops_data() {
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("context");
    QTest::addColumn<int>("heads");
    QTest::addColumn<int>("size");
    QTest::newRow("one token") << 1 << 1 << 1 << 4;
    QTest::newRow("less than a block") << 2 << 13 << 3 << 5;
    QTest::newRow("a block") << 1 << 64 << 2 << 16;
    QTest::newRow("blocks and a rest") << 2 << 150 << 2 << 8;
  }
  void agrees_with_plain_loops() {
    QFETCH(int, rows);
    QFETCH(int, context);
    QFETCH(int, heads);
    QFETCH(int, size);
    check<float>({rows, context, heads, size}, 1e-5);
    if (half_is_possible()) check<Half>({rows, context, heads, size}, 0.03);
  }
};

QTEST_GUILESS_MAIN(TestAttention)
#include "test_attention.moc"
