// SPDX-License-Identifier: GPL-3.0-or-later
// What is done for each kind of step: how it runs and what it costs, as one row of a table. Which steps there are is
// the planner's. Private to this room.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "job/graph.h"

namespace pantograph::job {

struct RunnerHooks {
  train::TrainHooks train;
  std::function<std::vector<method::ProbePick>()> picks;
  std::function<void(std::string)> say;  ///< what the step made, in a sentence
  int threads = 1;
  std::string device = "cpu";
};

/// A step and all that its work needs. The project has no grids.
struct StepWork {
  const project::Project& project;
  const StepGraph& graph;
  const Step& step;
  const RunnerHooks& hooks;
  const TaskContext& task;
};

/// Before it has run: seconds on this machine, bytes that it leaves, and bytes that it needs besides while it works.
struct StepCost {
  double seconds = 0, bytes = 0, scratch = 0;
};

/// What an estimate reads. Sizes are of text, in bytes.
struct CostQuestion {
  const project::Project& project;
  const Step& step;
  const EngineOptions& options;
  double corpus_bytes = 0;  ///< of the step's corpus
  double all_bytes = 0;     ///< of all corpora
};

struct StepType {
  StepKind kind;
  void (*run)(const StepWork& work);  ///< throws what the work throws; the manifest is not its business
  StepCost (*estimate)(const CostQuestion& question);
  /// Hashes of the parts of the finished artifact that are not whole files (Manifest::parts); null: there are none.
  std::map<std::string, std::string> (*parts)(const StepWork& work);
};
const StepType& step_type(StepKind kind);

/// Does the step's work and writes its manifest last; a run's record before and after. `declared` is the project with
/// its grids, for that record. Throws what the work throws; then the step is still incomplete.
void run_step(const StepWork& work, const project::Project& declared);

method::MethodInputs method_inputs(const project::Project& project, const StepGraph& graph,
                                   const project::MethodSpec& method, const std::string& device);
/// Content that a step's key was made from, for its manifest: "STEP PART" to hash.
std::map<std::string, std::string> input_hashes(const StepGraph& graph, const Step& step);

// The rows' functions, each where its sort of work is.
namespace steps {
void run_import(const StepWork& work);
void run_overlap(const StepWork& work);
std::map<std::string, std::string> overlap_parts(const StepWork& work);
void run_distinct(const StepWork& work);
void run_tokenizer(const StepWork& work);
void run_tokenize(const StepWork& work);
void run_cluster(const StepWork& work);
std::map<std::string, std::string> cluster_parts(const StepWork& work);
void run_pretrain(const StepWork& work);
void run_specialize(const StepWork& work);
void run_report(const StepWork& work);
StepCost cost_of_import(const CostQuestion& question);
StepCost cost_of_overlap(const CostQuestion& question);
StepCost cost_of_distinct(const CostQuestion& question);
StepCost cost_of_tokenizer(const CostQuestion& question);
StepCost cost_of_tokenize(const CostQuestion& question);
StepCost cost_of_cluster(const CostQuestion& question);
StepCost cost_of_pretrain(const CostQuestion& question);
StepCost cost_of_specialize(const CostQuestion& question);
StepCost cost_of_report(const CostQuestion& question);
}  // namespace steps

}  // namespace pantograph::job
