// SPDX-License-Identifier: GPL-3.0-or-later
// How long missing steps will take and what they will write: training from FLOPs over the measured rate of this
// machine, data steps from their bytes over throughputs that were measured on two cores and are only meant as an order
// of magnitude.
#include "job/estimate.h"

#include <algorithm>

#include "job/step_types.h"
#include "plan/estimate.h"

namespace pantograph::job {
namespace {

constexpr double kImportBytesPerSecond = 15e6;
constexpr double kOverlapBytesPerSecond = 60e6;  // every document is read twice
constexpr double kDistinctBytesPerSecond = 100e6;
constexpr double kTrainTokenizerBytesPerSecond = 1e6;
constexpr double kTokenizeBytesPerSecond = 4e6;
constexpr double kClusterBytesPerSecond = 2e6;
constexpr double kPlainSlowdown = 4;    // distillation: LibTorch's operations, and the teacher's forward pass
constexpr double kTokenBytes = 0.7;     // of a token store, for each byte of text: some three characters a token
constexpr double kCheckpoints = 2 + 1;  // kept while training, and the one that is being written
constexpr double kStates = 3;           // a checkpoint holds the weights and Adam's two moments
constexpr double kCurveBytes = 1e6;     // curves and records of a run, at most

double corpus_bytes(const project::CorpusSpec& corpus, const project::Project& project) {
  double bytes = 0;
  std::error_code code;
  try {
    const corpus::Sources sources = corpus::source_files(corpus, project.folder());
    for (const auto& file : sources.files) {
      const auto size = std::filesystem::file_size(file.path, code);
      if (!code) bytes += static_cast<double>(size);
    }
  } catch (const Error&) {  // sources that are gone; the import says so
  }
  return corpus.max_bytes > 0 ? std::min(bytes, static_cast<double>(corpus.max_bytes)) : bytes;
}

double training_seconds(double flops, int width, const EngineOptions& options, const std::string& precision) {
  // Of the rate of bare matrix products, a whole step reaches about half: the rest is norms, attention and the
  // optimizer.
  constexpr double kShare = 0.5;
  return flops / (kShare * plan::measured_flop_rate(width, options.device, precision));
}

double network_bytes(const network::NetworkConfig& config) {
  return 4.0 * static_cast<double>(plan::network_parameters(config));
}

const project::MethodSpec& method_of(const CostQuestion& question) {
  return *question.project.method(question.step.key.method);
}

}  // namespace

namespace steps {

StepCost cost_of_import(const CostQuestion& question) {
  return {question.corpus_bytes / kImportBytesPerSecond, question.corpus_bytes};
}

StepCost cost_of_overlap(const CostQuestion& question) {
  return {question.all_bytes / kOverlapBytesPerSecond, kCurveBytes};
}

StepCost cost_of_distinct(const CostQuestion& question) {
  return {question.corpus_bytes / kDistinctBytesPerSecond, question.corpus_bytes};
}

StepCost cost_of_tokenizer(const CostQuestion& question) {
  const auto sample = static_cast<double>(question.project.tokenizer.sample_bytes);
  return {std::min(question.all_bytes, sample) / kTrainTokenizerBytesPerSecond, kCurveBytes};
}

StepCost cost_of_tokenize(const CostQuestion& question) {
  return {question.corpus_bytes / kTokenizeBytesPerSecond, kTokenBytes * question.corpus_bytes,
          kTokenBytes * question.corpus_bytes};
}

StepCost cost_of_cluster(const CostQuestion& question) {
  const project::ClusteringSpec& spec = question.project.clustering;
  const double components = 4.0 * spec.features * static_cast<double>(spec.dimensions);
  return {question.all_bytes / kClusterBytesPerSecond, components + kCurveBytes};
}

StepCost cost_of_pretrain(const CostQuestion& question) {
  const project::MethodSpec& method = method_of(question);
  const network::NetworkConfig config =
      method::method_network(question.project, method, question.project.tokenizer.vocabulary);
  const project::GenericSpec& generic = method.generic;
  // A mixture's experts share the budget; which has how much is known once there are clusters.
  const auto parts = static_cast<std::uint64_t>(question.step.key.cluster >= 0 ? question.step.clusters : 1);
  const double flops = plan::training_flops(config, (generic.tokens + generic.branch_tokens()) / parts,
                                            generic.tokens_per_step, generic.experts_per_step);
  const double states = kCheckpoints + (generic.branch_tokens() > 0 ? static_cast<double>(generic.budgets.size()) : 0);
  const double networks = 1 + static_cast<double>(generic.budgets.size());
  return {training_seconds(flops, config.small.width, question.options, generic.precision),
          networks * network_bytes(config) + kCurveBytes, states * kStates * network_bytes(config)};
}

StepCost cost_of_specialize(const CostQuestion& question) {
  const project::Project& project = question.project;
  const project::MethodSpec& method = method_of(question);
  network::NetworkConfig config = method::method_network(project, method, project.tokenizer.vocabulary);
  config.projected = false;
  const project::SpecializationSpec& spec = project.specialization;
  const std::uint64_t size = question.step.key.tokens;
  // Early stopping: four passes over the set, as an upper guess the step limit.
  const std::uint64_t tokens = std::min(4 * size, spec.max_steps_for(size) * spec.tokens_per_step);
  const bool all = project::method_kind(method.kind).experts() && project.selection_of(method) == "best-after";
  const double rates = std::max<double>(1, static_cast<double>(spec.sweep.rate_factor.size()));
  const double runs = rates * (all ? question.step.clusters : 1);
  double seconds = 2 * runs *
                   training_seconds(plan::training_flops(config, tokens, spec.tokens_per_step, 1), config.small.width,
                                    question.options, spec.precision);
  if (!method.teacher.empty()) seconds *= kPlainSlowdown;
  return {seconds, network_bytes(config) + kCurveBytes, kCheckpoints * (kStates + 1) * network_bytes(config)};
}

StepCost cost_of_report(const CostQuestion&) {
  return {1, kCurveBytes};
}

}  // namespace steps

double ceiling_tokens(const project::Project& project, const Step& step, const EngineOptions& options) {
  const project::MethodSpec* method = project.method(step.key.method);
  if (method == nullptr || !step.key.trains()) return 0;
  const network::NetworkConfig config = method::method_network(project, *method, project.tokenizer.vocabulary);
  const bool generic = step.kind() == StepKind::pretrain;
  const std::string& precision = generic ? method->generic.precision : project.specialization.precision;
  return plan::measured_flop_rate(config.small.width, options.device, precision) /
         plan::estimate_network(config, 1, 1).flops_per_token_training;
}

CostEstimator::CostEstimator(const project::Project& project, const EngineOptions& options)
    : project_(project), options_(options) {
  for (const auto& corpus : project.corpora) all_bytes_ += bytes_[corpus.name] = corpus_bytes(corpus, project);
}

StepCost CostEstimator::of(const Step& step) const {
  const auto found = bytes_.find(step.key.corpus);
  return step_type(step.kind())
      .estimate({project_, step, options_, found == bytes_.end() ? 0 : found->second, all_bytes_});
}

std::string CostEstimator::shortfall(const Step& step) {
  if (!step.key.trains()) return {};
  const bool generic = step.kind() == StepKind::pretrain;
  const auto [found, missing] = shortfalls_.try_emplace({step.key.method, generic});
  if (missing)
    found->second = method::memory_shortfall(project_, *project_.method(step.key.method), generic, {options_.device});
  return found->second;
}

}  // namespace pantograph::job
