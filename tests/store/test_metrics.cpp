// SPDX-License-Identifier: GPL-3.0-or-later
// Metrics: exact round trips, torn and broken lines, resumed runs, full disks.
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>
#include <atomic>
#include <cmath>
#include <fstream>
#include <limits>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/small_disk.h"
#include "store/metrics.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

bool same(const store::MetricPoint& a, const store::MetricPoint& b) {
  return a.series == b.series && a.step == b.step && a.tokens == b.tokens && a.seconds == b.seconds &&
         (a.value == b.value || (std::isnan(a.value) && std::isnan(b.value))) && a.expert == b.expert;
}

void put(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::vector<std::uint64_t> steps(const fs::path& file) {
  std::vector<std::uint64_t> out;
  for (const auto& point : store::read_metrics(file)) out.push_back(point.step);
  return out;
}

}  // namespace

class TestMetrics : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  fs::path path(const std::string& name) const { return fs::path(dir_.path().toStdString()) / name; }

 private Q_SLOTS:
  void roundTrip();
  void readableAfterEveryAppend();
  void tornLastLine();
  void brokenLinesAreCounted();
  void resumeDropsLaterLines();
  void keptPointsAreAlwaysThere();
  void missingFile();
  void badPath();
  void fullDisk();
  void readsFast();
};

void TestMetrics::roundTrip() {
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<store::MetricPoint> points = {
      {"train", 1, 8192, 0.1, 8.317766166719343, -1},
      {"probe/law", 18446744073709551615ULL, 1ULL << 63, 1e-300, 0.1 + 0.2, 15},
      {"a \"quoted\" \\ name\n", 2, 3, 4, -5e300, 0},
      {"größe", 2, 3, 0, 0, -1},
      {"train", 3, 4, 5, std::numeric_limits<double>::quiet_NaN(), -1},
      {"train", 4, 4, 5, inf, 2},
      {"train", 5, 4, 5, -inf, -1},
  };
  store::MetricsWriter writer(path("a.jsonl"), 0);
  for (const auto& p : points) writer.append(p);
  std::size_t broken = 99;
  const auto back = store::read_metrics(path("a.jsonl"), &broken);
  QCOMPARE(broken, 0U);
  QCOMPARE(back.size(), points.size());
  for (std::size_t i = 0; i < points.size(); ++i) QVERIFY2(same(back[i], points[i]), std::to_string(i).c_str());
}

void TestMetrics::readableAfterEveryAppend() {
  store::MetricsWriter writer(path("live.jsonl"), 0);
  for (std::uint64_t step = 1; step <= 5; ++step) {
    writer.append({"train", step, step, 0, 1, -1});
    QCOMPARE(store::read_metrics(path("live.jsonl")).size(), step);
  }
  store::MetricsWriter moved(std::move(writer));
  moved.append({"train", 6, 6, 0, 1, -1});
  QCOMPARE(store::read_metrics(path("live.jsonl")).size(), 6U);
}

void TestMetrics::tornLastLine() {
  {
    store::MetricsWriter writer(path("torn.jsonl"), 0);
    writer.append({"train", 1, 10, 0, 1, -1});
    writer.append({"train", 2, 20, 0, 1, -1});
  }
  const std::string whole = read_file(path("torn.jsonl"));
  const std::size_t first = whole.find('\n') + 1;
  for (std::size_t size = first; size < whole.size(); ++size) {
    put(path("torn.jsonl"), whole.substr(0, size));
    std::size_t broken = 99;
    QCOMPARE(store::read_metrics(path("torn.jsonl"), &broken).size(), 1U);
    QCOMPARE(broken, 0U);
  }
  store::MetricsWriter writer(path("torn.jsonl"), 100);
  writer.append({"train", 3, 30, 0, 1, -1});
  QCOMPARE(steps(path("torn.jsonl")), (std::vector<std::uint64_t>{1, 3}));
}

void TestMetrics::brokenLinesAreCounted() {
  const std::string good = R"({"value": 2.5, "series": "train", "step": 7, "tokens": 1, "seconds": 0.5})"
                           "\n";  // another order
  put(path("broken.jsonl"), good + "not json\n\n{\"series\":\"train\"}\n" +
                                R"({"series":"t","step":-1,"tokens":2,"seconds":"later","value":1})"
                                "\n" +
                                good);
  std::size_t broken = 0;
  const auto points = store::read_metrics(path("broken.jsonl"), &broken);
  QCOMPARE(points.size(), 2U);
  QCOMPARE(points[0].value, 2.5);
  QCOMPARE(broken, 4U);
  const std::string before = read_file(path("broken.jsonl"));
  { const store::MetricsWriter writer(path("broken.jsonl"), 7); }
  QCOMPARE(read_file(path("broken.jsonl")), before);  // nothing to drop: untouched
}

void TestMetrics::resumeDropsLaterLines() {
  {
    store::MetricsWriter writer(path("resume.jsonl"), 0);
    for (std::uint64_t step = 1; step <= 10; ++step) writer.append({"train", step, step, 0, 1.0 / 3.0, -1});
  }
  const std::string before = read_file(path("resume.jsonl"));
  store::MetricsWriter writer(path("resume.jsonl"), 6);
  QCOMPARE(steps(path("resume.jsonl")), (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6}));
  for (std::uint64_t step = 7; step <= 10; ++step) writer.append({"train", step, step, 0, 1.0 / 3.0, -1});
  QCOMPARE(read_file(path("resume.jsonl")), before);
}

/// What a run that is killed at any moment of its resume finds in the file: everything that is not made again.
void TestMetrics::keptPointsAreAlwaysThere() {
  constexpr std::uint64_t kPoints = 20'000, kKept = 15'000;
  {
    store::MetricsWriter writer(path("always.jsonl"), 0);
    for (std::uint64_t step = 1; step <= kPoints; ++step) writer.append({"train", step, step, 0, 1.0 / 3.0, -1});
  }
  std::atomic<bool> done = false;
  std::atomic<int> looks = 0, missing = 0;
  std::thread watcher([&] {
    while (!done) {
      if (store::read_metrics(path("always.jsonl")).size() < kKept) ++missing;
      ++looks;
    }
  });
  while (looks == 0) std::this_thread::yield();
  for (int i = 0; i < 20; ++i) {
    store::MetricsWriter writer(path("always.jsonl"),
                                [](const store::MetricPoint& point) { return point.step > kKept; });
    writer.append({"train", kPoints, kPoints, 0, 1, -1});  // something for the next one to drop
  }
  done = true;
  watcher.join();
  QCOMPARE(missing.load(), 0);
  QCOMPARE(steps(path("always.jsonl")).size(), kKept + 1);
}

void TestMetrics::missingFile() {
  std::size_t broken = 5;
  QVERIFY(store::read_metrics(path("no-such.jsonl"), &broken).empty());
  QCOMPARE(broken, 0U);
}

void TestMetrics::badPath() {
  put(path("plain"), "x");
  QVERIFY_EXCEPTION_THROWN(store::MetricsWriter(path("plain") / "m.jsonl", 0), Error);
  QVERIFY_EXCEPTION_THROWN(store::MetricsWriter("/proc/m.jsonl", 0), Error);
}

void TestMetrics::fullDisk() {
  const SmallDisk disk(256);
  if (!disk.mounted()) QSKIP("needs the right to mount a tmpfs");
  disk.leave_free(8);
  store::MetricsWriter writer(disk.path("m.jsonl"), 0);
  std::uint64_t step = 0;
  std::string message;
  try {
    for (;;) writer.append({"train", step + 1, 1, 0, 1.25, -1}), ++step;
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::run) message = e.what();
  }
  QVERIFY2(message.find("No space left on device") != std::string::npos, message.c_str());
  QVERIFY(step > 50);
  QCOMPARE(store::read_metrics(disk.path("m.jsonl")).size(), step);
  fs::remove(disk.path("filler"));
  writer.append({"train", step + 1, 1, 0, 1.25, -1});  // goes on with a whole line
  std::size_t broken = 9;
  QCOMPARE(store::read_metrics(disk.path("m.jsonl"), &broken).size(), step + 1);
  QCOMPARE(broken, 0U);
}

// A run's 100,000 points; the bound is loose, for busy machines: a general JSON parser takes some ten times as long.
void TestMetrics::readsFast() {
  std::string content;
  for (int i = 1; i <= 100'000; ++i) {
    content += R"({"series":"train","step":)" + std::to_string(i) +
               R"(,"tokens":819200,"seconds":12.34567890123,"value":5.123456789012345})"
               "\n";
  }
  put(path("long.jsonl"), content);
  QElapsedTimer timer;
  timer.start();
  QCOMPARE(store::read_metrics(path("long.jsonl")).size(), 100'000U);
  qInfo("100,000 points in %lld ms", timer.elapsed());
  QVERIFY(timer.elapsed() < 1000);
}

QTEST_GUILESS_MAIN(TestMetrics)
#include "test_metrics.moc"
