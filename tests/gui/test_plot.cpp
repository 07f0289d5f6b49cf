// SPDX-License-Identifier: GPL-3.0-or-later
// The plots: speed with many points, views, zoom, readout; curves that follow the engine.
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QListWidget>
#include <QMouseEvent>
#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>
#include <cmath>
#include <ctime>
#include <limits>

#include "plot/curve_plot.h"
#include "plot/run_curves.h"
#include "plot_samples.h"

using pantograph::job::StepKey;

namespace {

/// Of this process: other work on the machine does not count.
class CpuTimer {
 public:
  double milliseconds() const { return 1e3 * static_cast<double>(std::clock() - start_) / CLOCKS_PER_SEC; }

 private:
  std::clock_t start_ = std::clock();
};

std::vector<CurveSample> without(std::vector<CurveSample> samples, int first) {
  samples.erase(samples.begin(), samples.begin() + first);
  return samples;
}

pantograph::job::MetricAdded metric(const pantograph::job::StepKey& key, const std::string& series, std::uint64_t step,
                                    double value) {
  pantograph::job::MetricAdded added;
  added.step = key;
  added.point.series = series;
  added.point.step = step;
  added.point.tokens = step * 100;
  added.point.value = value;
  return added;
}

}  // namespace

class TestPlot : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void manyPointsAreQuick();
  void growingCurvesAreQuick();
  void noteTellsOfThinning();
  void smoothingIsAverageAndSaysSo();
  void logAxisLeavesOutWhatItCannotShow();
  void alignmentAndAxes();
  void appendReplacesRepeatedSteps();
  void zoomEndsFollowingAndDoubleClickResumes();
  void keysMoveAndZoom();
  void readoutNamesNearestPoints();
  void listHidesCurves();
  void paletteIsFollowed();
  void runCurvesTakeViewsAndPoints();
  void runCurvesForgetRunsThatAreGone();
};

void TestPlot::manyPointsAreQuick() {
  CurvePlot plot;
  showPlot(plot);
  std::vector<std::vector<CurveSample>> data;
  for (unsigned c = 0; c < 20; ++c) {
    data.push_back(noisy(100'000, c + 1));
    plot.addCurve(QString::number(c), QStringLiteral("curve %1").arg(c),
                  {static_cast<int>(c), static_cast<int>(c), false, 0});
  }
  // Told beside the result: where the system is slow to give memory, a copy of the samples alone takes long.
  CpuTimer copy_timer;
  const std::vector<std::vector<CurveSample>> copies = data;
  const double copy_ms = copy_timer.milliseconds();
  QCOMPARE(copies.size(), data.size());
  // The samples are handed over, as by those who read a curve; the points to draw are made and kept.
  CpuTimer append_timer;
  for (int c = 0; c < 20; ++c) plot.setSamples(QString::number(c), std::move(data[static_cast<std::size_t>(c)]));
  const double append_ms = append_timer.milliseconds();
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    CpuTimer timer;
    plot.refreshNow();
    best = std::min(best, timer.milliseconds());
  }
  qInfo("20 curves x 100,000 points: append %.1f ms (a copy: %.1f ms), replot %.1f ms", append_ms, copy_ms, best);
  QVERIFY2(append_ms < 200, qPrintable(QString::number(append_ms)));
  QVERIFY2(best < 200, qPrintable(QString::number(best)));
}

void TestPlot::growingCurvesAreQuick() {
  // What a window with 20 live curves costs at each of 20 deliveries a second.
  CurvePlot plot;
  showPlot(plot);
  const auto data = noisy(100'000, 3);
  for (int c = 0; c < 20; ++c) {
    plot.addCurve(QString::number(c), QString::number(c));
    plot.append(QString::number(c), std::span(data).first(90'000));
  }
  plot.refreshNow();
  CpuTimer timer;
  for (std::size_t at = 90'000; at < 90'100; at += 5) {
    for (int c = 0; c < 20; ++c) plot.append(QString::number(c), std::span(data).subspan(at, 5));
  }
  const double append_ms = timer.milliseconds() / 20;
  qInfo("20 curves x 5 points appended: %.3f ms", append_ms);
  QVERIFY2(append_ms < 10, qPrintable(QString::number(append_ms)));
  QCOMPARE(plot.sampleCount(QStringLiteral("0")), std::size_t(90'100));
}

void TestPlot::noteTellsOfThinning() {
  CurvePlot plot;
  showPlot(plot);
  plot.addCurve(QStringLiteral("a"), QStringLiteral("a"));
  plot.append(QStringLiteral("a"), noisy(500, 1));
  plot.refreshNow();
  QCOMPARE(plot.note(), QString());
  plot.append(QStringLiteral("a"), without(noisy(50'000, 1), 500));
  plot.refreshNow();
  QVERIFY2(plot.note().startsWith(QStringLiteral("Thinned for the screen: 50")), qPrintable(plot.note()));
  QVERIFY(plot.note().contains(QStringLiteral("CSV")));
  plot.setCurveVisible(QStringLiteral("a"), false);
  QCOMPARE(plot.note(), QString());
}

void TestPlot::smoothingIsAverageAndSaysSo() {
  CurveSeries series;
  const std::vector<CurveSample> samples{{1, 1, 0, 4.0}, {2, 2, 0, 2.0}, {3, 3, 0, std::nan("")}, {4, 4, 0, 6.0}};
  series.append(samples);
  CurveView view;
  view.smoothing = 0.5;
  series.reset(view);
  std::vector<CurvePoint> points;
  series.takeNew(points);
  QCOMPARE(points.size(), std::size_t(4));
  QCOMPARE(points[0].value, 4.0);  // no bias towards zero at the start
  QCOMPARE(points[1].value, (0.5 * 2 + 0.25 * 4) / 0.75);
  QVERIFY(std::isnan(points[2].value));  // a gap, and the average goes on
  QCOMPARE(points[3].value, (0.5 * 6 + 0.25 * 2 + 0.125 * 4) / 0.875);
  CurvePlot plot;
  plot.addCurve(QStringLiteral("a"), QStringLiteral("a"));
  plot.append(QStringLiteral("a"), samples);
  plot.findChild<QComboBox*>(QStringLiteral("smoothing"))->setCurrentIndex(2);
  QVERIFY(plot.note().contains(QStringLiteral("Smoothed: exponential average, weight 0.9")));
}

void TestPlot::logAxisLeavesOutWhatItCannotShow() {
  CurvePlot plot;
  showPlot(plot);
  plot.addCurve(QStringLiteral("a"), QStringLiteral("a"));
  const double inf = std::numeric_limits<double>::infinity();
  plot.append(QStringLiteral("a"),
              std::vector<CurveSample>{
                  {0, 0, 0, 9}, {1, 10, 1, 0}, {2, 20, 2, -3}, {3, 30, 3, inf}, {4, 40, 4, 2}, {5, 50, 5, 1}});
  plot.refreshNow();
  QVERIFY(plot.note().contains(QStringLiteral("1 samples")));
  CurveView view = plot.view();
  view.logX = view.logY = true;
  plot.setView(view);
  plot.refreshNow();
  QVERIFY2(plot.note().contains(QStringLiteral("4 samples cannot be shown")), qPrintable(plot.note()));
  QVERIFY(inked(plot.grab().toImage()) > 1000);
  // Nothing at all to show on these axes.
  plot.setSamples(QStringLiteral("a"), std::vector<CurveSample>{{0, 0, 0, -1}, {0, 0, 0, 0}});
  plot.refreshNow();
  QTest::keyClick(plot.findChild<QWidget*>(QStringLiteral("canvas")), Qt::Key_Left);
  plot.setFollowing(true);
  plot.refreshNow();
  QCOMPARE(plot.sampleCount(QStringLiteral("a")), std::size_t(2));
}

void TestPlot::alignmentAndAxes() {
  CurveSeries series;
  series.flopsPerToken = 10;
  series.append(std::vector<CurveSample>{{100, 1000, 50, 5}, {110, 1100, 60, 4}});
  const auto last = [&](XAxis axis, bool aligned) {
    CurveView view;
    view.x = axis;
    view.aligned = aligned;
    series.reset(view);
    std::vector<CurvePoint> points;
    series.takeNew(points);
    return points.back().key;
  };
  QCOMPARE(last(XAxis::tokens, false), 1100.0);
  QCOMPARE(last(XAxis::tokens, true), 100.0);
  QCOMPARE(last(XAxis::steps, true), 10.0);
  QCOMPARE(last(XAxis::seconds, false), 60.0);
  QCOMPARE(last(XAxis::flops, true), 1000.0);
  CurvePlot plot;
  auto* choice = plot.findChild<QComboBox*>(QStringLiteral("axisChoice"));
  plot.addCurve(QStringLiteral("a"), QStringLiteral("a"));
  QCOMPARE(choice->count(), 3);  // FLOPs only where they are known
  plot.addCurve(QStringLiteral("b"), QStringLiteral("b"), {0, 0, false, 10});
  QCOMPARE(choice->count(), 4);
  choice->setCurrentIndex(3);
  QCOMPARE(plot.view().x, XAxis::flops);
}

void TestPlot::appendReplacesRepeatedSteps() {
  CurvePlot plot;
  plot.addCurve(QStringLiteral("a"), QStringLiteral("a"));
  plot.append(QStringLiteral("a"), noisy(10, 1));
  const CurveSample again{8, 8, 8, 1.0};
  plot.append(QStringLiteral("a"), std::span(&again, 1));  // a run resumed from step 7
  QCOMPARE(plot.sampleCount(QStringLiteral("a")), std::size_t(8));
  plot.append(QStringLiteral("nobody"), std::span(&again, 1));
  QVERIFY(!plot.contains(QStringLiteral("nobody")));
}

void TestPlot::zoomEndsFollowingAndDoubleClickResumes() {
  CurvePlot plot;
  showPlot(plot);
  plot.addCurve(QStringLiteral("a"), QStringLiteral("a"));
  plot.append(QStringLiteral("a"), noisy(100, 1));
  plot.refreshNow();
  auto* canvas = plot.findChild<QWidget*>(QStringLiteral("canvas"));
  auto* follow = plot.findChild<QCheckBox*>(QStringLiteral("follow"));
  const QPoint middle = canvas->rect().center();
  const QString before = plot.readout(middle);
  QVERIFY(!before.isEmpty());
  QTest::mouseClick(canvas, Qt::LeftButton, Qt::NoModifier, middle);
  QVERIFY(plot.isFollowing());  // a click alone does not zoom
  QTest::mousePress(canvas, Qt::LeftButton, Qt::NoModifier, middle);
  QTest::mouseMove(canvas, middle + QPoint(60, 40));
  QTest::mouseRelease(canvas, Qt::LeftButton, Qt::NoModifier, middle + QPoint(120, 80));
  QVERIFY(!plot.isFollowing());
  QVERIFY(!follow->isChecked());
  plot.refreshNow();
  QVERIFY(plot.readout(middle) != before);
  plot.append(QStringLiteral("a"), without(noisy(200, 1), 100));
  const QString zoomed = plot.readout(middle);
  plot.refreshNow();
  QCOMPARE(plot.readout(middle), zoomed);  // new points do not move what the user looks at
  QTest::mouseDClick(canvas, Qt::LeftButton, Qt::NoModifier, middle);
  QVERIFY(plot.isFollowing());
  QVERIFY(follow->isChecked());
  QWheelEvent wheel(middle, canvas->mapToGlobal(middle), {}, {0, 120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase,
                    false);
  QApplication::sendEvent(canvas, &wheel);
  QVERIFY(!plot.isFollowing());
}

void TestPlot::keysMoveAndZoom() {
  CurvePlot plot;
  showPlot(plot);
  plot.addCurve(QStringLiteral("a"), QStringLiteral("a"));
  plot.append(QStringLiteral("a"), noisy(1000, 1));
  plot.refreshNow();
  auto* canvas = plot.findChild<QWidget*>(QStringLiteral("canvas"));
  const QString start = plot.readout(canvas->rect().center());
  for (const auto key : {Qt::Key_Plus, Qt::Key_Right, Qt::Key_Right}) QTest::keyClick(canvas, key);
  QVERIFY(!plot.isFollowing());
  QVERIFY(plot.readout(canvas->rect().center()) != start);
  QTest::keyClick(canvas, Qt::Key_Home);
  plot.refreshNow();
  QVERIFY(plot.isFollowing());
  QCOMPARE(plot.readout(canvas->rect().center()), start);
}

void TestPlot::readoutNamesNearestPoints() {
  CurvePlot plot;
  showPlot(plot);
  for (const char* id : {"first", "second"}) {
    plot.addCurve(QLatin1String(id), QStringLiteral("%1 & <co>").arg(QLatin1String(id)));
    plot.append(QLatin1String(id), std::vector<CurveSample>{{1, 100, 1, 7.25}, {2, 200, 2, 6.5}, {3, 300, 3, 5.125}});
  }
  plot.refreshNow();
  auto* canvas = plot.findChild<QWidget*>(QStringLiteral("canvas"));
  const QString text = plot.readout(canvas->rect().center());
  QVERIFY(text.contains(QStringLiteral("first &amp; &lt;co&gt;")));
  QVERIFY(text.contains(QStringLiteral("second")));
  QVERIFY(text.contains(QStringLiteral("6.5")));
  plot.setCurveVisible(QStringLiteral("second"), false);
  plot.refreshNow();
  QVERIFY(!plot.readout(canvas->rect().center()).contains(QStringLiteral("second")));
  QCOMPARE(plot.readout(QPoint(0, 0)), QString());
  auto* label = plot.findChild<QLabel*>(QStringLiteral("readout"));
  const QPointF middle = canvas->rect().center();
  QMouseEvent move(QEvent::MouseMove, middle, canvas->mapToGlobal(middle), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
  QApplication::sendEvent(canvas, &move);
  QVERIFY(label->isVisible());
  QEvent leave(QEvent::Leave);
  QApplication::sendEvent(canvas, &leave);
  QVERIFY(!label->isVisible());
}

void TestPlot::listHidesCurves() {
  CurvePlot plot;
  showPlot(plot);
  for (const char* id : {"a", "b", "c"}) plot.addCurve(QLatin1String(id), QLatin1String(id));
  auto* list = plot.findChild<QListWidget*>(QStringLiteral("curveList"));
  QCOMPARE(list->count(), 3);
  QSignalSpy spy(&plot, &CurvePlot::curveVisibilityChanged);
  list->item(1)->setCheckState(Qt::Unchecked);
  QCOMPARE(spy.count(), 1);
  QCOMPARE(spy[0][0].toString(), QStringLiteral("b"));
  QVERIFY(!plot.isCurveVisible(QStringLiteral("b")));
  plot.setCurveVisible(QStringLiteral("b"), true);
  QCOMPARE(list->item(1)->checkState(), Qt::Checked);
  Q_EMIT list->itemDoubleClicked(list->item(2));
  QVERIFY(!plot.isCurveVisible(QStringLiteral("a")));
  QVERIFY(plot.isCurveVisible(QStringLiteral("c")));
  plot.clear();
  QCOMPARE(list->count(), 0);
}

void TestPlot::paletteIsFollowed() {
  CurvePlot plot;
  showPlot(plot);
  plot.addCurve(QStringLiteral("a"), QStringLiteral("a"));
  plot.append(QStringLiteral("a"), noisy(100, 1));
  auto* canvas = plot.findChild<QWidget*>(QStringLiteral("canvas"));
  QPalette dark(QColor(40, 40, 40));
  dark.setColor(QPalette::Base, QColor(20, 22, 24));
  dark.setColor(QPalette::Text, Qt::white);
  plot.setPalette(dark);
  plot.refreshNow();
  QCOMPARE(canvas->grab().toImage().pixelColor(2, 2), QColor(20, 22, 24));
  QPalette light(QColor(240, 240, 240));
  light.setColor(QPalette::Base, Qt::white);
  light.setColor(QPalette::Text, Qt::black);
  plot.setPalette(light);
  plot.refreshNow();
  QCOMPARE(canvas->grab().toImage().pixelColor(2, 2), QColor(Qt::white));
}

void TestPlot::runCurvesTakeViewsAndPoints() {
  CurvePlot plot;
  RunCurves curves(&plot, [](const RunKey& run, const QString& series) -> std::optional<RunCurves::Description> {
    if (!run.domain.isEmpty() || series == QLatin1String("rate")) return std::nullopt;
    return RunCurves::Description{run.method + series, {}, true};
  });
  const auto key = StepKey::pretrain("slm", 7);
  const QString id = QStringLiteral("pretrain/slm/7"), train = RunCurves::curveId(id, QStringLiteral("train"));
  std::vector<pantograph::job::MetricAdded> all;
  for (std::uint64_t step = 1; step <= 10; ++step) {
    all.push_back(metric(key, "train", step, 10.0 - static_cast<double>(step)));
    all.push_back(metric(key, "rate", step, 1e-3));
  }
  pantograph::job::ProjectView view;
  view.steps.push_back({});
  view.steps.back().key = key;
  view.steps.back().id = key.id();
  view.steps.back().state = pantograph::job::StepState::running;
  std::vector<pantograph::store::MetricPoint> points;
  for (const auto& one : all) points.push_back(one.point);
  view.runs.push_back({key, std::vector(points.begin(), points.begin() + 12)});  // steps 1 to 6
  curves.show(view);
  QCOMPARE(plot.curveIds(), QStringList{train});
  QCOMPARE(plot.sampleCount(train), std::size_t(6));
  // A delivery repeats what the view had, then goes on.
  curves.add(std::vector(all.begin() + 8, all.begin() + 18));
  QCOMPARE(plot.sampleCount(train), std::size_t(9));
  QCOMPARE(curves.last(id, QStringLiteral("train")).value(), 1.0);
  QCOMPARE(curves.last(id, QStringLiteral("rate")).value(), 1e-3);
  curves.show(view);  // older than the points: nothing is lost while the run goes on
  QCOMPARE(plot.sampleCount(train), std::size_t(9));
  view.runs[0].points = points;
  view.steps[0].state = pantograph::job::StepState::up_to_date;
  curves.show(view);
  QCOMPARE(plot.sampleCount(train), std::size_t(10));
  curves.add({metric(StepKey::pretrain("slm", 7), "train", 1, 9.0)});  // made anew from the start
  QCOMPARE(plot.sampleCount(train), std::size_t(1));
  curves.add({metric(StepKey::import("law"), "train", 1, 9.0),
              metric(StepKey::specialize("slm", "law", 50'000, 7), "validation", 1, 3)});
  QCOMPARE(plot.curveIds(), QStringList{train});
}

void TestPlot::runCurvesForgetRunsThatAreGone() {
  CurvePlot plot;
  RunCurves curves(&plot, [](const RunKey& run, const QString& series) -> std::optional<RunCurves::Description> {
    return RunCurves::Description{run.method + series, {}, false};
  });
  curves.add({metric(StepKey::pretrain("slm", 7), "train", 1, 2), metric(StepKey::pretrain("slm", 7), "generic", 1, 2),
              metric(StepKey::pretrain("slm", 7), "train", 2, 2)});
  QCOMPARE(plot.curveIds().size(), 2);
  QVERIFY(!plot.isCurveVisible(plot.curveIds()[0]));
  curves.show({});
  QVERIFY(plot.curveIds().isEmpty());
  QVERIFY(!curves.lastPoint(QStringLiteral("pretrain/slm/7")));
  QVERIFY(!RunKey::of(StepKey::report()));
  QCOMPARE(RunKey::of(StepKey::specialize("slm-pn", "law", 50'000, 9))->tokens, quint64(50000));
}

QTEST_MAIN(TestPlot)
#include "test_plot.moc"
