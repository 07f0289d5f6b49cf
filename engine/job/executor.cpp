// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <new>
#include <utility>

#include "base/error.h"
#include "job/disk_space.h"
#include "job/estimate.h"
#include "job/preflight.h"
#include "job/progress.h"
#include "project/project_grid.h"

namespace pantograph::job {
namespace {

/// Runs `work`; what it throws, other than a stop, goes to `fail`.
template <typename Work, typename Fail>
void guarded(const std::string& id, Work&& work, Fail&& fail) {
  try {
    work();
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& e) {
    fail(e.kind(), e.text(), std::string(e.what()));
  } catch (const std::bad_alloc&) {
    const ErrorText text{"out of memory", id, "", "Choose a smaller network or fewer tokens a step."};
    fail(ErrorKind::run, text, std::string(Error(ErrorKind::run, text).what()));
  } catch (const std::exception& e) {
    fail(ErrorKind::run, ErrorText{e.what(), id, "", ""}, id + ": " + e.what());
  }
}

bool is_reported(const std::string& file) {
  return !file.ends_with(".h5");  // the report reads what networks came to, not the networks
}

}  // namespace

RunEnded Executor::run(const QueuedRun& run) {
  news_ = {};
  failed_.clear();
  skipped_.clear();
  repaired_.clear();
  started_ = done_ = 0;
  checked_ = false;
  try {
    guarded(
        "",
        [&] {
          network::check_device({options_.device});
          const project::Project project = project::expanded(run.project);
          if (run.request.only.empty()) require_complete(project);
          const store::ProjectLock lock(project.artifacts());
          if (!lock.warning().empty()) hooks_.sink(Warning{"", lock.warning()});
          const std::lock_guard alone(network::compute_mutex());  // recursive: a step measures the machine, too
          while (pass(run, project) == Pass::again) {
          }
        },
        [&](ErrorKind kind, const ErrorText& text, const std::string& message) { fail("", kind, text, message); });
  } catch (const Interrupted& e) {
    news_.running.clear();
    return {RunEnded::cancelled, e.exit_code(), done_, failed_, skipped_};
  }
  news_.running.clear();
  return ended();
}

RunEnded Executor::ended() const {
  if (failed_.empty()) return {RunEnded::finished, 0, done_, {}, {}};
  // Different sorts of failure have no exit code in common.
  const ErrorKind first = failed_.front().kind;
  const bool alike = std::all_of(failed_.begin(), failed_.end(), [&](const StepFailed& f) { return f.kind == first; });
  return {RunEnded::failed, exit_code(alike ? first : ErrorKind::run), done_, failed_, skipped_};
}

void Executor::fail(const std::string& id, ErrorKind kind, const ErrorText& text, const std::string& message) {
  failed_.push_back({id, kind, text, message});
  if (!id.empty()) news_.failures[id] = message;
  hooks_.sink(failed_.back());
}

Executor::Pass Executor::pass(const QueuedRun& run, const project::Project& project) {
  StepGraph graph(project, task_of(""));
  std::vector<std::string> ids;
  for (const std::size_t i : graph.pending(run.request.only)) ids.push_back(graph.steps()[i].id);
  if (started_ == 0) check_disk_space(project, graph, ids, options_);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::string& id = ids[i];
    const Step& step = graph.at(id);
    if (news_.failures.contains(id) || news_.waiting.contains(id)) continue;  // in an earlier pass
    control_.poll();
    if (step.key.trains() && !std::exchange(checked_, true)) {
      check_before_training(graph, project);
      if (news_.failures.contains(id) || news_.waiting.contains(id)) continue;
    }
    if (is_blocked(graph, step)) {
      skipped_.push_back(id);
      continue;
    }
    bool damaged = false;
    guarded(
        id,
        [&] {
          if (step.kind() == StepKind::import) graph.resolve_sources(id, task_of(id));
          damaged = repair_inputs(graph, step);
          // Its inputs may have turned out to hold what they held when it was made.
          if (damaged || (step.complete() && step.kind() != StepKind::report)) return;
          work_on(graph, id, run, project, done_ + static_cast<int>(ids.size() - i));
        },
        [&](ErrorKind kind, const ErrorText& text, const std::string& message) { fail(id, kind, text, message); });
    graph.update(id);
    hooks_.step_changed(step);
    news_.running.clear();
    hooks_.news_changed();
    if (damaged || (step.kind() == StepKind::cluster && step.complete() && graph.waits_for_clusters()))
      return Pass::again;  // other steps are to be done than those that were known
  }
  return Pass::done;
}

void Executor::check_before_training(const StepGraph& graph, const project::Project& project) {
  check_domain_sizes(project, graph);
  for (const HopelessStep& step : hopeless_steps(project, graph)) {
    fail(step.id, ErrorKind::input, step.why, Error(ErrorKind::input, step.why).what());
    for (const std::string& other : step.others) {
      news_.waiting[other] = fmt::format("Of no use without {}.", step.id);
      skipped_.push_back(other);
    }
  }
}

/// A step that needs one that failed waits for another run; the report is about what there is.
bool Executor::is_blocked(const StepGraph& graph, const Step& step) {
  bool any_result = step.kind() != StepKind::report;
  std::string blocker;
  for (const std::string& id : step.inputs) {
    const Step& input = graph.at(id);
    if (input.complete()) any_result = any_result || input.key.trains();
    if (input.complete() || (step.kind() == StepKind::report && input.key.trains())) continue;
    blocker = id;
    break;
  }
  if (blocker.empty() && any_result) return false;
  if (news_.failures.empty()) return false;  // it is about to be made, or the step itself says what is missing
  news_.waiting[step.id] = blocker.empty() ? "Waits for a result." : fmt::format("Waits for {}.", blocker);
  return true;
}

/// Whether an input's file was damaged, so that it has to be made again first.
bool Executor::repair_inputs(StepGraph& graph, const Step& step) {
  for (const std::string& id : std::vector<std::string>(step.inputs)) {
    const Step& input = graph.at(id);
    const std::string file = input.artifact.damaged_file(step.kind() == StepKind::report ? is_reported : nullptr);
    if (file.empty()) continue;
    const std::string path = input.artifact.file(file).string();
    if (!repaired_.insert(input.folder().string()).second) {
      throw Error(ErrorKind::run, {"the file is damaged again right after it was made", path,
                                   "the checksum in manifest.json", "Check the disk that it is on."});
    }
    hooks_.sink(Warning{id, fmt::format("{} is damaged: it does not have the checksum that it was written with. {} is "
                                        "done again.",
                                        path, input.title)});
    input.artifact.discard();
    std::error_code ignored;
    std::filesystem::rename(path, path + ".damaged", ignored);
    graph.update(id);
    return true;
  }
  return false;
}

TaskContext Executor::task_of(const std::string& id) const {
  TaskContext task;
  task.control = &control_;
  task.on_warning = [this, id](const std::string& message) { hooks_.sink(Warning{id, message}); };
  return task;
}

void Executor::work_on(StepGraph& graph, const std::string& id, const QueuedRun& run, const project::Project& project,
                       int count) {
  const Step& step = graph.at(id);
  if (step.artifact.key().empty()) {
    throw Error(ErrorKind::run, {"what it is made from is not complete", id, "complete inputs",
                                 "Run again; --status shows which step lacks what."});
  }
  if (!step.note.empty()) hooks_.sink(Warning{id, step.note});
  ++started_;
  news_.running = id;
  hooks_.sink(StepStarted{id, step.title, done_ + static_cast<int>(failed_.size()) + 1, count});
  hooks_.news_changed();
  ProgressMeter meter(id);
  const double ceiling = ceiling_tokens(project, step, options_);
  RunnerHooks hooks;
  hooks.threads = options_.threads;
  hooks.device = options_.device;
  hooks.picks = [&] { return hooks_.picks(project); };
  hooks.train.on_metric = [&](const store::MetricPoint& point) { hooks_.sink(MetricAdded{step.key, point}); };
  hooks.train.at_step = [&](const network::Network& network, std::uint64_t number) {
    hooks_.at_step(step, graph, network, number);
  };
  TaskContext task = task_of(id);
  task.on_progress = [&](double done, double total, const std::string& unit) {
    StepProgress progress;
    if (meter.update(done, total, unit, progress)) {
      if (unit == "tokens") progress.ceiling = ceiling;
      hooks_.sink(progress);
      hooks_.between();
    }
    if (control_.paused()) {
      const auto before = ProgressMeter::Clock::now();
      control_.poll();
      meter.add_pause(ProgressMeter::Clock::now() - before);
    }
  };
  std::string made;
  hooks.say = [&made](std::string sentence) { made = std::move(sentence); };
  const auto start = ProgressMeter::Clock::now();
  run_step({project, graph, step, hooks, task}, run.project);
  ++done_;
  const double seconds = std::chrono::duration<double>(ProgressMeter::Clock::now() - start).count();
  hooks_.sink(StepFinished{id, seconds, std::move(made)});
}

}  // namespace pantograph::job
