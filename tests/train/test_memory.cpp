// SPDX-License-Identifier: GPL-3.0-or-later
// The memory of a training run: what was estimated beside the peak that it had, and refusals that say what would fit.
// That of adapters and of distillation is in test_memory_fine_tuning.cpp.
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include "base/error.h"
#include "base/machine.h"
#include "plan/memory.h"
#include "train/allocator.h"
#include "train_fixtures.h"

using namespace pantograph;

namespace {

network::NetworkConfig large(bool projected, bool llama = false) {
  network::NetworkConfig config;
  config.small = {
      .layers = 4, .width = 256, .heads = 4, .inner = 1024, .context = fixtures::kContext, .vocabulary = 4096};
  if (llama) config.small.block = network::Block::llama, config.small.activation = network::Activation::swiglu;
  config.projected = projected;
  if (projected) config.h = 8, config.k = fixtures::kClusters, config.m = 4;
  return config;
}

std::string refusal(const network::NetworkConfig& config, const plan::MemoryPlan& plan, std::uint64_t available) {
  try {
    plan::check_memory(config, plan, available, "method.big");
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

class TestMemory : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void estimate_and_peak_data() {
    QTest::addColumn<bool>("llama");
    QTest::addColumn<bool>("projected");
    QTest::addColumn<QString>("precision");
    QTest::addColumn<QString>("moments");
    QTest::newRow("small network") << false << false << "fp32"
                                   << "fp32";
    QTest::newRow("projected network") << false << true << "fp32"
                                       << "fp32";
    QTest::newRow("bf16 moments") << false << true << "fp32"
                                  << "bf16";
    QTest::newRow("llama") << true << false << "fp32"
                           << "fp32";
    QTest::newRow("llama, projected") << true << true << "fp32"
                                      << "fp32";
  }
  void estimate_and_peak() {
    QFETCH(bool, llama);
    QFETCH(bool, projected);
    QFETCH(QString, precision);
    QFETCH(QString, moments);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    QSKIP("a sanitizer has memory of its own");
#endif
    // A process of its own: the pieces into which an earlier case's memory fell would count as this one's.
    if (constexpr const char* kAlone = "PANTOGRAPH_TEST_ALONE"; qEnvironmentVariableIsEmpty(kAlone)) {
      QProcess alone;
      QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
      environment.insert(kAlone, "1");
      alone.setProcessEnvironment(environment);
      alone.setProcessChannelMode(QProcess::MergedChannels);
      alone.start(QCoreApplication::applicationFilePath(),
                  {QString("estimate_and_peak:%1").arg(QTest::currentDataTag())});
      QVERIFY(alone.waitForFinished(-1));
      const QByteArray output = alone.readAll();
      QVERIFY2(alone.exitStatus() == QProcess::NormalExit && alone.exitCode() == 0, output.constData());
      QVERIFY2(output.contains("3 passed"), output.constData());
      return;
    }
    QTemporaryDir directory;
    const std::filesystem::path folder = directory.path().toStdString();
    fixtures::write_experiment(folder, 600, 300);
    token::ClusterSampler sampler = fixtures::sampler(folder, 256);
    const token::EvaluationSet set = fixtures::validation(folder);
    train::TrainSettings settings = fixtures::settings(4);
    settings.evaluate_every = 2;
    settings.checkpoint_seconds = 0;  // a copy is made and written at every evaluation
    settings.precision = precision.toStdString();
    settings.t_moments = moments.toStdString();
    plan::MemoryPlan plan;
    plan.rows = plan::rows_in_one_pass(fixtures::kContext, 256, 0);
    plan.experts = fixtures::kClusters;
    plan.half_moments = moments == "bf16";
    plan.threads = this_machine().cores;
    train::release_freed_memory();
    reset_peak_memory();
    const std::uint64_t before = private_memory();
    network::Network network = network::Network::create(large(projected, llama), 1);
    train::train(network, sampler, settings, fixtures::probe_hooks(set), folder / "run", {});
    const auto estimated = static_cast<double>(before + plan::training_memory(large(projected, llama), plan));
    const auto peak = static_cast<double>(peak_memory());
    qInfo("estimated %.0f MB, peak %.0f MB", estimated / 1e6, peak / 1e6);
    QVERIFY2(peak < 1.1 * estimated && peak > 0.9 * estimated,
             qPrintable(QString("estimated %1 MB, peak %2 MB").arg(estimated / 1e6).arg(peak / 1e6)));
  }

  void refusals_say_what_would_fit() {
    plan::MemoryPlan plan;
    plan.rows = 256;
    plan.experts = 2;
    const network::NetworkConfig config = large(true);
    const std::uint64_t needed = plan::training_memory(config, plan);
    QCOMPARE(refusal(config, plan, needed), std::string());
    const std::string text = refusal(config, plan, needed - needed / 8);
    for (const char* part : {"method.big", "iB of memory", "rows_at_once = ", "h = ", "t_moments = \"bf16\""})
      QVERIFY2(text.find(part) != std::string::npos, text.c_str());
    // What it names does fit, and one more does not.
    const std::size_t at = text.find("rows_at_once = ") + 15;
    plan::MemoryPlan fewer = plan;
    fewer.rows = std::stoull(text.substr(at));
    QVERIFY(plan::training_memory(config, fewer) <= needed - needed / 8);
    fewer.rows += 1;
    QVERIFY(plan::training_memory(config, fewer) > needed - needed / 8);
    fewer = plan;
    fewer.fine_tunes = true;
    QVERIFY(refusal(config, fewer, needed - needed / 8).find("specialization.tokens_per_step = ") != std::string::npos);
    QVERIFY(refusal(config, plan, 1000).find("narrower network") != std::string::npos);
  }
};

QTEST_GUILESS_MAIN(TestMemory)
#include "test_memory.moc"
