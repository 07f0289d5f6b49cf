// SPDX-License-Identifier: GPL-3.0-or-later
// Rows read ahead are the rows that the sampler alone gives, across saved positions, and reading ahead leaves no trace.
#include <QTemporaryDir>
#include <QtTest>

#include "base/error.h"
#include "token/prefetch.h"
#include "train_fixtures.h"

using namespace pantograph;

class TestPrefetch : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { fixtures::write_experiment(folder()); }

  void same_rows_in_the_same_order() {
    token::ClusterSampler plain = fixtures::sampler(folder()), other = fixtures::sampler(folder());
    token::RowPrefetcher rows(other);
    for (int i = 0; i < 50; ++i) {
      QCOMPARE(rows.next_experts(), plain.next_experts());
      QCOMPARE(rows.state(), plain.state());
      const token::Batch a = rows.next(), b = plain.next();
      QCOMPARE(a.tokens, b.tokens);
      QCOMPARE(a.experts, b.experts);
    }
  }

  void goes_back_and_on() {
    token::ClusterSampler sampler = fixtures::sampler(folder());
    token::RowPrefetcher rows(sampler);
    rows.next();
    const std::string here = rows.state();
    const token::Batch first = rows.next();
    QCOMPARE(rows.given(), here);
    rows.next();
    rows.restore(here);
    QCOMPARE(rows.next().tokens, first.tokens);
  }

  void leaves_the_sampler_where_it_stopped() {
    token::ClusterSampler plain = fixtures::sampler(folder()), other = fixtures::sampler(folder());
    {
      token::RowPrefetcher rows(other);
      for (int i = 0; i < 3; ++i) rows.next();
    }
    for (int i = 0; i < 3; ++i) plain.next();
    QCOMPARE(other.state(), plain.state());
    QCOMPARE(other.next().tokens, plain.next().tokens);
  }

  void a_state_of_another_set_is_refused() {
    token::ClusterSampler sampler = fixtures::sampler(folder()), other = fixtures::sampler(folder(), 16, 6);
    token::RowPrefetcher rows(sampler);
    const std::string before = rows.state();
    QVERIFY_EXCEPTION_THROWN(rows.restore(other.state()), Error);
    QCOMPARE(rows.state(), before);
  }

 private:
  std::filesystem::path folder() const { return std::filesystem::path(directory_.path().toStdString()); }
  QTemporaryDir directory_;
};

QTEST_GUILESS_MAIN(TestPrefetch)
#include "test_prefetch.moc"
