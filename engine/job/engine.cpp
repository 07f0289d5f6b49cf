// SPDX-License-Identifier: GPL-3.0-or-later
// The engine thread: takes requests from a queue, has runs executed, answers small requests between and while they
// work.
#include "job/engine.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/threads.h"
#include "job/disk_space.h"
#include "job/estimate.h"
#include "job/executor.h"
#include "job/later_steps.h"
#include "job/requests.h"
#include "project/project_grid.h"

namespace pantograph::job {
namespace {

std::vector<method::ProbePick> default_picks(const project::Project& project) {
  std::vector<method::ProbePick> picks;
  for (const auto& domain : project.specialization.domains) {
    const std::string& selection = project.specialization.selection;
    const auto kind = selection == "best-before" ? train::ExpertChoice::lowest_loss : train::ExpertChoice::by_cluster;
    picks.push_back({domain, {kind, 0}});
  }
  return picks;
}

}  // namespace

struct Engine::Impl {
  Impl(project::Project first, EngineOptions engine_options, std::function<void(const Event&)> event_sink)
      : options(std::move(engine_options)),
        sink(std::move(event_sink)),
        server(options, inspector, sink),
        executor(options, control, executor_hooks()),
        project(std::move(first)) {
    options.threads = usable_threads(options.threads);
    thread = std::thread([this] { loop(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      quit = true;
      runs.clear();
      control.stop();
    }
    wake.notify_all();
    thread.join();
  }

  void ask(SmallRequest request) {
    const std::lock_guard lock(mutex);
    requests.push_back(std::move(request));
    wake.notify_all();
  }

  // --- on the engine thread ------------------------------------------------------------------------------------------
  void loop() {
    network::set_compute_threads(options.threads);  // LibTorch keeps the number per thread
    std::unique_lock lock(mutex);
    while (!quit) {
      if (view_wanted || !requests.empty()) {
        serving = true;
        lock.unlock();
        serve(nullptr);
        lock.lock();
        serving = false;  // after the answers: wait() returns when the last is out
      } else if (cancelled > 0) {
        --cancelled;
        lock.unlock();
        sink(RunEnded{RunEnded::cancelled, exit_code(ErrorKind::interrupted), 0, {}, {}});
        lock.lock();
      } else if (!runs.empty()) {
        const QueuedRun run = std::move(runs.front());
        runs.pop_front();
        active = true;
        lock.unlock();
        const RunEnded ended = executor.run(run);
        send_view();
        sink(ended);
        lock.lock();
        active = false;  // after the sink: wait() returns when the last event is out
        if (!quit && runs.empty()) control.reset();
      } else {
        idle.notify_all();
        wake.wait(lock);
      }
    }
    idle.notify_all();
  }

  ExecutorHooks executor_hooks() {
    ExecutorHooks hooks;
    hooks.sink = sink;
    hooks.news_changed = [this] { send_view(); };
    hooks.step_changed = [this](const Step& step) { inspector.step_changed(step); };
    hooks.between = [this] { serve(nullptr); };
    hooks.picks = [this](const project::Project& run_project) {
      const std::lock_guard lock(mutex);
      return picks ? *picks : default_picks(run_project);
    };
    hooks.at_step = [this](const Step& step, const StepGraph& graph, const network::Network& network,
                           std::uint64_t number) {
      if (!has_requests()) return;
      const LiveNetwork live{step, graph, network, number};
      serve(&live);
    };
    return hooks;
  }

  bool has_requests() const {
    const std::lock_guard lock(mutex);
    return !requests.empty();
  }

  /// Requests that have to wait for another network stay in the queue, in their order.
  void serve(const LiveNetwork* live) {
    const bool wanted = view_wanted.exchange(false);
    if (wanted && !look()) return;
    std::deque<SmallRequest> asked, later;
    bool working = false;
    {
      const std::lock_guard lock(mutex);
      asked.swap(requests);
      working = active;
    }
    for (SmallRequest& request : asked) {
      const bool waits = working && live == nullptr && std::holds_alternative<ProjectRequest>(request);
      const bool not_now = working && std::holds_alternative<PruneRequest>(request);
      if (waits || not_now || !looked || !server.serve(request, live)) later.push_back(std::move(request));
    }
    {
      const std::lock_guard lock(mutex);
      requests.insert(requests.begin(), later.begin(), later.end());
    }
    if (server.take_changed() || wanted) send_view();
  }

  /// With its grids expanded: no step and no page knows them.
  project::Project current_project() const {
    std::unique_lock lock(mutex);
    const project::Project declared = project;
    lock.unlock();
    return project::expanded(declared);
  }

  bool look() {
    try {
      inspector.look(current_project());
      looked = true;
    } catch (const std::exception& e) {
      sink(Warning{"", e.what()});  // e.g. a project in the middle of being edited
    }
    return looked;
  }

  void send_view() {
    if (!looked) return;
    try {
      sink(ViewChanged{inspector.view(executor.news())});
    } catch (const std::exception& e) {
      sink(Warning{"", e.what()});
    }
  }

  EngineOptions options;
  std::function<void(const Event&)> sink;
  Control control;
  Inspector inspector;  // engine thread only, and all below
  RequestServer server;
  Executor executor;
  bool looked = false;  // the inspector has a graph
  std::atomic<bool> view_wanted{true};

  mutable std::mutex mutex;  // guards all that follows
  std::condition_variable wake, idle;
  project::Project project;  // as it was declared
  std::deque<QueuedRun> runs;
  std::deque<SmallRequest> requests;
  std::optional<std::vector<method::ProbePick>> picks;
  int cancelled = 0;  // queued runs that a stop dropped and whose RunEnded is still to be sent
  bool active = false, serving = false, quit = false;
  std::thread thread;  // last: it uses the others
};

Engine::Engine(project::Project project, EngineOptions options, std::function<void(const Event&)> sink)
    : impl_(std::make_unique<Impl>(std::move(project), std::move(options), std::move(sink))) {}

Engine::~Engine() = default;

void Engine::set_project(project::Project project) {
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
  {
    const std::lock_guard lock(impl_->mutex);
    if (!impl_->active && impl_->runs.empty()) return;  // nothing that could be paused
    impl_->control.pause();
  }
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
  if (!impl_->active) impl_->control.reset();  // a pause of what is dropped
  impl_->wake.notify_all();
}

bool Engine::running() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->active || !impl_->runs.empty();
}

void Engine::wait() {
  std::unique_lock lock(impl_->mutex);
  impl_->idle.wait(lock, [this] {
    return impl_->quit || (!impl_->active && !impl_->serving && impl_->runs.empty() && impl_->cancelled == 0 &&
                           !impl_->view_wanted && impl_->requests.empty());
  });
}

void Engine::set_probes(std::vector<method::ProbePick> picks) {
  const std::lock_guard lock(impl_->mutex);
  impl_->picks = std::move(picks);
}

void Engine::project_now(const std::string& method, std::uint64_t seed, const std::string& domain,
                         train::ExpertChoice choice, const std::string& file) {
  impl_->ask(ProjectRequest{method, seed, domain, choice, file});
}

void Engine::annotate(const std::string& run, RunNotes notes) {
  impl_->ask(AnnotateRequest{run, std::move(notes)});
}

void Engine::delete_runs(std::vector<std::string> runs) {
  impl_->ask(DeleteRequest{std::move(runs)});
}

void Engine::read_curves(std::vector<std::string> runs) {
  impl_->ask(CurvesRequest{std::move(runs)});
}

void Engine::plan_prune() {
  impl_->ask(PrunePlanRequest{});
}

void Engine::prune(PrunePlan plan) {
  impl_->ask(PruneRequest{std::move(plan)});
}

Plan Engine::plan(const RunRequest& request, bool estimate) const {
  const project::Project project = impl_->current_project();
  const StepGraph graph(project);
  CostEstimator costs(project, impl_->options);
  Plan plan;
  const auto add = [&](const Step& step) {
    StepInfo info = describe(step, {});
    if (estimate && info.state != StepState::up_to_date) {
      info.estimated_seconds = costs.of(step).seconds;
      info.does_not_fit = costs.shortfall(step);
    }
    plan.steps.push_back(std::move(info));
  };
  const auto pending = graph.pending(request.only);
  if (request.only.empty()) {
    for (const auto& step : graph.steps()) add(step);
  } else {
    for (const std::size_t index : pending) add(graph.steps()[index]);
  }
  plan.later = later_steps(project, graph, request.only, impl_->options, estimate);
  if (estimate) {
    std::vector<std::string> ids;
    for (const std::size_t index : pending) ids.push_back(graph.steps()[index].id);
    plan.disk_bytes = disk_bytes(project, graph, ids, impl_->options);
  }
  return plan;
}

}  // namespace pantograph::job
