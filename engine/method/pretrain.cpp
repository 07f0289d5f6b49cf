// SPDX-License-Identifier: GPL-3.0-or-later
// The generic phase: one network, all clusters, the same rows for every method with equal settings.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/error.h"
#include "base/random.h"
#include "method/recipe.h"
#include "plan/estimate.h"

namespace pantograph {
namespace {

/// Of the final generic loss. Not a setting: the number is part of the artifact, whose key does not hold how widely
/// evaluations look.
constexpr std::uint64_t kGenericLossTokens = 200'000;

TrainSettings generic_settings(const MethodSpec& method, std::uint64_t steps) {
  const GenericSpec& spec = method.generic;
  TrainSettings settings;
  settings.steps = steps;
  settings.rate = spec.rate;
  settings.warmup = std::min(spec.warmup, settings.steps / 2);
  settings.schedule = spec.schedule;
  settings.final_rate = spec.final_rate;
  settings.clip = spec.clip;
  settings.weight_decay = spec.weight_decay;
  settings.rate_t = method.rate_t;
  settings.rate_e = method.rate_e;
  settings.rate_m = method.rate_m;
  settings.t_moments = method.t_moments;
  settings.rows_at_once = static_cast<int>(spec.rows_at_once);
  settings.precision = spec.precision;
  settings.evaluate_every =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(spec.evaluate_every * settings.steps));
  settings.checkpoint_seconds = spec.checkpoint_seconds;
  return settings;
}

/// Keeps the evaluation sets of the domains that were picked so far, so that a pick costs its tokens only once.
class ProbeSets {
 public:
  ProbeSets(const Project& project, const MethodInputs& inputs, const PretrainPart& part, int context)
      : project_(project),
        inputs_(inputs),
        part_(part),
        context_(context),
        clustering_(read_clustering_summary(inputs.clustering)) {}

  std::vector<Probe> probes(const std::vector<ProbePick>& picks) {
    std::vector<Probe> out;
    for (const auto& pick : picks) {
      if (!inputs_.domains.contains(pick.domain)) continue;  // removed, or not imported when this run began
      if (!concerned(pick.domain)) continue;
      auto& set = sets_[pick.domain];
      if (!set)
        set = std::make_unique<EvaluationSet>(
            recipe::domain_evaluation(project_, inputs_, pick.domain, Split::validation, context_));
      ExpertChoice choice = pick.choice;  // for all methods, whose numbers of experts may differ
      if (choice.kind == ExpertChoice::fixed && choice.expert >= clustering_.clusters)
        choice.kind = ExpertChoice::by_cluster;
      out.push_back({"probe/" + pick.domain, set.get(), recipe::resolve(choice, clustering_, pick.domain)});
    }
    return out;
  }

 private:
  /// A run for one domain follows that one, an expert of a mixture those of its cluster: others would take longer to
  /// evaluate than the run itself.
  bool concerned(const std::string& domain) const {
    if (!part_.domain.empty()) return domain == part_.domain;
    return part_.cluster < 0 ||
           recipe::resolve({ExpertChoice::by_cluster, 0}, clustering_, domain).expert == part_.cluster;
  }

  const Project& project_;
  const MethodInputs& inputs_;
  const PretrainPart& part_;
  int context_;
  ClusteringSummary clustering_;
  std::map<std::string, std::unique_ptr<EvaluationSet>> sets_;
};

/// Saves the networks that the run passes on its way, at the ends of the steps that complete a budget.
class Snapshots {
 public:
  Snapshots(const MethodSpec& method, double share, std::uint64_t step_tokens, std::filesystem::path folder)
      : folder_(std::move(folder)) {
    for (const std::uint64_t budget : method.generic.budgets) steps_[budget] = steps_for(budget, share, step_tokens);
  }

  static std::uint64_t steps_for(std::uint64_t tokens, double share, std::uint64_t step_tokens) {
    const double wanted = static_cast<double>(tokens) * share / static_cast<double>(step_tokens);
    return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(wanted - 1e-9)));
  }

  void at_step(const Network& network, std::uint64_t step) const {
    for (const auto& [budget, last] : steps_) {
      if (step == last)
        recipe::write_network(network, recipe::network_file(folder_, budget), fmt::format("at {} tokens", budget));
    }
  }

  /// A snapshot that is missing or damaged is made again: checkpoints from its step on are removed, so that the run
  /// passes it once more.
  void make_sure() const {
    for (const auto& [budget, last] : steps_) {
      try {
        read_checkpoint(recipe::network_file(folder_, budget));
      } catch (const Error&) {
        std::error_code ignored;
        for (const auto& entry : std::filesystem::directory_iterator(folder_ / "checkpoints", ignored)) {
          if (entry.path().filename() >= checkpoint_path("", last).filename())
            std::filesystem::remove(entry.path(), ignored);
        }
        return;
      }
    }
  }

  const std::map<std::uint64_t, std::uint64_t>& steps() const { return steps_; }  ///< by budget

 private:
  std::filesystem::path folder_;
  std::map<std::uint64_t, std::uint64_t> steps_;
};

/// Seconds of training until the end of `step`, from the run's own curve.
double seconds_at(const std::vector<MetricPoint>& curve, std::uint64_t step, const TrainResult& train) {
  double seconds = 0;
  for (const MetricPoint& point : curve) {
    if (point.series == "train" && point.step <= step) seconds = std::max(seconds, point.seconds);
  }
  return seconds > 0 ? seconds : train.seconds * static_cast<double>(step) / static_cast<double>(train.steps);
}

}  // namespace

PretrainOutcome pretrain(const Project& project, const MethodSpec& method, std::uint64_t seed, const PretrainPart& part,
                         const MethodInputs& inputs, const std::function<std::vector<ProbePick>()>& picks,
                         const TrainHooks& hooks, const std::filesystem::path& folder, const TaskContext& task) {
  const NetworkConfig config = method_network(project, method, inputs.vocabulary);
  const int context = config.small.context;
  // A resampled set is drawn row by row, so that a step's rows follow the histogram closely.
  const int groups =
      part.domain.empty() ? (part.cluster < 0 ? method.generic.experts_per_step : 1) : std::numeric_limits<int>::max();
  const auto shape = recipe::step_shape(method.generic.tokens_per_step, context, groups);

  recipe::GenericData data = recipe::generic_data(method, part, inputs, task);
  PretrainOutcome outcome;
  outcome.clusters = data.clusters;
  outcome.resampling = data.resampling;
  const std::string stream = part.cluster < 0 ? "generic rows" : fmt::format("generic rows/{}", part.cluster);
  ClusterSampler sampler(std::move(data.train), shape.rows, context, shape.groups, derive_seed(seed, stream),
                         data.shares);
  const EvaluationSet validation = make_evaluation_set(data.validation, context, project.evaluation_tokens, "generic");
  ProbeSets probe_sets(project, inputs, part, context);
  const std::uint64_t step_tokens = shape.tokens(context);
  const TrainSettings settings =
      generic_settings(method, Snapshots::steps_for(method.generic.tokens, data.share, step_tokens));
  const recipe::MemoryWatch memory(config, settings, shape, inputs.device, method.name);
  Network network = recipe::starting_network(method, config, seed, part.grown_from, inputs.device);

  const Snapshots snapshots(method, data.share, step_tokens, folder);
  TrainHooks all = hooks;
  all.probes = [&] {
    std::vector<Probe> probes = probe_sets.probes(picks ? picks() : std::vector<ProbePick>{});
    if (validation.targets > 0) probes.insert(probes.begin(), {"generic", &validation, {ExpertChoice::by_cluster, 0}});
    return probes;
  };
  all.at_step = [&](const Network& now, std::uint64_t step) {
    snapshots.at_step(now, step);
    if (hooks.at_step) hooks.at_step(now, step);
  };

  outcome.config = config;
  snapshots.make_sure();
  outcome.train = train(network, sampler, settings, all, folder, task);
  outcome.memory = memory.use();
  recipe::write_network(network, folder / "network.h5", fmt::format("{}, seed {}, generic phase", method.name, seed));

  const EvaluationSet final_set = make_evaluation_set(data.validation, context, kGenericLossTokens, "generic");
  // What the network grew from is part of its cost.
  const GenericStage grown =
      part.grown_from.empty() ? GenericStage{} : read_pretrain_summary(part.grown_from).stage(method.start_budget);
  const auto stage = [&](std::uint64_t budget, std::uint64_t tokens, double seconds, const Network& at) {
    GenericStage out{budget, tokens, training_flops(config, tokens, step_tokens, shape.groups), seconds, 0, 0};
    out.tokens += grown.tokens;
    out.flops += grown.flops;
    out.seconds += grown.seconds;
    if (final_set.targets > 0) out.generic_tokens = data.validation.tokens();  // the weight among a mixture's experts
    if (final_set.targets > 0)
      out.generic_loss = evaluate(at, final_set, {ExpertChoice::by_cluster, 0}, settings.precision, task).loss;
    outcome.stages.push_back(out);
  };
  const std::vector<MetricPoint> curve = read_metrics(folder / "metrics.jsonl");
  for (const auto& [budget, steps] : snapshots.steps()) {
    stage(budget, outcome.train.tokens / outcome.train.steps * steps, seconds_at(curve, steps, outcome.train),
          load_pretrained(folder, inputs.device, budget));
  }
  stage(0, outcome.train.tokens, outcome.train.seconds, network);
  recipe::write_pretrain_summary(outcome, folder);
  return outcome;
}

}  // namespace pantograph
