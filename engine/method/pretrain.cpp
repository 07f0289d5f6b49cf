// SPDX-License-Identifier: GPL-3.0-or-later
// The generic phase: one network, all clusters, the same rows for every method with equal settings.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "method/recipe.h"
#include "plan/estimate.h"

namespace pantograph {
namespace {

/// Of the final generic loss. Not a setting: the number is part of the artifact, whose key does not hold how widely
/// evaluations look.
constexpr std::uint64_t kGenericLossTokens = 200'000;

TrainSettings generic_settings(const MethodSpec& method, std::uint64_t step_tokens) {
  const GenericSpec& spec = method.generic;
  TrainSettings settings;
  settings.steps = (spec.tokens + step_tokens - 1) / step_tokens;
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
  ProbeSets(const Project& project, const MethodInputs& inputs, int context)
      : project_(project),
        inputs_(inputs),
        context_(context),
        clustering_(read_clustering_summary(inputs.clustering)) {}

  std::vector<Probe> probes(const std::vector<ProbePick>& picks) {
    std::vector<Probe> out;
    for (const auto& pick : picks) {
      if (!inputs_.domains.contains(pick.domain)) continue;  // removed, or not imported when this run began
      auto& set = sets_[pick.domain];
      if (!set)
        set = std::make_unique<EvaluationSet>(
            recipe::domain_evaluation(project_, inputs_, pick.domain, Split::validation, context_));
      out.push_back({"probe/" + pick.domain, set.get(), recipe::resolve(pick.choice, clustering_, pick.domain)});
    }
    return out;
  }

 private:
  const Project& project_;
  const MethodInputs& inputs_;
  int context_;
  ClusteringSummary clustering_;
  std::map<std::string, std::unique_ptr<EvaluationSet>> sets_;
};

void write_summary(const PretrainOutcome& outcome, const std::filesystem::path& folder) {
  const TrainResult& train = outcome.train;
  const nlohmann::json json = {{"config", to_json(outcome.config)},
                               {"steps", train.steps},
                               {"tokens", train.tokens},
                               {"seconds", train.seconds},
                               {"evaluation_seconds", train.evaluation_seconds},
                               {"final_loss", train.final_loss},
                               {"flops", outcome.flops},
                               {"generic_loss", outcome.generic_loss},
                               {"clusters", outcome.clusters},
                               {"memory_estimated", outcome.memory.estimated},
                               {"memory_peak", outcome.memory.peak}};
  write_atomically(folder / "summary.json", json.dump(2) + "\n");
}

}  // namespace

PretrainOutcome pretrain(const Project& project, const MethodSpec& method, std::uint64_t seed,
                         const MethodInputs& inputs, const std::function<std::vector<ProbePick>()>& picks,
                         const TrainHooks& hooks, const std::filesystem::path& folder, const TaskContext& task) {
  const NetworkConfig config = method_network(project, method, inputs.vocabulary);
  const int context = config.small.context;
  const auto shape = recipe::step_shape(method.generic.tokens_per_step, context, method.generic.experts_per_step);

  const recipe::Stores stores = recipe::open_generic(inputs);
  WindowSet windows = clustered_windows(inputs.clustering, stores, Split::train);
  PretrainOutcome outcome;
  outcome.clusters = recipe::fingerprint(windows);
  ClusterSampler sampler(std::move(windows), shape.rows, context, shape.groups, derive_seed(seed, "generic rows"));
  const EvaluationSet validation = make_evaluation_set(clustered_windows(inputs.clustering, stores, Split::validation),
                                                       context, project.evaluation_tokens, "generic");
  ProbeSets probe_sets(project, inputs, context);
  const TrainSettings settings = generic_settings(method, shape.tokens(context));
  const recipe::MemoryWatch memory(config, settings, shape, inputs.device, method.name);
  Network network = Network::create(config, derive_seed(seed, "weights"), inputs.device);

  TrainHooks all = hooks;
  all.probes = [&] {
    std::vector<Probe> probes = probe_sets.probes(picks ? picks() : std::vector<ProbePick>{});
    probes.insert(probes.begin(), {"generic", &validation, {ExpertChoice::by_cluster, 0}});
    return probes;
  };

  outcome.config = config;
  outcome.train = train(network, sampler, settings, all, folder, task);
  outcome.memory = memory.use();
  outcome.flops = training_flops(config, outcome.train.tokens, shape.tokens(context), shape.groups);
  const EvaluationSet final_set = make_evaluation_set(clustered_windows(inputs.clustering, stores, Split::validation),
                                                      context, kGenericLossTokens, "generic");
  outcome.generic_loss = evaluate(network, final_set, {ExpertChoice::by_cluster, 0}, settings.precision, task).loss;
  recipe::write_network(network, folder / "network.h5", fmt::format("{}, seed {}, generic phase", method.name, seed));
  write_summary(outcome, folder);
  return outcome;
}

PretrainOutcome read_pretrain_summary(const std::filesystem::path& folder) {
  const auto file = folder / "summary.json";
  try {
    const nlohmann::json json = nlohmann::json::parse(read_file(file));
    PretrainOutcome outcome;
    outcome.config = network_config_from_json(json.at("config"));
    outcome.train.steps = json.at("steps");
    outcome.train.tokens = json.at("tokens");
    outcome.train.seconds = json.at("seconds");
    outcome.train.evaluation_seconds = json.at("evaluation_seconds");
    outcome.train.final_loss = json.at("final_loss");
    outcome.flops = json.at("flops");
    outcome.generic_loss = json.at("generic_loss");
    outcome.clusters = json.at("clusters");
    outcome.memory.estimated = json.value("memory_estimated", std::uint64_t{0});
    outcome.memory.peak = json.value("memory_peak", std::uint64_t{0});
    return outcome;
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorKind::run, {std::string("damaged: ") + e.what(), file.string(), "the summary of a finished run",
                                 "Delete its folder and run again."});
  }
}

}  // namespace pantograph
