// SPDX-License-Identifier: GPL-3.0-or-later
// A project of nine thousand steps: nothing that the window asks for makes it wait.
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <limits>

#include "job/view.h"
#include "project/project_file.h"
#include "support/tiny_project.h"

using namespace pantograph;

namespace {

/// Milliseconds, the best of several tries: a busy machine makes single ones longer.
template <typename Work>
qint64 best_time(Work&& work) {
  qint64 best = std::numeric_limits<qint64>::max();
  for (int i = 0; i < 5; ++i) {
    QElapsedTimer timer;
    timer.start();
    work();
    best = std::min(best, timer.elapsed());
  }
  return best;
}

}  // namespace

class TestManySteps : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    job::initialize_engine();
    project_ = project::load_project(tiny::make_project(dir_.path().toStdString()));
    project_.seeds = {1, 2, 3, 4, 5};
    project_.specialization.tokens.clear();
    for (std::uint64_t size = 1; size <= 450; ++size) project_.specialization.tokens.push_back(100 * size);
  }

  void nothingPauses() {
    constexpr qint64 kPause = 200;  // milliseconds
    job::Inspector inspector;
    const qint64 look = best_time([&] { inspector.look(project_); });
    const auto& steps = inspector.graph().steps();
    QVERIFY2(steps.size() > 9000, std::to_string(steps.size()).c_str());
    const qint64 view = best_time([&] { inspector.view({}); });
    const job::Step& last = *(steps.end() - 2);
    const qint64 change = best_time([&] { inspector.step_changed(last); });
    const qint64 pending = best_time([&] { (void)inspector.graph().pending({}); });
    qInfo("%zu steps: look %lld ms, view %lld ms, a step's change %lld ms, pending %lld ms", steps.size(), look, view,
          change, pending);
    QVERIFY2(look < kPause, std::to_string(look).c_str());
    QVERIFY2(view < kPause, std::to_string(view).c_str());
    QVERIFY2(change < kPause, std::to_string(change).c_str());
    QVERIFY2(pending < kPause, std::to_string(pending).c_str());
  }

 private:
  QTemporaryDir dir_;
  project::Project project_;
};

QTEST_GUILESS_MAIN(TestManySteps)
#include "test_many_steps.moc"
