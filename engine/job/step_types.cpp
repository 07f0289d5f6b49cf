// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/step_types.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/error.h"
#include "base/files.h"
#include "job/runs.h"
#include "store/checkpoint.h"
#include "store/run_times.h"

namespace pantograph::job {
namespace {

constexpr std::array kTypes = {
    StepType{StepKind::import, steps::run_import, steps::cost_of_import, nullptr},
    StepType{StepKind::overlap, steps::run_overlap, steps::cost_of_overlap, steps::overlap_parts},
    StepType{StepKind::distinct, steps::run_distinct, steps::cost_of_distinct, nullptr},
    StepType{StepKind::tokenizer, steps::run_tokenizer, steps::cost_of_tokenizer, nullptr},
    StepType{StepKind::tokenize, steps::run_tokenize, steps::cost_of_tokenize, nullptr},
    StepType{StepKind::cluster, steps::run_cluster, steps::cost_of_cluster, steps::cluster_parts},
    StepType{StepKind::pretrain, steps::run_pretrain, steps::cost_of_pretrain, nullptr},
    StepType{StepKind::specialize, steps::run_specialize, steps::cost_of_specialize, nullptr},
    StepType{StepKind::report, steps::run_report, steps::cost_of_report, nullptr},
};

/// Keeps run.json of a training step in step with what happens to it.
class RunKeeper {
 public:
  RunKeeper(const StepWork& work, const project::Project& declared) : declared_(declared), folder_(work.step.folder()) {
    if (!work.step.key.trains()) return;
    if (const auto before = read_run_info(folder_)) earlier_seconds_ = before->record.seconds;
    record_.step = work.step.key;
    record_.key = work.step.artifact.key();
    record_.title = work.step.title;
    record_.settings = work.step.settings;
    record_.inputs = input_hashes(work.graph, work.step);
    record_.program = store::program_name();
    record_.machine = store::machine_name();
    record_.started = store::iso_time(std::chrono::system_clock::now());
    record_.seconds = earlier_seconds_;
    write_run_record(declared_, folder_, record_);
    writes_ = true;
  }

  void end(RunState state, double seconds, const std::string& error = "") {
    if (!writes_) return;
    record_.state = state;
    record_.error = error;
    record_.seconds = earlier_seconds_ + seconds;
    record_.finished = store::iso_time(std::chrono::system_clock::now());
    write_run_record(declared_, folder_, record_);
    const auto run = read_run_info(folder_);
    if (state != RunState::finished || (run != nullptr && run->notes.keep)) return;
    std::error_code ignored;  // what it leaves holds the result; moments and earlier states are of no more use
    std::filesystem::remove_all(folder_ / store::kCheckpointsFolder, ignored);
  }

  /// The same, when the step fails: what went wrong with it is what matters.
  void end_quietly(RunState state, double seconds, const std::string& error) {
    try {
      end(state, seconds, error);
    } catch (const std::exception&) {
    }
  }

 private:
  const project::Project& declared_;
  std::filesystem::path folder_;
  RunRecord record_;
  double earlier_seconds_ = 0;
  bool writes_ = false;
};

}  // namespace

const StepType& step_type(StepKind kind) {
  return *std::find_if(kTypes.begin(), kTypes.end(), [kind](const StepType& type) { return type.kind == kind; });
}

std::map<std::string, std::string> input_hashes(const StepGraph& graph, const Step& step) {
  std::map<std::string, std::string> inputs;
  for (const StepContent& part : step.content) {
    const Step& input = graph.at(part.step);
    if (input.complete()) inputs[part.step + ' ' + part.part] = input.manifest->content(part.part);
  }
  return inputs;
}

void run_step(const StepWork& work, const project::Project& declared) {
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [start] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const store::Artifact& artifact = work.step.artifact;
  const StepType& type = step_type(work.step.kind());
  artifact.begin();
  RunKeeper run(work, declared);
  try {
    type.run(work);
    store::Manifest manifest;
    manifest.settings = work.step.settings;
    manifest.inputs = input_hashes(work.graph, work.step);
    manifest.seconds = seconds();
    if (type.parts != nullptr) manifest.parts = type.parts(work);
    artifact.finish(std::move(manifest));
  } catch (const Interrupted&) {
    run.end_quietly(RunState::stopped, seconds(), "");
    throw;
  } catch (const std::exception& e) {
    run.end_quietly(RunState::failed, seconds(), e.what());
    throw;
  }
  run.end(RunState::finished, seconds());
}

}  // namespace pantograph::job
