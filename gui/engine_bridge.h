// SPDX-License-Identifier: GPL-3.0-or-later
// Carries the engine's events onto the window's thread: collected under a lock, delivered at most 20 times a second as signals.
#pragma once

#include <QObject>
#include <QString>
#include <QTimer>
#include <memory>
#include <mutex>
#include <vector>

#include "job/engine.h"

class EngineBridge : public QObject {
  Q_OBJECT
 public:
  explicit EngineBridge(QObject* parent = nullptr);
  ~EngineBridge() override;

  void setProject(const pantograph::Project& project);  ///< makes the engine on first use, or for another project file
  std::shared_ptr<const pantograph::ProjectView> view() const { return view_; }  ///< may be null
  bool isRunning() const { return running_; }
  bool isPaused() const { return paused_; }

 public Q_SLOTS:
  void start(const QStringList& only = {});
  void pause();
  void resume();
  void stop();
  void refresh();
  void setProbes(const std::vector<pantograph::ProbePick>& picks);
  void projectNow(const QString& method, quint64 seed, const QString& domain, pantograph::ExpertChoice choice, const QString& file);

 Q_SIGNALS:
  void viewChanged();
  void runStarted();
  void runEnded(const pantograph::RunEnded& ended);
  void pausedChanged(bool paused);
  void stepStarted(const pantograph::StepStarted& step);
  void stepProgress(const pantograph::StepProgress& progress);  ///< only the latest of each delivery
  void stepFinished(const pantograph::StepFinished& step);
  void stepFailed(const pantograph::StepFailed& step);
  void metricsAdded(const std::vector<pantograph::MetricAdded>& metrics);  ///< all of a delivery, in order
  void warning(const pantograph::Warning& warning);
  void projected(const pantograph::Projected& projected);

 private:
  void deliver();
  std::unique_ptr<pantograph::Engine> engine_;
  std::shared_ptr<const pantograph::ProjectView> view_;
  std::mutex mutex_;
  std::vector<pantograph::Event> waiting_;
  QTimer timer_;
  bool running_ = false, paused_ = false;
};
