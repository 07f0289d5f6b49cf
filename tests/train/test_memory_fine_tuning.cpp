// SPDX-License-Identifier: GPL-3.0-or-later
// The memory of fine-tuning by adapters and by distillation: what was estimated beside the peak that it had.
#include <QTemporaryDir>
#include <QtTest>

#include "base/machine.h"
#include "network/lora.h"
#include "plan/memory.h"
#include "train/allocator.h"
#include "train_fixtures.h"

using namespace pantograph;

namespace {

network::NetworkConfig network_config(int layers, int width) {
  network::NetworkConfig config;
  config.small = {.layers = layers,
                  .width = width,
                  .heads = 4,
                  .inner = 4 * width,
                  .context = fixtures::kContext,
                  .vocabulary = 4096};
  return config;
}

}  // namespace

class TestMemoryFineTuning : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void estimate_and_peak_data() {
    QTest::addColumn<int>("rank");            // 0: distillation
    QTest::addColumn<int>("teacher_layers");  // 0: adapters
    QTest::addColumn<int>("teacher_width");
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("patience");
    QTest::newRow("distillation") << 0 << 4 << 512 << 64 << 0;
    QTest::newRow("distillation, early stopping, a smaller teacher") << 0 << 1 << 256 << 64 << 5;
    QTest::newRow("adapters") << 8 << 0 << 0 << 256 << 0;
    QTest::newRow("adapters of a high rank, early stopping") << 64 << 0 << 0 << 256 << 5;
  }
  void estimate_and_peak() {
    QFETCH(int, rank);
    QFETCH(int, teacher_layers);
    QFETCH(int, teacher_width);
    QFETCH(int, rows);
    QFETCH(int, patience);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    QSKIP("a sanitizer has memory of its own");
#endif
    QTemporaryDir directory;
    const std::filesystem::path folder = directory.path().toStdString();
    fixtures::write_experiment(folder, 300, 64);
    token::ClusterSampler sampler = fixtures::sampler(folder, rows);
    const token::EvaluationSet set = fixtures::validation(folder);
    train::TrainSettings settings = fixtures::settings(7);
    // A copy is made at every evaluation and written beside the next step. Six of them: a fast disk may be done with
    // one before the step is at its peak, and the estimate counts both.
    settings.evaluate_every = 1;
    settings.checkpoint_seconds = 0;
    settings.patience = patience;
    network::NetworkConfig config = network_config(4, 256);
    plan::MemoryPlan plan;
    plan.rows = static_cast<std::uint64_t>(rows);
    plan.keeps_best = patience > 0;
    plan.threads = this_machine().cores;
    if (teacher_layers > 0) plan.teacher = network_config(teacher_layers, teacher_width);
    train::release_freed_memory();
    reset_peak_memory();
    const std::uint64_t before = private_memory();
    if (plan.teacher)
      settings.teacher = std::make_shared<const network::Network>(network::Network::create(*plan.teacher, 2));
    network::Network network = network::Network::create(config, 1);
    if (rank > 0) {
      config.lora = {rank, 16};
      network = network::with_lora(network, rank, 16, 1);
    }
    train::train(network, sampler, settings, fixtures::probe_hooks(set), folder / "run", {});
    const auto estimated = static_cast<double>(before + plan::training_memory(config, plan));
    const auto peak = static_cast<double>(peak_memory());
    qInfo("estimated %.0f MB, peak %.0f MB", estimated / 1e6, peak / 1e6);
    QVERIFY2(peak < 1.1 * estimated && peak > 0.9 * estimated,
             qPrintable(QString("estimated %1 MB, peak %2 MB").arg(estimated / 1e6).arg(peak / 1e6)));
  }

  /// What is frozen has neither gradients nor moments: this is what adapters are for.
  void adapters_need_less() {
    const network::NetworkConfig full = network_config(12, 1024);
    network::NetworkConfig adapted = full;
    adapted.lora = {8, 16};
    plan::MemoryPlan plan;
    plan.keeps_best = true;
    QVERIFY(plan::training_memory(adapted, plan) < plan::training_memory(full, plan) * 0.6);
    adapted.lora.rank = 1024;
    QVERIFY(plan::training_memory(adapted, plan) > plan::training_memory(full, plan));
  }
};

QTEST_GUILESS_MAIN(TestMemoryFineTuning)
#include "test_memory_fine_tuning.moc"
