// SPDX-License-Identifier: GPL-3.0-or-later
// How long the missing steps will take: training from FLOPs over the measured rate of this machine, data steps from
// their bytes over throughputs that were measured on two cores and are only meant as an order of magnitude.
#include <algorithm>
#include <map>

#include "job/view.h"
#include "method/method.h"
#include "plan/estimate.h"

namespace pantograph {
namespace {

constexpr double kImportBytesPerSecond = 15e6;
constexpr double kTokenizeBytesPerSecond = 4e6;
constexpr double kClusterBytesPerSecond = 2e6;
constexpr double kPlainSlowdown = 4;  // distillation: LibTorch's operations, and the teacher's forward pass

double corpus_bytes(const CorpusSpec& corpus, const Project& project) {
  double bytes = 0;
  std::error_code code;
  for (const auto& file : source_files(corpus, project.folder())) {
    const auto size = std::filesystem::file_size(file.path, code);
    if (!code) bytes += static_cast<double>(size);
  }
  return corpus.max_bytes > 0 ? std::min(bytes, static_cast<double>(corpus.max_bytes)) : bytes;
}

double training_seconds(double flops, int width, const EngineOptions& options, const std::string& precision) {
  // Of the rate of bare matrix products, a whole step reaches about half: the rest is norms, attention and the
  // optimizer.
  constexpr double kShare = 0.5;
  return flops / (kShare * measured_flop_rate(width, options.device, precision));
}

}  // namespace

double ceiling_tokens(const Project& project, const Step& step, const EngineOptions& options) {
  const MethodSpec* method = project.method(step.method);
  if (method == nullptr || (step.kind != StepKind::pretrain && step.kind != StepKind::specialize)) return 0;
  NetworkConfig config = method_network(project, *method, project.tokenizer.vocabulary);
  const bool generic = step.kind == StepKind::pretrain;
  const std::string& precision = generic ? method->generic.precision : project.specialization.precision;
  return measured_flop_rate(config.small.width, options.device, precision) /
         estimate_network(config, 1, 1).flops_per_token_training;
}

void estimate_seconds(const Project& project, const StepGraph& graph, const EngineOptions& options,
                      std::vector<StepInfo>& steps) {
  double all_bytes = 0;
  for (const auto& corpus : project.corpora) all_bytes += corpus_bytes(corpus, project);
  const int vocabulary = project.tokenizer.vocabulary;
  std::map<std::pair<std::string, bool>, std::string> shortfalls;  // by method and phase
  for (auto& info : steps) {
    if (info.state == StepState::up_to_date) continue;
    const Step& step = graph.at(info.id);
    const CorpusSpec* corpus = project.corpus(step.corpus);
    const MethodSpec* method = project.method(step.method);
    if (step.kind == StepKind::pretrain || step.kind == StepKind::specialize) {
      const bool generic = step.kind == StepKind::pretrain;
      const auto [found, missing] = shortfalls.try_emplace({step.method, generic});
      if (missing) found->second = memory_shortfall(project, *method, generic, {options.device});
      info.does_not_fit = found->second;
    }
    switch (step.kind) {
      case StepKind::import:
        info.estimated_seconds = corpus_bytes(*corpus, project) / kImportBytesPerSecond;
        break;
      case StepKind::tokenizer:
        info.estimated_seconds = std::min<double>(all_bytes, static_cast<double>(project.tokenizer.sample_bytes)) / 1e6;
        break;
      case StepKind::tokenize:
        info.estimated_seconds = corpus_bytes(*corpus, project) / kTokenizeBytesPerSecond;
        break;
      case StepKind::cluster:
        info.estimated_seconds = all_bytes / kClusterBytesPerSecond;
        break;
      case StepKind::pretrain: {
        const NetworkConfig config = method_network(project, *method, vocabulary);
        const GenericSpec& generic = method->generic;
        // A mixture's experts share the budget; which has how much is known once there are clusters.
        const auto parts = static_cast<std::uint64_t>(step.cluster >= 0 ? step.clusters : 1);
        const double flops =
            training_flops(config, generic.tokens / parts, generic.tokens_per_step, generic.experts_per_step);
        info.estimated_seconds = training_seconds(flops, config.small.width, options, generic.precision);
        break;
      }
      case StepKind::specialize: {
        NetworkConfig config = method_network(project, *method, vocabulary);
        config.projected = false;
        const SpecializationSpec& spec = project.specialization;
        // Early stopping: four passes over the set, as an upper guess the step limit.
        const std::uint64_t tokens = std::min(4 * step.tokens, spec.max_steps_for(step.tokens) * spec.tokens_per_step);
        const bool all = method_kind(method->kind).experts() && project.selection_of(*method) == "best-after";
        const double runs = all ? step.clusters : 1;
        info.estimated_seconds = 2 * runs *
                                 training_seconds(training_flops(config, tokens, spec.tokens_per_step, 1),
                                                  config.small.width, options, spec.precision);
        if (!method->teacher.empty()) info.estimated_seconds *= kPlainSlowdown;
        break;
      }
      case StepKind::report:
        info.estimated_seconds = 1;
        break;
    }
  }
}

}  // namespace pantograph
