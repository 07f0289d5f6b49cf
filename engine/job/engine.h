// SPDX-License-Identifier: GPL-3.0-or-later
// The facade: both front ends open a project, ask what is up to date, start what is not, and listen. Neither Qt nor
// LibTorch here. One engine thread does all the work; every call below returns at once and may come from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "cluster/clustering.h"
#include "corpus/import.h"
#include "job/prune.h"
#include "job/runs.h"
#include "job/step_key.h"
#include "measure/results.h"
#include "method/method.h"
#include "overlap/overlap.h"
#include "project/project.h"
#include "report/clusterings.h"
#include "report/laws.h"
#include "store/metrics.h"
#include "token/token_store.h"

namespace pantograph::job {

enum class StepState { missing, stale, partial, up_to_date, running, failed };
const char* to_string(StepState state);

/// One step of the project's graph.
struct StepInfo {
  StepKey key;
  std::string id;
  std::string title;  ///< "Pretrain slm-pn (seed 7)"
  StepState state = StepState::missing;
  std::vector<std::string> inputs;  ///< ids
  std::string folder;               ///< of its artifact
  double estimated_seconds = 0;     ///< 0: unknown
  double seconds = 0;               ///< it took, when up to date
  std::string error;                ///< when failed
  std::string note;                 ///< what its user should know of it: that its sources are gone, what it waits for
  std::string does_not_fit;         ///< estimated as well: why it needs more memory than is free, and what would fit
};

/// Steps of which it is known only with the clusters whether there are any: at most so many, and so long.
struct LaterSteps {
  int steps = 0;
  double seconds = 0;  ///< 0: not estimated
};

/// What a request would do.
struct Plan {
  std::vector<StepInfo> steps;  ///< all, or those that are asked for and not up to date
  LaterSteps later;             ///< what may follow once there are clusters (mixtures of needed experts)
  double disk_bytes = 0;        ///< that the missing steps will need; 0: not estimated
};

struct CorpusView {
  std::string name;
  std::optional<corpus::ImportSummary> imported;
  std::optional<token::TokenSummary> tokenized;
};

/// Points of a curve, shared by every view that shows them.
class CurvePoints {
 public:
  CurvePoints() = default;
  CurvePoints(
      std::vector<store::MetricPoint> points)  // NOLINT(google-explicit-constructor): a vector that is not copied
      : points_(std::make_shared<const std::vector<store::MetricPoint>>(std::move(points))) {}
  const std::vector<store::MetricPoint>& all() const {
    static const std::vector<store::MetricPoint> none;
    return points_ ? *points_ : none;
  }
  auto begin() const { return all().begin(); }
  auto end() const { return all().end(); }
  std::size_t size() const { return all().size(); }
  bool empty() const { return all().empty(); }
  const store::MetricPoint& front() const { return all().front(); }
  const store::MetricPoint& back() const { return all().back(); }

 private:
  std::shared_ptr<const std::vector<store::MetricPoint>> points_;
};

/// Curves of a generic phase or a specialization.
struct RunView {
  StepKey key;
  CurvePoints points;
};

/// Folders of a format that this program no longer reads; they can be pruned.
struct FormerArtifacts {
  int folders = 0;
  std::uint64_t bytes = 0;
};

/// Everything that the pages show, read from the artifacts on the engine thread.
struct ProjectView {
  std::vector<StepInfo> steps;
  std::vector<CorpusView> corpora;
  std::optional<overlap::Overlap> overlap;  ///< near-copies and leaks, where they are up to date
  std::optional<cluster::ClusteringSummary> clustering;
  std::vector<RunView> runs;
  std::vector<measure::ResultRecord> results;  ///< of up-to-date specializations
  RunList history;                             ///< every run that there is, of this declaration and of earlier ones
  FormerArtifacts former;
  report::Clusterings clusterings;   ///< all that are up to date, compared
  std::optional<report::Laws> laws;  ///< of the report, where it is up to date
  int vocabulary = 0;                ///< 0 until there is a tokenizer
};

struct ViewChanged {
  std::shared_ptr<const ProjectView> view;
};
struct StepStarted {
  std::string id, title;
  int index = 0, count = 0;  ///< index from 1
};
struct StepProgress {
  std::string id;
  double done = 0, total = 0;
  std::string unit;
  double elapsed_seconds = 0, remaining_seconds = -1;
  double rate = 0;     ///< units per second since the step's first report; 0: too early to say
  double ceiling = 0;  ///< training: tokens per second that matrix products alone would reach here; 0: not known
};
struct StepFinished {
  std::string id;
  double seconds = 0;
  std::string made;  ///< a sentence, or empty
};
struct StepFailed {
  std::string id;  ///< empty: the run as a whole
  ErrorKind kind;
  ErrorText text;
  std::string message;
};
struct MetricAdded {
  StepKey step;
  store::MetricPoint point;
};
struct Warning {
  std::string id, message;
};
struct Projected {
  std::string file;
  std::string message;
};  ///< answer to project_now; file empty on failure
/// Answer to read_curves(), in the order of the runs asked for.
struct CurvesRead {
  std::vector<std::string> runs;
  std::vector<CurvePoints> curves;
};
/// Answer to plan_prune() and to prune().
struct PrunePlanned {
  PrunePlan plan;
};
struct Pruned {
  std::uint64_t bytes = 0;  ///< freed
  std::string error;        ///< empty when all of it went
};
struct RunPaused {
  bool paused = false;
};
/// A run goes on after a step that failed with everything that does not need it.
struct RunEnded {
  enum Kind { finished, failed, cancelled } kind = finished;
  int exit_code = 0;
  int steps_run = 0;
  std::vector<StepFailed> failed_steps;
  std::vector<std::string> skipped;  ///< ids of the steps that needed one of these
};
using Event = std::variant<ViewChanged, StepStarted, StepProgress, StepFinished, StepFailed, MetricAdded, Warning,
                           Projected, CurvesRead, PrunePlanned, Pruned, RunPaused, RunEnded>;

struct EngineOptions {
  std::string device = "cpu";
  int threads = 0;  ///< 0: all cores
};

/// Which steps to bring up to date. Inputs that are not up to date are always included.
struct RunRequest {
  std::vector<std::string> only;  ///< step ids or their first part ("pretrain", "specialize/slm"); empty: everything
};

class Engine {
 public:
  /// `sink` is called on the engine thread; it must be quick and must not call back into wait() or the destructor.
  Engine(project::Project project, EngineOptions options, std::function<void(const Event&)> sink);
  ~Engine();  ///< asks a run to stop (checkpoint saved), waits for it
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Replaces the project. A run that goes on keeps the settings that it was started with. Sends ViewChanged.
  void set_project(project::Project project);
  void refresh();                  ///< sends ViewChanged
  void start(RunRequest request);  ///< ends with exactly one RunEnded; a second one while running is queued
  void pause();
  void resume();
  void stop();  ///< ends the run after a checkpoint; queued ones are dropped
  bool running() const;
  void wait();  ///< until nothing runs and nothing is queued

  /// Live: from the next evaluation on.
  void set_probes(std::vector<method::ProbePick> picks);
  /// Small network of the running pretraining for a domain's expert at its next step, or of the finished one. Sends
  /// Projected.
  void project_now(const std::string& method, std::uint64_t seed, const std::string& domain, train::ExpertChoice choice,
                   const std::string& file);

  // What follows is answered between steps and while they work. Runs are named by their ids (RunRecord::key).
  void annotate(const std::string& run, RunNotes notes);  ///< sends ViewChanged; Warning when it cannot be written
  void delete_runs(std::vector<std::string> runs);        ///< sends ViewChanged; Warning for each that stays
  void read_curves(std::vector<std::string> runs);        ///< of any runs; sends CurvesRead
  void plan_prune();                                      ///< sends PrunePlanned
  void prune(PrunePlan plan);                             ///< sends Pruned and ViewChanged; not while a run works

  /// The plan as of now, on the caller's thread (reads manifests only): for --status and --dry-run.
  /// `estimate` also fills in what it costs, which measures the machine for about a second the first time.
  Plan plan(const RunRequest& request, bool estimate = false) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// First thing in main(): starts the program again, once, where the environment would make it slow and the user has not
/// chosen. OpenBLAS that does not know this processor is told a similar one (OPENBLAS_CORETYPE). OpenMP's threads are
/// told to sleep soon at a barrier (OMP_WAIT_POLICY, GOMP_SPINCOUNT): they read it before main() runs, and by default a
/// busy neighbour (the window, another program) makes them spin away most of the processor.
void prepare_process(char** argv);

/// Registers readers, loads plugins, sets the allocator up for training. Once, before any Engine.
void initialize_engine();
const char* program_version();

}  // namespace pantograph::job
