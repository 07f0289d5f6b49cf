// SPDX-License-Identifier: GPL-3.0-or-later
// How a long task is watched, paused and stopped from another thread. No task reads anything else from outside.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>

namespace pantograph {

/// Asked from any thread; obeyed by the task at its next poll().
class Control {
 public:
  void stop();
  void pause();
  void resume();
  void reset();  ///< forget an earlier stop or pause, before a new run
  bool stopping() const;
  bool paused() const;
  /// Blocks while paused. Throws Interrupted once a stop was asked for.
  void poll();

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  bool pause_ = false;
};

/// What a task is given by whoever runs it. Callbacks may be empty; they are called on the task's thread, must be
/// quick.
struct TaskContext {
  Control* control = nullptr;
  /// Work done and in all, in `unit` ("documents", "tokens", "windows"); total 0 when unknown.
  std::function<void(double done, double total, const std::string& unit)> on_progress;
  std::function<void(const std::string& message)> on_warning;

  void poll() const {
    if (control) control->poll();
  }
  void progress(double done, double total, const std::string& unit) const {
    if (on_progress) on_progress(done, total, unit);
  }
  void warn(const std::string& message) const {
    if (on_warning) on_warning(message);
  }
};

}  // namespace pantograph
