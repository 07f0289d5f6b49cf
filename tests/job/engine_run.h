// SPDX-License-Identifier: GPL-3.0-or-later
// Runs an engine to its end and remembers what it said.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "job/engine.h"

namespace tiny {

/// Everything that an engine sent, safe to read while it works.
class Recorder {
 public:
  void operator()(const pantograph::Event& event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(event);
    if (on_event) on_event(event);
  }
  template <typename T>
  std::vector<T> all() const {
    const std::lock_guard lock(mutex_);
    std::vector<T> out;
    for (const auto& event : events_) {
      if (const T* e = std::get_if<T>(&event)) out.push_back(*e);
    }
    return out;
  }
  std::vector<std::string> finished() const {
    std::vector<std::string> ids;
    for (const auto& e : all<pantograph::StepFinished>()) ids.push_back(e.id);
    return ids;
  }
  std::function<void(const pantograph::Event&)> on_event;

 private:
  mutable std::mutex mutex_;
  std::vector<pantograph::Event> events_;
};

struct RunOutcome {
  pantograph::RunEnded ended;
  std::vector<std::string> finished;  ///< ids of the steps that were done
  std::shared_ptr<const pantograph::ProjectView> view;
};

inline RunOutcome run(const pantograph::Project& project, pantograph::RunRequest request = {},
                      Recorder* given = nullptr) {
  Recorder own;
  Recorder& recorder = given != nullptr ? *given : own;
  pantograph::Engine engine(project, {}, [&](const pantograph::Event& e) { recorder(e); });
  engine.start(std::move(request));
  engine.wait();
  const auto ends = recorder.all<pantograph::RunEnded>();
  if (ends.size() != 1) qFatal("a run must end exactly once");
  const auto views = recorder.all<pantograph::ViewChanged>();
  return {ends[0], recorder.finished(), views.empty() ? nullptr : views.back().view};
}

/// What an engine says of a project without running anything.
inline std::shared_ptr<const pantograph::ProjectView> look(const pantograph::Project& project) {
  Recorder recorder;
  pantograph::Engine engine(project, {}, [&](const pantograph::Event& e) { recorder(e); });
  engine.wait();
  return recorder.all<pantograph::ViewChanged>().back().view;
}

/// Ids of the steps that are not up to date.
inline std::vector<std::string> open_steps(const pantograph::Project& project) {
  std::vector<std::string> ids;
  const auto view = look(project);
  for (const auto& step : view->steps) {
    if (step.state != pantograph::StepState::up_to_date) ids.push_back(step.id);
  }
  return ids;
}

}  // namespace tiny
