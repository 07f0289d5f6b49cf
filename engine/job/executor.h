// SPDX-License-Identifier: GPL-3.0-or-later
// Runs what a request asks for, step by step. A step that fails does not stop those that do not need it. Private to
// this room; used on the engine thread.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "job/step_types.h"
#include "job/view.h"

namespace pantograph::job {

struct QueuedRun {
  RunRequest request;
  project::Project project;  ///< as it was declared when the run was asked for
};

/// What the executor tells and asks while it works.
struct ExecutorHooks {
  std::function<void(const Event&)> sink;
  std::function<void()> news_changed;             ///< a step started or is over: news() says so
  std::function<void(const Step&)> step_changed;  ///< its artifact did
  std::function<void()> between;                  ///< often while a step works: answer small requests
  std::function<std::vector<method::ProbePick>(const project::Project&)> picks;
  std::function<void(const Step&, const StepGraph&, const network::Network&, std::uint64_t)>
      at_step;  ///< of a training
};

class Executor {
 public:
  Executor(const EngineOptions& options, Control& control, ExecutorHooks hooks)
      : options_(options), control_(control), hooks_(std::move(hooks)) {}

  /// Ends in exactly one way, whatever happens; everything that failed was sent as StepFailed.
  RunEnded run(const QueuedRun& run);
  const StepNews& news() const { return news_; }  ///< failures are those of the last run

 private:
  enum class Pass { done, again };
  Pass pass(const QueuedRun& run, const project::Project& project);
  void check_before_training(const StepGraph& graph, const project::Project& project);
  bool is_blocked(const StepGraph& graph, const Step& step);
  bool repair_inputs(StepGraph& graph, const Step& step);
  void work_on(StepGraph& graph, const std::string& id, const QueuedRun& run, const project::Project& project,
               int count);
  void fail(const std::string& id, ErrorKind kind, const ErrorText& text, const std::string& message);
  RunEnded ended() const;
  TaskContext task_of(const std::string& id) const;

  const EngineOptions& options_;
  Control& control_;
  ExecutorHooks hooks_;
  StepNews news_;
  std::vector<StepFailed> failed_;
  std::vector<std::string> skipped_;
  std::set<std::string> repaired_;  // folders that were found damaged in this run
  int started_ = 0, done_ = 0;
  bool checked_ = false;  // check_before_training()
};

}  // namespace pantograph::job
