// SPDX-License-Identifier: GPL-3.0-or-later
// Ids that the vocabulary lacks are refused by both paths, in training and in evaluation, and named with their place.
#include <QtTest>

#include "base/error.h"
#include "train/training_step.h"
#include "train_fixtures.h"

using namespace pantograph;

namespace {

constexpr int kRows = 4;

token::Batch batch_with(int row, int position, std::int32_t id) {
  token::Batch batch;
  batch.rows = kRows;
  batch.context = fixtures::kContext;
  batch.experts = {1, 0};
  Random random(9);
  for (int i = 0; i < kRows * (fixtures::kContext + 1); ++i)
    batch.tokens.push_back(static_cast<std::int32_t>(random.below(fixtures::kVocabulary)));
  batch.tokens[static_cast<std::size_t>(row * (fixtures::kContext + 1) + position)] = id;
  return batch;
}

template <typename Call>
void refused(const Call& call, std::int32_t id, const QString& place) {
  try {
    call();
    QFAIL("nothing was thrown");
  } catch (const Error& error) {
    QCOMPARE(error.kind(), ErrorKind::run);
    QCOMPARE(error.text().found, "token id " + std::to_string(id));
    QVERIFY2(QString::fromStdString(error.text().where).endsWith(place), error.what());
    QVERIFY2(error.text().expected.find("64") != std::string::npos, error.what());
  }
}

}  // namespace

class TestTokenIds : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void training_data() {
    QTest::addColumn<bool>("plain");
    QTest::addColumn<int>("position");
    QTest::addColumn<int>("id");
    for (const bool plain : {false, true}) {
      const QByteArray path = plain ? "plain, " : "kernels, ";
      QTest::newRow((path + "first input").constData()) << plain << 0 << fixtures::kVocabulary;
      QTest::newRow((path + "input and target").constData()) << plain << 5 << 65535;
      QTest::newRow((path + "last target").constData()) << plain << fixtures::kContext << 0x7fffffff;
    }
  }
  void training() {
    QFETCH(bool, plain);
    QFETCH(int, position);
    QFETCH(int, id);
    for (const network::NetworkConfig& config : {fixtures::slm(), fixtures::slm_pn()}) {
      network::Network network = network::Network::create(config, 3);
      const auto step = plain ? train::make_plain_step(network, {}) : train::make_kernel_step(network, {});
      const auto take = [&](const token::Batch& batch) {
        step->begin(batch);
        for (const train::Piece& piece : step->pieces(batch))
          step->accumulate(batch, piece, train::count_targets(batch));
      };
      // Rows are sorted by expert on their way to the kernels; a target is the next position's input.
      const bool sorted = !plain && config.projected;
      const int shown = plain ? position + 1 : std::min(position, fixtures::kContext - 1) + 1;
      refused([&] { take(batch_with(2, position, id)); }, id,
              QString("row %1, position %2").arg(sorted ? 1 : 3).arg(shown));
      take(batch_with(2, position, fixtures::kVocabulary - 1));
      take(batch_with(2, position, -1));  // padding
    }
  }

  void evaluation() {
    token::EvaluationSet set;
    set.name = "law";
    set.context = fixtures::kContext;
    set.clusters = fixtures::kClusters;
    for (int i = 0; i < kRows; ++i) set.cluster.push_back(static_cast<std::uint16_t>(i % fixtures::kClusters));
    set.rows = batch_with(1, 3, fixtures::kVocabulary).tokens;
    set.targets = kRows * fixtures::kContext;
    for (const network::NetworkConfig& config : {fixtures::slm(), fixtures::slm_pn()}) {
      const network::Network network = network::Network::create(config, 3);
      refused([&] { train::evaluate(network, set, {}, "fp32", {}); }, fixtures::kVocabulary,
              "evaluation of \"law\", row 2, position 4");
    }
  }
};

QTEST_GUILESS_MAIN(TestTokenIds)
#include "test_token_ids.moc"
