// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine_bridge.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

using namespace pantograph;

namespace {
constexpr int kDeliveryMilliseconds = 50;

std::vector<std::string> toStrings(const QStringList& texts) {
  std::vector<std::string> out;
  for (const QString& text : texts) out.push_back(text.toStdString());
  return out;
}
}  // namespace

/// Where the engine thread leaves events. It outlives the bridge if the engine's last words come late.
struct EngineBridge::Inbox {
  std::mutex mutex;
  std::vector<job::Event> events;
  EngineBridge* owner = nullptr;  // null once the bridge is gone or the engine was replaced

  void put(const job::Event& event) {
    const std::lock_guard lock(mutex);
    if (!owner) return;
    events.push_back(event);
    if (events.size() == 1)
      QMetaObject::invokeMethod(
          owner, [bridge = owner] { bridge->wake(); }, Qt::QueuedConnection);
  }
  void close() {
    const std::lock_guard lock(mutex);
    owner = nullptr;
    events.clear();
  }
};

EngineBridge::EngineBridge(QObject* parent) : QObject(parent) {
  timer_.setSingleShot(true);
  timer_.setInterval(kDeliveryMilliseconds);
  connect(&timer_, &QTimer::timeout, this, &EngineBridge::deliver);
}

EngineBridge::~EngineBridge() {
  if (inbox_) inbox_->close();
  engine_.reset();
  for (std::thread& thread : retiring_) thread.join();
}

void EngineBridge::setOptions(const job::EngineOptions& options) {
  options_ = options;
}

void EngineBridge::setProject(const project::Project& project) {
  if (engine_ && project.file == engineFile_) {
    engine_->set_project(project);
    return;
  }
  retireEngine();
  engineFile_ = project.file;
  if (!project.file.empty()) {
    inbox_ = std::make_shared<Inbox>();
    inbox_->owner = this;
    engine_ = std::make_unique<job::Engine>(project, options_,
                                            [inbox = inbox_](const job::Event& event) { inbox->put(event); });
    engine_->refresh();
  }
  if (view_) {
    view_.reset();
    Q_EMIT viewChanged();
  }
}

/// An engine may have to wait for a checkpoint before it is gone: that happens on a thread of its own.
void EngineBridge::retireEngine() {
  if (inbox_) inbox_->close();
  inbox_.reset();
  timer_.stop();
  if (engine_) retiring_.emplace_back([engine = std::move(engine_)]() mutable { engine.reset(); });
  engine_.reset();
  const bool was_running = running_ > 0;
  running_ = 0;
  if (std::exchange(paused_, false)) Q_EMIT pausedChanged(false);
  if (was_running) Q_EMIT runEnded({job::RunEnded::cancelled, exit_code(ErrorKind::interrupted), 0, {}, {}});
}

void EngineBridge::start(const QStringList& only) {
  bool refuse = false;
  Q_EMIT aboutToStart(&refuse);
  if (refuse || !engine_) return;
  ++running_;
  if (running_ == 1) Q_EMIT runStarted();
  engine_->start({toStrings(only)});
}

void EngineBridge::pause() {
  if (engine_ && isRunning()) engine_->pause();
}

void EngineBridge::resume() {
  if (engine_) engine_->resume();
}

void EngineBridge::stop() {
  if (!engine_ || !isRunning()) return;
  running_ = 1;  // runs that waited are dropped by the engine
  engine_->stop();
}

void EngineBridge::refresh() {
  if (engine_) engine_->refresh();
}

void EngineBridge::setProbes(const std::vector<method::ProbePick>& picks) {
  if (engine_) engine_->set_probes(picks);
}

void EngineBridge::projectNow(const QString& method, quint64 seed, const QString& domain, train::ExpertChoice choice,
                              const QString& file) {
  if (engine_) engine_->project_now(method.toStdString(), seed, domain.toStdString(), choice, file.toStdString());
}

void EngineBridge::annotate(const QString& run, const job::RunNotes& notes) {
  if (engine_) engine_->annotate(run.toStdString(), notes);
}

void EngineBridge::deleteRuns(const QStringList& runs) {
  if (engine_) engine_->delete_runs(toStrings(runs));
}

void EngineBridge::readCurves(const QStringList& runs) {
  if (engine_) engine_->read_curves(toStrings(runs));
}

void EngineBridge::planPrune() {
  if (engine_) engine_->plan_prune();
}

void EngineBridge::prune(const job::PrunePlan& plan) {
  if (engine_) engine_->prune(plan);
}

void EngineBridge::wake() {
  if (!timer_.isActive()) timer_.start();
}

void EngineBridge::deliver() {
  if (!inbox_) return;
  const std::shared_ptr<Inbox> inbox = inbox_;
  std::vector<job::Event> events;
  {
    const std::lock_guard lock(inbox->mutex);
    events.swap(inbox->events);
  }
  std::vector<job::MetricAdded> metrics;
  std::optional<job::StepProgress> progress;
  bool new_view = false;
  // What is thinned out or bundled goes out before anything that ends a step or a run, so that listeners see whole
  // steps.
  const auto flush = [&] {
    if (!metrics.empty()) Q_EMIT metricsAdded(std::exchange(metrics, {}));
    if (progress) Q_EMIT stepProgress(*std::exchange(progress, std::nullopt));
    if (std::exchange(new_view, false)) Q_EMIT viewChanged();
  };
  for (const job::Event& event : events) {
    if (inbox != inbox_) return;  // a listener opened another project
    if (const auto* view = std::get_if<job::ViewChanged>(&event)) {
      view_ = view->view;
      new_view = true;
    } else if (const auto* metric = std::get_if<job::MetricAdded>(&event)) {
      metrics.push_back(*metric);
    } else if (const auto* latest = std::get_if<job::StepProgress>(&event)) {
      progress = *latest;
    } else if (const auto* started = std::get_if<job::StepStarted>(&event)) {
      flush();
      Q_EMIT stepStarted(*started);
    } else if (const auto* finished = std::get_if<job::StepFinished>(&event)) {
      flush();
      Q_EMIT stepFinished(*finished);
    } else if (const auto* failed = std::get_if<job::StepFailed>(&event)) {
      flush();
      Q_EMIT stepFailed(*failed);
    } else if (const auto* text = std::get_if<job::Warning>(&event)) {
      Q_EMIT warning(*text);
    } else if (const auto* answer = std::get_if<job::Projected>(&event)) {
      Q_EMIT projected(*answer);
    } else if (const auto* curves = std::get_if<job::CurvesRead>(&event)) {
      Q_EMIT curvesRead(*curves);
    } else if (const auto* planned = std::get_if<job::PrunePlanned>(&event)) {
      Q_EMIT prunePlanned(planned->plan);
    } else if (const auto* gone = std::get_if<job::Pruned>(&event)) {
      Q_EMIT pruned(*gone);
    } else if (const auto* pausing = std::get_if<job::RunPaused>(&event)) {
      if (paused_ != pausing->paused) {
        paused_ = pausing->paused;
        Q_EMIT pausedChanged(paused_);
      }
    } else if (const auto* ended = std::get_if<job::RunEnded>(&event)) {
      flush();
      running_ = std::max(0, running_ - 1);
      if (running_ == 0 && std::exchange(paused_, false)) Q_EMIT pausedChanged(false);
      Q_EMIT runEnded(*ended);
    }
  }
  if (inbox == inbox_) flush();
}
