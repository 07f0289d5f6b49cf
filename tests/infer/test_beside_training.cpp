// SPDX-License-Identifier: GPL-3.0-or-later
// Answers and scores are there while a network is trained, and the training does not notice.
#include <QTemporaryDir>
#include <QtTest>

#include <atomic>
#include <thread>

#include "answering_network.h"
#include "infer/scoring.h"
#include "infer/session.h"
#include "support/outcome.h"
#include "train/train_fixtures.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

/// Asks a projected network on a thread of its own, expert after expert, until it is told to end.
class Asking {
 public:
  Asking()
      : thread_([this] {
          const auto tokenizer = std::make_shared<const token::Tokenizer>(fixtures::small_tokenizer());
          const network::Network projected = fixtures::answering_network(tokenizer->vocabulary(), true);
          infer::GenerateSettings settings;
          settings.max_tokens = 8;
          for (int i = 0; !done_; ++i) {
            const auto small = std::make_shared<const network::Network>(projected.project(i % 3));
            infer::Session session(small, tokenizer, "fp32");
            tokens_ += static_cast<int>(session.generate({"abcd ab"}, settings).at(0).tokens.size());
            tokens_ += static_cast<int>(infer::score_texts(*small, *tokenizer, {"abcd ab"}, "fp32").at(0).tokens);
          }
        }) {}
  int end() {
    done_ = true;
    if (thread_.joinable()) thread_.join();
    return tokens_;
  }
  ~Asking() { end(); }

 private:
  std::atomic<bool> done_ = false;
  std::atomic<int> tokens_ = 0;
  std::thread thread_;
};

}  // namespace

class TestBesideTraining : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    network::set_compute_threads(2);
    fixtures::write_experiment(data_, 200, 6);
  }

  void theTrainingKeepsItsBits_data() {
    QTest::addColumn<bool>("plain");
    QTest::newRow("kernels") << false;
    QTest::newRow("LibTorch") << true;
  }
  void theTrainingKeepsItsBits() {
    QFETCH(bool, plain);
    const auto trained = [&](const char* name) {
      network::Network network = network::Network::create(fixtures::slm_pn(), 3);
      token::ClusterSampler sampler = fixtures::sampler(data_);
      train::TrainSettings settings = fixtures::settings(plain ? 60 : 200);
      settings.plain = plain;
      // As a run of the program does, from its first step to its last.
      const std::lock_guard computing(network::compute_mutex());
      train::train(network, sampler, settings, {}, fs::path(dir_.path().toStdString()) / QTest::currentDataTag() / name,
                   {});
      return network.weights();
    };
    const store::TensorMap alone = trained("alone");
    Asking asking;
    const store::TensorMap beside = trained("beside");
    const int tokens = asking.end();
    qInfo("%d tokens answered and scored beside the training", tokens);
    QVERIFY2(tokens > 20, "nothing was answered while the training went on");
    QVERIFY(tiny::same_weights(alone, beside));
  }

 private:
  QTemporaryDir dir_;
  const fs::path data_ = fs::path(dir_.path().toStdString()) / "data";
};

QTEST_GUILESS_MAIN(TestBesideTraining)
#include "test_beside_training.moc"
