// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers of other files beside their definitions: the nearest of all there are, ties to even.
#include <QtTest>

#include <bit>
#include <cmath>
#include <cstring>
#include <random>

#include "base/error.h"
#include "exchange/number_types.h"

using namespace pantograph::exchange;

namespace {

/// An f16 by its definition: sign, 5 bits of exponent, 10 of fraction.
double half_value(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double size = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -size : size;
}

std::vector<float> some_numbers() {
  std::vector<float> out = {0.0F, -0.0F, 1.0F, 65504.0F, 65519.9F, 65520.0F, 1e30F, 6e-8F, 2.9e-8F, 3.0e-8F, 6.1e-5F};
  std::mt19937 random(1);
  std::uniform_int_distribution<std::uint32_t> bits(0, 0x7F7FFFFF);
  std::normal_distribution<float> normal;
  for (int i = 0; i < 20'000; ++i) {
    const float any = std::bit_cast<float>(bits(random));
    out.push_back(i % 2 == 0 ? any : -any);
    out.push_back(normal(random) * std::pow(2.0F, static_cast<float>(static_cast<int>(random() % 40) - 30)));
  }
  for (int i = 0; i < 2000; ++i) {  // ties
    const auto h = static_cast<std::uint16_t>(random() % 0x7BFF);
    out.push_back(static_cast<float>((half_value(h) + half_value(static_cast<std::uint16_t>(h + 1))) / 2));
  }
  return out;
}

}  // namespace

class TestNumberTypes : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void every_half_comes_back() {
    for (int i = 0; i < 65536; ++i) {
      const auto bits = static_cast<std::uint16_t>(i);
      const float value = from_f16(bits);
      if ((bits & 0x7C00) == 0x7C00) {
        QVERIFY((bits & 0x3FF) == 0 ? std::isinf(value) : std::isnan(value));
        if ((bits & 0x3FF) == 0) QCOMPARE(to_f16(value), bits);
        continue;
      }
      QCOMPARE(static_cast<double>(value), half_value(bits));
      QCOMPARE(to_f16(value), bits);
    }
    QVERIFY(std::isnan(from_f16(to_f16(std::nanf("")))));
  }

  void the_nearest_half() {
    for (const float x : some_numbers()) {
      const std::uint16_t found = to_f16(x);
      QCOMPARE((found & 0x8000) != 0, std::signbit(x));
      const auto size = static_cast<std::uint16_t>(found & 0x7FFF);
      const double value = std::fabs(static_cast<double>(x));
      if (size == 0x7C00) {
        QVERIFY(value >= 65520);
        continue;
      }
      QVERIFY(size < 0x7C00 && value < 65520);
      const double off = std::fabs(half_value(size) - value);
      const double above = std::fabs(half_value(static_cast<std::uint16_t>(size + 1)) - value);
      QVERIFY(off < above || (off == above && size % 2 == 0));
      if (size == 0) continue;
      const double below = std::fabs(half_value(static_cast<std::uint16_t>(size - 1)) - value);
      QVERIFY(off < below || (off == below && size % 2 == 0));
    }
  }

  void the_nearest_bf16() {
    const auto value = [](std::uint32_t bits) { return static_cast<double>(std::bit_cast<float>(bits << 16)); };
    for (const float x : some_numbers()) {
      const std::uint16_t found = to_bf16(x);
      const std::uint32_t size = found & 0x7FFFU;
      if (size == 0x7F80) continue;  // infinity, beyond the largest
      const double wanted = std::fabs(static_cast<double>(x)), off = std::fabs(value(size) - wanted);
      QCOMPARE((found & 0x8000) != 0, std::signbit(x));
      if (size + 1 < 0x7F80) {
        const double above = std::fabs(value(size + 1) - wanted);
        QVERIFY(off < above || (off == above && size % 2 == 0));
      }
      if (size > 0) {
        const double below = std::fabs(value(size - 1) - wanted);
        QVERIFY(off < below || (off == below && size % 2 == 0));
      }
    }
    QVERIFY(std::isnan(value(to_bf16(std::nanf("")))));
  }

  void blocks() {
    std::mt19937 random(2);
    std::normal_distribution<float> normal;
    std::vector<float> x(4 * kBlock);
    for (float& v : x) v = normal(random);
    std::fill_n(x.begin() + kBlock, kBlock, 0.0F);
    x[2 * kBlock] = 1000.0F;
    const auto bytes = encode(x.data(), x.size(), NumberType::q8_0);
    QCOMPARE(bytes.size(), std::size_t(4 * 34));
    for (std::size_t block = 0; block < 4; ++block) {
      const std::byte* at = bytes.data() + 34 * block;
      std::uint16_t bits = 0;
      std::memcpy(&bits, at, 2);
      const double scale = half_value(bits);
      double highest = 0;
      for (std::size_t i = 0; i < kBlock; ++i)
        highest = std::max(highest, std::fabs(static_cast<double>(x[block * kBlock + i])));
      QVERIFY(std::fabs(scale - highest / 127) <= highest / 127 / 1024);
      for (std::size_t i = 0; i < kBlock; ++i) {
        const double value = scale * static_cast<signed char>(at[2 + i]);
        QVERIFY(std::fabs(value - x[block * kBlock + i]) <= highest / 127 * 0.5 + highest / 1024);
      }
    }
  }

  void plain_bytes() {
    const float x[] = {1.0F, -2.5F};
    const auto wide = encode(x, 2, NumberType::f32);
    QVERIFY(wide.size() == 8 && std::memcmp(wide.data(), x, 8) == 0);
    const auto half = encode(x, 2, NumberType::f16);
    QVERIFY(half.size() == 4 && std::memcmp(half.data(), "\x00\x3C\x00\xC1", 4) == 0);
    const auto brain = encode(x, 2, NumberType::bf16);
    QVERIFY(brain.size() == 4 && std::memcmp(brain.data(), "\x80\x3F\x20\xC0", 4) == 0);
    QVERIFY_THROWS_EXCEPTION(pantograph::Error, number_type("f64"));
  }
};

QTEST_GUILESS_MAIN(TestNumberTypes)
#include "test_number_types.moc"
