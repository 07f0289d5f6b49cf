// SPDX-License-Identifier: GPL-3.0-or-later
// Fine-tuning that does not fit into this machine's memory is refused before its first step, with what would fit.
#include <QtTest>

#include "base/error.h"
#include "method/recipe.h"

using namespace pantograph;

namespace {

std::string refusal(const network::NetworkConfig& config, const train::TrainSettings& settings,
                    const method::recipe::StepShape& shape) {
  try {
    method::recipe::MemoryWatch(config, settings, shape, {}, "student", true);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

class TestMemoryWatch : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void aStepOfDistillationMustFit() {
    network::NetworkConfig config;
    config.small = {1, 16, 2, 64, 32, 320};
    train::TrainSettings settings;
    const method::recipe::StepShape step{100'000'000, 1};
    QCOMPARE(refusal(config, settings, step), std::string());  // the kernels take it in pieces
    settings.teacher = std::make_shared<const network::Network>(network::Network::create(config, 1));
    const std::string text = refusal(config, settings, step);
    for (const char* part : {"method.student: training needs", "iB of memory", "specialization.tokens_per_step = "})
      QVERIFY2(text.find(part) != std::string::npos, text.c_str());
    settings.rows_at_once = 8;
    QCOMPARE(refusal(config, settings, step), std::string());
    settings.rows_at_once = 0;
    QCOMPARE(refusal(config, settings, {8, 1}), std::string());
  }

  void adaptersOfALargeModelMustFit() {
    network::NetworkConfig config;
    config.small = {200, 32768, 32, 131072, 1024, 32000};  // some 2.6e12 parameters
    config.lora = {8, 16};
    // Their network is there already by then: what is refused is what is formed beside it.
    const std::string text = refusal(config, {}, {4, 1});
    QVERIFY2(text.find("iB of memory") != std::string::npos, text.c_str());
  }
};

QTEST_GUILESS_MAIN(TestMemoryWatch)
#include "test_memory_watch.moc"
