// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers as text, where they change their unit and where they are no numbers. What counts are read from is in
// store/test_project_settings.cpp.
#include <QtTest>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/numbers.h"
#include "base/words.h"

using namespace pantograph;

class TestNumbers : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void formats_data() {
    QTest::addColumn<QString>("got");
    QTest::addColumn<QString>("expected");
    int number = 0;
    const auto row = [&](const std::string& got, const char* expected) {
      QTest::addRow("%d: %s", ++number, expected) << QString::fromStdString(got) << QString::fromUtf8(expected);
    };
    const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
    row(short_count(0), "0");
    row(short_count(100'000), "100k");
    row(short_count(2'613'248), "2.61M");
    row(short_count(999'999), "1M");
    row(short_count(3.2e24), "3.2e+24");
    row(short_count(64e6), "64M");
    row(format_flops(1.2e15), "1.20 PFLOP");
    row(format_flops(0), "–");
    row(format_duration(0.42), "0.4 s");
    row(format_duration(200), "3 min 20 s");
    row(format_duration(18'120), "5 h 02 min");
    row(format_perplexity(26.934), "26.93");
    row(format_perplexity(99.999), "100.0");
    row(format_perplexity(4102.5), "4,103");
    row(format_perplexity(std::nan("")), "–");
    row(format_percent(0.0427), "4.3 %");
    row(format_grouped(1'234'567), "1,234,567");
    row(format_exact(0.1 + 0.2), "0.30000000000000004");
    row(short_count(9.994), "9.99");
    row(short_count(9.996), "10");
    row(short_count(99.96), "100");
    row(short_count(999.4), "999");
    row(short_count(999.6), "1k");
    row(short_count(-2500), "−2.5k");
    row(short_count(2.5e21), "2.5Z");
    row(short_count(nan), "–");
    row(short_count(1234567, 4), "1.235M");
    row(short_count(999'949, 4), "999.9k");
    row(short_count(999'951, 4), "1M");
    row(format_flops(9.996e9), "10.0 GFLOP");
    row(format_bytes(0), "0 B");
    row(format_bytes(1023), "1023 B");
    row(format_bytes(1024), "1 KiB");
    row(format_bytes(1536), "1.5 KiB");
    row(format_bytes(68.6e9), "63.9 GiB");
    row(format_bytes(inf), "–");
    row(format_duration(0), "0.0 s");
    row(format_duration(0.42, 0), "0 s");
    row(format_duration(9.94), "9.9 s");
    row(format_duration(9.96), "10 s");
    row(format_duration(8.2, 0), "8 s");
    row(format_duration(59.6), "1 min 00 s");
    row(format_duration(86'399), "23 h 59 min");
    row(format_duration(273'600), "3 d 4 h");
    row(format_duration(1e300), "104166666666 d 16 h");
    row(format_duration(-1), "–");
    row(format_duration(nan), "–");
    row(format_perplexity(9.9996), "10.00");
    row(format_perplexity(999.96), "1,000");
    row(format_perplexity(2.5e7), "2.50e+07");
    row(format_perplexity(0), "–");
    row(format_perplexity(inf), "–");
    row(format_percent(0.9996), "100 %");
    row(format_percent(0.25, 0), "25 %");
    row(format_percent(0.25, 2), "25.00 %");
    row(format_percent(nan), "–");
    row(format_change(100, 25), "−75.0 %");
    row(format_change(100, 104.27), "+4.3 %");
    row(format_change(0, 25), "–");
    row(format_scientific(1.234e15), "1.23×10¹⁵");
    row(format_scientific(9.999e15), "1×10¹⁶");
    row(format_scientific(9999), "9999");
    row(format_scientific(nan), "–");
    row(format_exact(nan), "nan");
    row(format_exact(-inf), "-inf");
    row(format_grouped(999), "999");
    row(format_grouped(1000), "1,000");
    row(words::higher(1.043), "4.3 % higher");
    row(words::higher(6), "6.0 times as high");
    row(words::plural(1, "domain"), "one domain");
    row(words::plural(12, "domain"), "12 domains");
    row(words::list({"a", "b", "c"}), "a, b and c");
    row(words::list({"a"}), "a");
    row(words::tokens(100'000), "100k");
  }
  void formats() {
    QFETCH(QString, got);
    QFETCH(QString, expected);
    QCOMPARE(got, expected);
  }

  /// However large or small: a line of a table stays a line.
  void everyNumberIsShort() {
    for (double value = 1e-300; value < 1e300; value *= 7.3) {
      for (const double v : {value, -value}) {
        for (const auto& text : {short_count(v), short_count(v, 4), format_bytes(v), format_scientific(v)})
          QVERIFY2(QString::fromStdString(text).size() <= 12, text.c_str());
      }
    }
  }
};

QTEST_GUILESS_MAIN(TestNumbers)
#include "test_numbers.moc"
