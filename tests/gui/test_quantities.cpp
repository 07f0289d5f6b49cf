// SPDX-License-Identifier: GPL-3.0-or-later
// Counts typed and shown, numbers as text.
#include <QTest>

#include "plot/quantities.h"

class TestQuantities : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void counts_data();
  void counts();
  void factors();
  void numbers();
};

void TestQuantities::counts_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("shown");
  QTest::addColumn<QString>("problem");
  QTest::newRow("two") << "1M, 50k"
                       << "50k, 1M"
                       << "";
  QTest::newRow("repeated") << "50k,50000 ,,"
                            << "50k"
                            << "";
  QTest::newRow("word") << "50k, many"
                        << ""
                        << "many";
  QTest::newRow("zero") << "0"
                        << ""
                        << "above 0";
  QTest::newRow("negative") << "-5k"
                            << ""
                            << "-5k";
  QTest::newRow("empty") << " , "
                         << ""
                         << "at least one";
}

void TestQuantities::counts() {
  QFETCH(QString, text);
  QFETCH(QString, shown);
  QFETCH(QString, problem);
  QString why;
  const auto counts = quantities::parseCounts(text, &why);
  QCOMPARE(counts.has_value(), problem.isEmpty());
  if (counts)
    QCOMPARE(quantities::formatCounts(*counts), shown);
  else
    QVERIFY2(why.contains(problem), qPrintable(why));
}

void TestQuantities::factors() {
  QString why;
  QCOMPARE(quantities::parseFactors(" 0.33,1 , 2e-3,"), (std::vector<double>{0.33, 1, 0.002}));
  QCOMPARE(quantities::formatFactors({0.33, 1, 0.002}), QStringLiteral("0.33, 1, 0.002"));
  QCOMPARE(quantities::parseFactors(""), std::vector<double>());
  for (const char* bad : {"0", "-1", "one", "1e999", "nan", "1, 1.0"}) {
    why.clear();
    QVERIFY2(!quantities::parseFactors(bad, &why), bad);
    QVERIFY2(!why.isEmpty(), bad);
  }
}

void TestQuantities::numbers() {
  QCOMPARE(quantities::shortCount(1250), QStringLiteral("1.25k"));
  QCOMPARE(quantities::shortCount(0), QStringLiteral("0"));
  QCOMPARE(quantities::shortCount(8e6), QStringLiteral("8M"));
  QCOMPARE(quantities::scientific(1.234e15), QStringLiteral("1.23×10¹⁵"));
  QCOMPARE(quantities::perplexity(26.94), QStringLiteral("26.94"));
  QCOMPARE(quantities::perplexity(0), QStringLiteral("–"));
  QCOMPARE(quantities::percentChange(100, 25), QStringLiteral("−75.0 %"));
}

QTEST_MAIN(TestQuantities)
#include "test_quantities.moc"
