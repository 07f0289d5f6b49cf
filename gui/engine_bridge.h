// SPDX-License-Identifier: GPL-3.0-or-later
// Carries the engine's events onto the window's thread: collected under a lock, delivered at most 20 times a second as
// signals.
#pragma once

#include <QObject>
#include <QString>
#include <QStringList>
#include <QTimer>
#include <memory>
#include <thread>
#include <vector>

#include "job/engine.h"

class EngineBridge : public QObject {
  Q_OBJECT
 public:
  explicit EngineBridge(QObject* parent = nullptr);
  ~EngineBridge() override;  ///< a run is asked to stop; waits for its checkpoint

  /// Makes the engine on first use, or for another project file; a project without a file has no engine and no view.
  void setProject(const pantograph::project::Project& project);
  void setOptions(const pantograph::job::EngineOptions& options);                     ///< for the next engine
  std::shared_ptr<const pantograph::job::ProjectView> view() const { return view_; }  ///< may be null
  bool hasEngine() const { return engine_ != nullptr; }
  bool isRunning() const { return running_ > 0; }
  bool isPaused() const { return paused_; }

 public Q_SLOTS:
  /// Brings the steps up to date. First emits aboutToStart(), whose listeners save the project and hand it over.
  void start(const QStringList& only = {});
  void pause();
  void resume();
  void stop();
  void refresh();
  void setProbes(const std::vector<pantograph::method::ProbePick>& picks);
  void projectNow(const QString& method, quint64 seed, const QString& domain, pantograph::train::ExpertChoice choice,
                  const QString& file);
  // Of runs, by their keys (pantograph::job::RunRecord::key). The answers are signals.
  void annotate(const QString& run, const pantograph::job::RunNotes& notes);
  void deleteRuns(const QStringList& runs);
  void readCurves(const QStringList& runs);
  void planPrune();
  void prune(const pantograph::job::PrunePlan& plan);

 Q_SIGNALS:
  void aboutToStart(bool* refuse);  ///< a listener sets it where the run cannot start
  void viewChanged();
  void runStarted();
  void runEnded(const pantograph::job::RunEnded& ended);
  void pausedChanged(bool paused);
  void stepStarted(const pantograph::job::StepStarted& step);
  void stepProgress(const pantograph::job::StepProgress& progress);  ///< only the latest of each delivery
  void stepFinished(const pantograph::job::StepFinished& step);
  void stepFailed(const pantograph::job::StepFailed& step);
  void metricsAdded(const std::vector<pantograph::job::MetricAdded>& metrics);  ///< all of a delivery, in order
  void warning(const pantograph::job::Warning& warning);
  void projected(const pantograph::job::Projected& projected);
  void curvesRead(const pantograph::job::CurvesRead& read);
  void prunePlanned(const pantograph::job::PrunePlan& plan);
  void pruned(const pantograph::job::Pruned& pruned);

 private:
  struct Inbox;
  void wake();
  void deliver();
  void retireEngine();

  pantograph::job::EngineOptions options_;
  std::shared_ptr<Inbox>
      inbox_;  // shared with the engine's sink; an engine that was replaced writes into an abandoned one
  std::unique_ptr<pantograph::job::Engine> engine_;
  std::filesystem::path engineFile_;
  std::vector<std::thread> retiring_;
  std::shared_ptr<const pantograph::job::ProjectView> view_;
  QTimer timer_;
  int running_ = 0;  // runs asked for and not ended
  bool paused_ = false;
};
