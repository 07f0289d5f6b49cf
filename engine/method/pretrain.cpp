// SPDX-License-Identifier: GPL-3.0-or-later
// The generic phase: one network, all clusters, the same rows for every method with equal settings.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/random.h"
#include "method/generic_phase.h"
#include "plan/estimate.h"

namespace pantograph::method {
namespace {

/// Of the final generic loss. Not a setting: the number is part of the artifact, whose key does not hold how widely
/// evaluations look.
constexpr std::uint64_t kGenericLossTokens = 200'000;

train::TrainSettings generic_settings(const project::MethodSpec& method, std::uint64_t steps) {
  const project::GenericSpec& spec = method.generic;
  train::TrainSettings settings;
  settings.steps = steps;
  settings.rate = spec.rate;
  settings.schedule = spec.schedule;
  settings.final_rate = spec.final_rate;
  settings.decay = spec.decay;
  settings.warmup = std::min(spec.warmup, spec.schedule == "wsd" ? train::decay_start(settings) : settings.steps / 2);
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
  ProbeSets(const project::Project& project, const MethodInputs& inputs, const PretrainPart& part, int context)
      : project_(project),
        inputs_(inputs),
        part_(part),
        context_(context),
        clustering_(cluster::read_clustering_summary(inputs.clustering)) {}

  std::vector<train::Probe> probes(const std::vector<ProbePick>& picks) {
    std::vector<train::Probe> out;
    for (const auto& pick : picks) {
      if (!inputs_.domains.contains(pick.domain)) continue;  // removed, or not imported when this run began
      if (!concerned(pick.domain)) continue;
      auto& set = sets_[pick.domain];
      if (!set)
        set = std::make_unique<token::EvaluationSet>(
            recipe::domain_evaluation(project_, inputs_, pick.domain, corpus::Split::validation, context_));
      train::ExpertChoice choice = pick.choice;  // for all methods, whose numbers of experts may differ
      if (choice.kind == train::ExpertChoice::fixed && choice.expert >= clustering_.clusters)
        choice.kind = train::ExpertChoice::by_cluster;
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
           recipe::resolve({train::ExpertChoice::by_cluster, 0}, clustering_, domain).expert == part_.cluster;
  }

  const project::Project& project_;
  const MethodInputs& inputs_;
  const PretrainPart& part_;
  int context_;
  cluster::ClusteringSummary clustering_;
  std::map<std::string, std::unique_ptr<token::EvaluationSet>> sets_;
};

/// Thrown when the last network that is wanted has been saved.
struct PassedAll {};

/// A run that was finished before: what it left is as it was written, but for networks of budgets.
std::optional<PretrainOutcome> finished_before(const std::filesystem::path& folder) {
  try {
    PretrainOutcome outcome = read_pretrain_summary(folder);
    store::read_checkpoint(folder / network_file_name(0));
    const std::vector<store::MetricPoint> curve = store::read_metrics(folder / "metrics.jsonl");
    const auto last = std::find_if(curve.rbegin(), curve.rend(), [](const auto& p) { return p.series == "train"; });
    if (last == curve.rend() || last->step != outcome.train.steps) return std::nullopt;
    return outcome;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

GenericPhase::GenericPhase(const project::Project& project, const project::MethodSpec& method, std::uint64_t seed,
                           const PretrainPart& part, const MethodInputs& inputs, const std::filesystem::path& folder,
                           const TaskContext& task)
    : project_(project),
      method_(method),
      seed_(seed),
      part_(part),
      inputs_(inputs),
      folder_(folder),
      task_(task),
      config_(method_network(project, method, inputs.vocabulary)),
      // A resampled set is drawn row by row, so that a step's rows follow the histogram closely.
      shape_(recipe::step_shape(method.generic.tokens_per_step, config_.small.context,
                                !part.domain.empty() ? std::numeric_limits<int>::max()
                                : part.cluster < 0   ? method.generic.experts_per_step
                                                     : 1)),
      data_(recipe::generic_data(method, part, inputs, task)),
      settings_(generic_settings(method, steps_for(method.generic.tokens, data_.share, step_tokens()))),
      snapshots_(method, data_.share, step_tokens(), folder) {}

token::ClusterSampler GenericPhase::sampler() const {
  const std::string stream = part_.cluster < 0 ? "generic rows" : fmt::format("generic rows/{}", part_.cluster);
  return token::ClusterSampler(data_.train, shape_.rows, config_.small.context, shape_.groups,
                               derive_seed(seed_, stream), data_.shares);
}

network::Network GenericPhase::start() const {
  return recipe::starting_network(method_, config_, seed_, part_.grown_from, inputs_.device);
}

token::EvaluationSet GenericPhase::validation(std::uint64_t tokens) const {
  return token::make_evaluation_set(data_.validation, config_.small.context, tokens, "generic");
}

void GenericPhase::save(const network::Network& network, std::uint64_t budget, double training_loss) const {
  model::ModelFacts facts;
  facts.name = fmt::format("{}, seed {}, generic phase", method_.name, seed_);
  if (!part_.domain.empty()) facts.name += " for " + part_.domain;
  if (part_.cluster >= 0) facts.name += fmt::format(", expert {}", part_.cluster);
  if (budget > 0) facts.name += fmt::format(" at {} tokens", budget);
  model::Provenance& from = facts.provenance;
  from.method = method_.name;
  from.kind = method_.kind;
  from.domain = part_.domain;
  from.expert = part_.cluster;
  from.seed = seed_;
  from.generic_budget = project_.tokens_before(method_) + (budget > 0 ? budget : method_.generic.tokens);
  from.training_loss = training_loss;
  recipe::write_model(network, std::move(facts), inputs_, folder_ / network_file_name(budget));
}

PretrainOutcome GenericPhase::run(const std::function<std::vector<ProbePick>()>& picks,
                                  const train::TrainHooks& hooks) {
  PretrainOutcome outcome;
  outcome.clusters = data_.clusters;
  outcome.resampling = data_.resampling;
  outcome.config = config_;
  token::ClusterSampler rows = sampler();
  const token::EvaluationSet set = validation(project_.evaluation_tokens);
  ProbeSets probe_sets(project_, inputs_, part_, config_.small.context);
  const recipe::MemoryWatch memory(config_, settings_, shape_, inputs_.device, method_.name);
  network::Network network = start();
  train::TrainHooks all = hooks;
  all.probes = [&] {
    std::vector<train::Probe> probes = probe_sets.probes(picks ? picks() : std::vector<ProbePick>{});
    if (set.targets > 0) probes.insert(probes.begin(), {"generic", &set, {train::ExpertChoice::by_cluster, 0}});
    return probes;
  };
  all.at_step = [&](const network::Network& now, std::uint64_t step) {
    if (!branches()) snapshots_.at_step(step, [&](std::uint64_t budget) { save(now, budget, 0); });
    if (hooks.at_step) hooks.at_step(now, step);
  };
  train::TrainSettings settings = settings_;
  if (branches()) {
    for (const auto& [budget, steps] : snapshots_.steps())
      settings.branch_steps.push_back(train::decay_start(branch_settings(steps)));
  } else {
    snapshots_.make_sure();
  }
  outcome.train = train::train(network, rows, settings, all, folder_, part_of_work(0, false));
  outcome.memory = memory.use();
  save(network, 0, outcome.train.final_loss);
  if (branches()) train_branches(snapshots_.missing());
  std::vector<std::uint64_t> budgets = method_.generic.budgets;
  budgets.push_back(0);
  add_stages(outcome, budgets);
  recipe::write_pretrain_summary(outcome, folder_);
  return outcome;
}

PretrainOutcome GenericPhase::add_budgets(PretrainOutcome outcome) {
  const std::vector<std::uint64_t> missing = snapshots_.missing();
  std::vector<std::uint64_t> unknown;  // budgets whose losses are not known
  for (const auto& [budget, steps] : snapshots_.steps()) {
    const auto of_budget = [budget = budget](const GenericStage& stage) { return stage.budget == budget; };
    const auto known = std::find_if(outcome.stages.begin(), outcome.stages.end(), of_budget);
    const bool lost = std::find(missing.begin(), missing.end(), budget) != missing.end();
    if (known != outcome.stages.end() && lost) outcome.stages.erase(known);
    if (known == outcome.stages.end() || lost) unknown.push_back(budget);
  }
  if (branches()) {
    train_branches(missing);
  } else if (!missing.empty()) {
    const std::uint64_t last = snapshots_.steps().at(missing.back());
    const std::filesystem::path work = folder_ / "budgets";
    seed_checkpoints(folder_ / store::kCheckpointsFolder, work / store::kCheckpointsFolder,
                     snapshots_.steps().at(missing.front()));
    token::ClusterSampler rows = sampler();
    network::Network network = start();
    train::TrainHooks hooks;
    hooks.at_step = [&](const network::Network& now, std::uint64_t step) {
      snapshots_.at_step(step, [&](std::uint64_t budget) { save(now, budget, 0); });
      if (step >= last) throw PassedAll();
    };
    try {
      train::train(network, rows, settings_, hooks, work, task_);
    } catch (const PassedAll&) {
    }
    std::filesystem::remove_all(work);
  }
  add_stages(outcome, unknown);
  recipe::write_pretrain_summary(outcome, folder_);
  return outcome;
}

void GenericPhase::add_stages(PretrainOutcome& outcome, const std::vector<std::uint64_t>& budgets) const {
  const token::EvaluationSet set = validation(kGenericLossTokens);
  // What the network grew from is part of its cost.
  const GenericStage grown =
      part_.grown_from.empty() ? GenericStage{} : read_pretrain_summary(part_.grown_from).stage(method_.start_budget);
  const std::vector<store::MetricPoint> curve = store::read_metrics(folder_ / "metrics.jsonl");
  const train::TrainResult& train = outcome.train;
  for (const std::uint64_t budget : budgets) {
    const std::uint64_t steps = budget == 0 ? train.steps : snapshots_.steps().at(budget);
    GenericStage stage;
    stage.budget = budget;
    stage.tokens = budget == 0 ? train.tokens : train.tokens / train.steps * steps;
    stage.flops = plan::training_flops(config_, stage.tokens, step_tokens(), shape_.groups) + grown.flops;
    stage.seconds = (budget == 0 ? train.seconds : seconds_at(curve, steps, train)) + grown.seconds;
    stage.tokens += grown.tokens;
    if (set.targets > 0) {
      stage.generic_tokens = data_.validation.tokens();  // the weight among a mixture's experts
      const network::Network at = load_pretrained(folder_, inputs_.device, budget);
      stage.generic_loss =
          train::evaluate(at, set, {train::ExpertChoice::by_cluster, 0}, settings_.precision, task_).loss;
    }
    outcome.stages.push_back(stage);
  }
  std::sort(outcome.stages.begin(), outcome.stages.end(), [](const GenericStage& a, const GenericStage& b) {
    return (a.budget == 0 ? ~std::uint64_t{0} : a.budget) < (b.budget == 0 ? ~std::uint64_t{0} : b.budget);
  });
}

PretrainOutcome pretrain(const project::Project& project, const project::MethodSpec& method, std::uint64_t seed,
                         const PretrainPart& part, const MethodInputs& inputs,
                         const std::function<std::vector<ProbePick>()>& picks, const train::TrainHooks& hooks,
                         const std::filesystem::path& folder, const TaskContext& task) {
  GenericPhase phase(project, method, seed, part, inputs, folder, task);
  if (auto before = finished_before(folder)) return phase.add_budgets(std::move(*before));
  return phase.run(picks, hooks);
}

}  // namespace pantograph::method
