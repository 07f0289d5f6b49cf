// SPDX-License-Identifier: GPL-3.0-or-later
// The specialization phase: choose the expert, project it, fine-tune with early stopping. Validation decides; the test
// set is read once before and once after.
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

struct Start {
  Network network;  ///< a small network
  ChosenExpert chosen;
  std::string selection;
};

Start project_expert(const Project& project, const std::string& domain, const MethodInputs& inputs,
                     const Network& pretrained, const TaskContext& task) {
  const std::string& wanted = project.specialization.selection;
  const ExpertChoice choice = recipe::parse_selection(wanted, pretrained.config().k);
  const ChosenExpert chosen = choose_expert(project, inputs, pretrained, domain, choice, task);
  return {pretrained.project(chosen.expert), chosen, choice.kind == ExpertChoice::fixed ? "by hand" : wanted};
}

/// Expert i is what cluster i was when the network was pretrained. Equal settings give equal clusters on one machine,
/// not on another.
void check_clusters(const MethodInputs& inputs, const PretrainOutcome& generic,
                    const std::filesystem::path& pretrained) {
  const WindowSet windows = clustered_windows(inputs.clustering, recipe::open_generic(inputs), Split::train);
  if (recipe::fingerprint(windows) == generic.clusters) return;
  throw Error(ErrorKind::run,
              {"the network was pretrained on other clusters than those that are there now", pretrained.string(),
               "the clustering that its experts belong to",
               "Delete that folder and run again: the network is then pretrained on the present clusters."});
}

TrainSettings fine_tuning_settings(const SpecializationSpec& spec, const MethodSpec& method, bool from_scratch) {
  TrainSettings settings;
  settings.steps = spec.max_steps;
  settings.rate = method.generic.rate * (from_scratch ? 1.0 : spec.rate_factor);
  settings.warmup = spec.warmup;
  settings.schedule = "constant";
  settings.clip = method.generic.clip;
  settings.weight_decay = method.generic.weight_decay;
  settings.precision = spec.precision;
  settings.evaluate_every = spec.evaluate_every;
  settings.checkpoint_seconds = method.generic.checkpoint_seconds;
  settings.patience = spec.patience;
  return settings;
}

}  // namespace

ResultRecord specialize(const Project& project, const MethodSpec& method, const std::string& domain,
                        std::uint64_t tokens, std::uint64_t seed, const MethodInputs& inputs,
                        const std::filesystem::path& pretrained, const TrainHooks& hooks,
                        const std::filesystem::path& folder, const TaskContext& task) {
  const SpecializationSpec& spec = project.specialization;
  const NetworkConfig config = method_network(project, method, inputs.vocabulary);
  const MethodKind& kind = method_kind(method.kind);
  const int context = config.small.context;
  const EvaluationSet validation = recipe::domain_evaluation(project, inputs, domain, Split::validation, context);
  const EvaluationSet test = recipe::domain_evaluation(project, inputs, domain, Split::test, context);
  const WindowSet set = domain_windows(recipe::open_domain(inputs, domain), Split::train,
                                       static_cast<std::uint32_t>(project.window()), tokens, domain);

  ResultRecord record;
  const auto begin = [&]() -> Start {
    if (!kind.generic_phase) return {Network::create(config, derive_seed(seed, "weights"), inputs.device), {}, ""};
    const PretrainOutcome generic = read_pretrain_summary(pretrained);
    record.generic_tokens = generic.train.tokens;
    record.generic_flops = generic.flops;
    record.generic_seconds = generic.train.seconds;
    record.generic_perplexity = perplexity(generic.generic_loss);
    Network network = load_pretrained(pretrained, inputs.device);
    if (!kind.projected) return {std::move(network), {}, ""};
    check_clusters(inputs, generic, pretrained);
    return project_expert(project, domain, inputs, network, task);
  };
  Start start = begin();
  Network& network = start.network;

  const auto shape = recipe::step_shape(spec.tokens_per_step, context, 1);
  ClusterSampler sampler(set, shape.rows, context, 1, derive_seed(seed, "specialize/" + domain));
  const double before = evaluate(network, test, {}, spec.precision, task).loss;

  TrainHooks all = hooks;
  all.probes = [&] { return std::vector<Probe>{{"validation", &validation, {}}}; };
  const TrainSettings settings = fine_tuning_settings(spec, method, !kind.generic_phase);
  const TrainResult trained = train(network, sampler, settings, all, folder, task);
  const double after = evaluate(network, test, {}, spec.precision, task).loss;

  record.method = method.name;
  record.kind = method.kind;
  record.domain = domain;
  record.specialization_tokens = tokens;
  record.specialization_steps = spec.patience > 0 ? trained.best_step : trained.steps;
  record.specialization_flops =
      start.chosen.flops + training_flops(network.config(), trained.tokens, shape.tokens(context), 1);
  record.specialization_seconds = start.chosen.seconds + trained.seconds;
  record.expert = start.chosen.expert;
  record.selection = start.selection;
  record.perplexity_before = perplexity(before);
  record.perplexity_after = perplexity(after);
  record.parameters_pretraining = kind.generic_phase ? network_parameters(config) : 0;
  record.parameters_inference = network.parameters();
  record.seed = seed;
  recipe::write_network(network, folder / "small.h5",
                        fmt::format("{} specialized on {} ({} tokens), seed {}", method.name, domain, tokens, seed));
  write_atomically(folder / "result.json", to_json(record).dump(2) + "\n");
  return record;
}

}  // namespace pantograph
