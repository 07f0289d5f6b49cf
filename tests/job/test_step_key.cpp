// SPDX-License-Identifier: GPL-3.0-or-later
// Ids of steps, and how a part of one is asked for.
#include <QTest>
#include <set>

#include "job/run_json.h"
#include "job/step_key.h"

using namespace pantograph;

class TestStepKey : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void ids_data() {
    QTest::addColumn<QString>("id");
    QTest::addColumn<QString>("expected");
    const auto row = [](const job::StepKey& key, const char* expected) {
      QTest::newRow(expected) << QString::fromStdString(key.id()) << expected;
    };
    row(job::StepKey::import("law"), "import/law");
    row(job::StepKey::overlap(), "overlap");
    row(job::StepKey::distinct("law"), "distinct/law");
    row(job::StepKey::tokenizer(), "tokenizer");
    row(job::StepKey::tokenize("law"), "tokenize/law");
    row(job::StepKey::clustering(), "cluster");
    row(job::StepKey::clustering(32), "cluster/32");
    row(job::StepKey::pretrain("slm", 7), "pretrain/slm/7");
    row(job::StepKey::pretrain_for("slm-is", 7, "law"), "pretrain/slm-is/7/law");
    row(job::StepKey::pretrain_expert("slm-mix", 7, 0), "pretrain/slm-mix/7/0");
    row(job::StepKey::specialize("slm", "law", 100'000, 7), "specialize/slm/law/100000/7");
    row(job::StepKey::specialize("slm", "law", 100'000, 7, 2'000'000), "specialize/slm/law/100000/7/2000000");
    row(job::StepKey::specialize("slm", "law", 100'000, 7, 0, 2), "specialize/slm/law/100000/7.2");
    row(job::StepKey::specialize("slm", "law", 100'000, 7, 2'000'000, 12), "specialize/slm/law/100000/7.12/2000000");
    row(job::StepKey::report(), "report");
  }
  void ids() {
    QFETCH(QString, id);
    QFETCH(QString, expected);
    QCOMPARE(id, expected);
  }

  void jsonRoundTrips() {
    const std::set<job::StepKey> keys = {job::StepKey::import("law"),
                                         job::StepKey::overlap(),
                                         job::StepKey::distinct("law"),
                                         job::StepKey::tokenizer(),
                                         job::StepKey::clustering(32),
                                         job::StepKey::pretrain("7", 0),
                                         job::StepKey::pretrain_for("slm-is", 18'446'744'073'709'551'615ULL, "12"),
                                         job::StepKey::pretrain_expert("slm-mix", 7, 0),
                                         job::StepKey::specialize("slm", "law", 100'000, 7, 2'000'000),
                                         job::StepKey::specialize("slm", "law", 100'000, 7, 0, 2),
                                         job::StepKey::report()};
    QCOMPARE(keys.size(), std::size_t(11));
    for (const job::StepKey& key : keys) QVERIFY2(job::step_key_from_json(job::to_json(key)) == key, key.id().c_str());
  }

  void parts() {
    QVERIFY(job::is_part_of("pretrain/slm/7", "pretrain"));
    QVERIFY(job::is_part_of("pretrain/slm/7", "pretrain/slm"));
    QVERIFY(job::is_part_of("pretrain/slm/7", "pretrain/slm/7"));
    QVERIFY(!job::is_part_of("pretrain/slm-pn/7", "pretrain/slm"));
    QVERIFY(!job::is_part_of("tokenizer", "tokenize"));
    QVERIFY(!job::is_part_of("pretrain", "pretrain/slm"));
  }
};

QTEST_GUILESS_MAIN(TestStepKey)
#include "test_step_key.moc"
