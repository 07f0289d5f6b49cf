// SPDX-License-Identifier: GPL-3.0-or-later
// The engine thread: takes requests from a queue, runs steps, answers small requests between them and while they work.
#include "job/engine.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/threads.h"
#include "job/later_steps.h"
#include "job/progress.h"
#include "job/runner.h"
#include "job/view.h"
#include "store/project_grid.h"

namespace pantograph {
namespace {

struct QueuedRun {
  RunRequest request;
  Project project;  // as it was declared when the run was asked for
};

struct ProjectRequest {
  std::string method;
  std::uint64_t seed = 0;
  std::string domain;
  ExpertChoice choice;
  std::string file;
};

std::vector<ProbePick> default_picks(const Project& project) {
  std::vector<ProbePick> picks;
  for (const auto& domain : project.specialization.domains) {
    const std::string& selection = project.specialization.selection;
    const auto kind = selection == "best-before" ? ExpertChoice::lowest_loss : ExpertChoice::by_cluster;
    picks.push_back({domain, {kind, 0}});
  }
  return picks;
}

}  // namespace

struct Engine::Impl {
  Impl(Project first, EngineOptions engine_options, std::function<void(const Event&)> event_sink)
      : options(std::move(engine_options)), sink(std::move(event_sink)), project(std::move(first)) {
    options.threads = usable_threads(options.threads);
    thread = std::thread([this] { loop(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      quit = true;
      runs.clear();
    }
    control.stop();
    wake.notify_all();
    thread.join();
  }

  // --- on the engine thread
  void loop() {
    set_compute_threads(options.threads);  // LibTorch keeps the number per thread
    std::unique_lock lock(mutex);
    while (!quit) {
      if (view_wanted || !projections.empty()) {
        lock.unlock();
        serve_small_requests();
        lock.lock();
      } else if (cancelled > 0) {
        --cancelled;
        lock.unlock();
        sink(RunEnded{RunEnded::cancelled, exit_code(ErrorKind::interrupted), 0});
        lock.lock();
      } else if (!runs.empty()) {
        const QueuedRun run = std::move(runs.front());
        runs.pop_front();
        active = true;
        control.reset();
        lock.unlock();
        const RunEnded ended = execute(run);
        lock.lock();
        running_id.clear();
        lock.unlock();
        send_view();
        sink(ended);
        lock.lock();
        active = false;  // after the sink: wait() returns when the last event is out
      } else {
        idle.notify_all();
        wake.wait(lock);
      }
    }
    idle.notify_all();
  }

  RunEnded execute(const QueuedRun& run) {
    int done = 0;
    std::string id;
    const auto fail = [&](ErrorKind kind, const ErrorText& text, const std::string& message) {
      if (kind == ErrorKind::interrupted) return RunEnded{RunEnded::cancelled, exit_code(kind), done};
      if (!id.empty()) failures[id] = message;
      sink(StepFailed{id, kind, text, message});
      return RunEnded{RunEnded::failed, exit_code(kind), done};
    };
    try {
      check_device({options.device});
      const Project run_project = expanded(run.project);
      if (run.request.only.empty()) require_complete(run_project);
      const ProjectLock lock(run_project.artifacts());
      if (!lock.warning().empty()) sink(Warning{"", lock.warning()});
      const std::lock_guard alone(compute_mutex());  // recursive: a step measures the machine, too
      for (bool grown = true; grown;) {
        const StepGraph graph(run_project);
        const auto pending = graph.pending(run.request.only);
        grown = false;
        const int count = done + static_cast<int>(pending.size());
        for (const std::size_t index : pending) {
          const Step& step = graph.steps()[index];
          id = step.id;
          control.poll();
          failures.erase(id);
          run_one(run_project, graph, step, ++done, count);
          grown = step.kind == StepKind::cluster && graph.waits_for_clusters();
          if (grown) break;  // the clusters say which further steps there are
        }
      }
      return {RunEnded::finished, 0, done};
    } catch (const Error& e) {
      if (done > 0) --done;  // the step that failed
      return fail(e.kind(), e.text(), e.what());
    } catch (const std::bad_alloc&) {
      return fail(ErrorKind::run, {"out of memory", id, "", "Choose a smaller network or fewer tokens a step."},
                  id + ": out of memory. Choose a smaller network or fewer tokens a step.");
    } catch (const std::exception& e) {
      return fail(ErrorKind::run, {e.what(), id, "", ""}, id + ": " + e.what());
    }
  }

  void run_one(const Project& run_project, const StepGraph& graph, const Step& step, int index, int count) {
    {
      const std::lock_guard lock(mutex);
      running_id = step.id;
    }
    sink(StepStarted{step.id, step.title, index, count});
    send_view();
    ProgressMeter meter(step.id);
    const double ceiling = ceiling_tokens(run_project, step, options);
    RunnerHooks hooks;
    hooks.threads = options.threads;
    hooks.device = options.device;
    hooks.picks = [&] {
      const std::lock_guard lock(mutex);
      return picks ? *picks : default_picks(run_project);
    };
    hooks.train.on_metric = [&](const MetricPoint& point) { sink(MetricAdded{step.id, point}); };
    hooks.train.at_step = [&](const Network& network, std::uint64_t number) {
      serve_projections(step, graph, network, number);
    };

    TaskContext task;
    task.control = &control;
    task.on_warning = [&](const std::string& message) { sink(Warning{step.id, message}); };
    task.on_progress = [&](double done, double total, const std::string& unit) {
      StepProgress progress;
      if (meter.update(done, total, unit, progress)) {
        if (unit == "tokens") progress.ceiling = ceiling;
        sink(progress);
        if (view_wanted.exchange(false)) send_view();
      }
      if (control.paused()) {
        const auto before = ProgressMeter::Clock::now();
        control.poll();
        meter.add_pause(ProgressMeter::Clock::now() - before);
      }
    };
    const auto start = ProgressMeter::Clock::now();
    run_step(run_project, graph, step, hooks, task);
    {
      const std::lock_guard lock(mutex);
      running_id.clear();
    }
    sink(StepFinished{step.id, std::chrono::duration<double>(ProgressMeter::Clock::now() - start).count()});
    send_view();
  }

  /// With its grids expanded: no step and no page knows them.
  Project current_project() const {
    std::unique_lock lock(mutex);
    const Project declared = project;
    lock.unlock();
    return expanded(declared);
  }

  void send_view() {
    std::string running;
    {
      const std::lock_guard lock(mutex);
      running = running_id;
    }
    try {
      const Project now = current_project();
      sink(ViewChanged{views.build(now, StepGraph(now), running, failures)});
    } catch (const std::exception& e) {
      sink(Warning{"", e.what()});  // e.g. a project in the middle of being edited
    }
  }

  void serve_small_requests() {
    if (view_wanted.exchange(false)) send_view();
    std::deque<ProjectRequest> asked;
    {
      const std::lock_guard lock(mutex);
      asked.swap(projections);
    }
    for (const auto& request : asked) project_finished(request);
  }

  /// At a step of a run: live for the network in training, from its file for a finished one; others wait.
  void serve_projections(const Step& step, const StepGraph& graph, const Network& network, std::uint64_t number) {
    std::deque<ProjectRequest> asked;
    {
      const std::lock_guard lock(mutex);
      if (projections.empty()) return;
      asked.swap(projections);
    }
    std::deque<ProjectRequest> later;
    for (auto& request : asked) {
      const Step* pretraining = pretraining_of(graph, request);
      if (pretraining == &step) {
        write_projection(request, network, graph, fmt::format("{}, seed {}, step {}", step.method, step.seed, number));
      } else if (pretraining == nullptr || pretraining->complete()) {
        project_finished(request);
      } else {
        later.push_back(std::move(request));
      }
    }
    const std::lock_guard lock(mutex);
    projections.insert(projections.end(), later.begin(), later.end());
  }

  /// The generic phase of a request's method, if it is one run; nothing for an unknown method.
  const Step* pretraining_of(const StepGraph& graph, const ProjectRequest& request) const {
    const Project now = current_project();
    const MethodSpec* method = now.method(request.method);
    const auto ids =
        method == nullptr ? std::vector<std::string>{} : pretrain_ids(now, *method, request.seed, request.domain);
    return ids.size() == 1 ? graph.find(ids.front()) : nullptr;
  }

  void project_finished(const ProjectRequest& request) {
    try {
      const StepGraph graph(current_project());
      const Step* found = pretraining_of(graph, request);
      if (found == nullptr) {
        throw Error(ErrorKind::usage, {"no single network to project", "method " + request.method,
                                       "a method whose generic phase trains one network",
                                       "The experts of a mixture are small models already."});
      }
      const Step& step = *found;
      if (!step.complete()) {
        throw Error(ErrorKind::usage, {"not pretrained yet", step.title, "a running or finished generic phase",
                                       "Start the training first."});
      }
      const Network network = load_pretrained(step.folder(), {options.device});
      write_projection(request, network, graph,
                       fmt::format("{}, seed {}, generic phase finished", request.method, request.seed));
    } catch (const std::exception& e) {
      sink(Projected{"", e.what()});
    }
  }

  void write_projection(const ProjectRequest& request, const Network& network, const StepGraph& graph,
                        const std::string& note) {
    try {
      const Project now = current_project();
      const MethodSpec* method = now.method(request.method);
      if (method == nullptr)
        throw Error(ErrorKind::usage, {"no method \"" + request.method + '"', "", "a method of this project", ""});
      const MethodInputs inputs = method_inputs(now, graph, *method, options.device);
      const int expert = choose_expert(now, inputs, network, request.domain, request.choice, {}).expert;
      const std::string which =
          expert < 0 ? note : fmt::format("{}: expert {} of {}", note, expert, network.config().k);
      write_small_network(network, expert, request.file, which);
      sink(Projected{request.file, which});
    } catch (const std::exception& e) {
      sink(Projected{"", e.what()});
    }
  }

  EngineOptions options;
  std::function<void(const Event&)> sink;
  Control control;
  ViewBuilder views;                            // engine thread only
  std::map<std::string, std::string> failures;  // engine thread only
  std::atomic<bool> view_wanted{true};

  mutable std::mutex mutex;  // guards all that follows
  std::condition_variable wake, idle;
  Project project;  // as it was declared
  std::deque<QueuedRun> runs;
  std::deque<ProjectRequest> projections;
  std::optional<std::vector<ProbePick>> picks;
  std::string running_id;
  int cancelled = 0;  // queued runs that a stop dropped and whose RunEnded is still to be sent
  bool active = false, quit = false;
  std::thread thread;  // last: it uses the others
};

Engine::Engine(Project project, EngineOptions options, std::function<void(const Event&)> sink)
    : impl_(std::make_unique<Impl>(std::move(project), std::move(options), std::move(sink))) {}

Engine::~Engine() = default;

void Engine::set_project(Project project) {
  const std::lock_guard lock(impl_->mutex);
  impl_->project = std::move(project);
  impl_->view_wanted = true;
  impl_->wake.notify_all();
}

void Engine::refresh() {
  const std::lock_guard lock(impl_->mutex);
  impl_->view_wanted = true;
  impl_->wake.notify_all();
}

void Engine::start(RunRequest request) {
  const std::lock_guard lock(impl_->mutex);
  impl_->runs.push_back({std::move(request), impl_->project});
  impl_->wake.notify_all();
}

void Engine::pause() {
  impl_->control.pause();
  impl_->sink(RunPaused{true});
}

void Engine::resume() {
  impl_->control.resume();
  impl_->sink(RunPaused{false});
}

void Engine::stop() {
  const std::lock_guard lock(impl_->mutex);
  impl_->cancelled += static_cast<int>(impl_->runs.size());
  impl_->runs.clear();
  if (impl_->active) impl_->control.stop();
  impl_->wake.notify_all();
}

bool Engine::running() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->active || !impl_->runs.empty();
}

void Engine::wait() {
  std::unique_lock lock(impl_->mutex);
  impl_->idle.wait(lock, [this] {
    return impl_->quit || (!impl_->active && impl_->runs.empty() && impl_->cancelled == 0 && !impl_->view_wanted);
  });
}

void Engine::set_probes(std::vector<ProbePick> picks) {
  const std::lock_guard lock(impl_->mutex);
  impl_->picks = std::move(picks);
}

void Engine::project_now(const std::string& method, std::uint64_t seed, const std::string& domain, ExpertChoice choice,
                         const std::string& file) {
  const std::lock_guard lock(impl_->mutex);
  impl_->projections.push_back({method, seed, domain, choice, file});
  impl_->wake.notify_all();
}

std::vector<StepInfo> Engine::plan(const RunRequest& request, bool estimate) const {
  const Project project = impl_->current_project();
  const StepGraph graph(project);
  std::vector<StepInfo> steps;
  if (request.only.empty()) {
    for (const auto& step : graph.steps()) steps.push_back(describe(step, "", {}));
  } else {
    for (const std::size_t index : graph.pending(request.only)) steps.push_back(describe(graph.steps()[index], "", {}));
  }
  if (estimate) estimate_seconds(project, graph, impl_->options, steps);
  return steps;
}

LaterSteps Engine::plan_later(const RunRequest& request, bool estimate) const {
  const Project project = impl_->current_project();
  return later_steps(project, StepGraph(project), request.only, impl_->options, estimate);
}

}  // namespace pantograph
