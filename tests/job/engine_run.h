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
  void operator()(const pantograph::job::Event& event) {
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
    for (const auto& e : all<pantograph::job::StepFinished>()) ids.push_back(e.id);
    return ids;
  }
  std::function<void(const pantograph::job::Event&)> on_event;

 private:
  mutable std::mutex mutex_;
  std::vector<pantograph::job::Event> events_;
};

struct RunOutcome {
  pantograph::job::RunEnded ended;
  std::vector<std::string> finished;  ///< ids of the steps that were done
  std::shared_ptr<const pantograph::job::ProjectView> view;
};

inline RunOutcome run(const pantograph::project::Project& project, pantograph::job::RunRequest request = {},
                      Recorder* given = nullptr) {
  Recorder own;
  Recorder& recorder = given != nullptr ? *given : own;
  pantograph::job::Engine engine(project, {}, [&](const pantograph::job::Event& e) { recorder(e); });
  engine.start(std::move(request));
  engine.wait();
  const auto ends = recorder.all<pantograph::job::RunEnded>();
  if (ends.size() != 1) qFatal("a run must end exactly once");
  const auto views = recorder.all<pantograph::job::ViewChanged>();
  return {ends[0], recorder.finished(), views.empty() ? nullptr : views.back().view};
}

/// What an engine says of a project without running anything.
inline std::shared_ptr<const pantograph::job::ProjectView> look(const pantograph::project::Project& project) {
  Recorder recorder;
  pantograph::job::Engine engine(project, {}, [&](const pantograph::job::Event& e) { recorder(e); });
  engine.wait();
  return recorder.all<pantograph::job::ViewChanged>().back().view;
}

/// Ids of the steps that are not up to date.
inline std::vector<std::string> open_steps(const pantograph::project::Project& project) {
  std::vector<std::string> ids;
  const auto view = look(project);
  for (const auto& step : view->steps) {
    if (step.state != pantograph::job::StepState::up_to_date) ids.push_back(step.id);
  }
  return ids;
}

}  // namespace tiny
