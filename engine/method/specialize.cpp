// SPDX-License-Identifier: GPL-3.0-or-later
// The specialization phase: choose the expert, project it, fine-tune with early stopping. Validation decides; the test
// set is read once before and once after.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "base/words.h"
#include "method/recipe.h"
#include "network/lora.h"
#include "plan/estimate.h"

namespace pantograph::method {
namespace {

train::TrainSettings fine_tuning_settings(const project::Project& project, const project::MethodSpec& method,
                                          std::uint64_t tokens) {
  const project::SpecializationSpec& spec = project.specialization;
  const project::GenericSpec& generic = project.pretrained_by(method).generic;
  const double factor = method.rate_factor > 0 ? method.rate_factor : spec.rate_factor_for(tokens);
  train::TrainSettings settings;
  settings.steps = spec.max_steps_for(tokens);
  settings.rate = generic.rate * (project::method_kind(method.kind).generic_phase ? factor : 1.0);
  settings.warmup = spec.warmup;
  settings.schedule = "constant";
  settings.clip = generic.clip;
  settings.weight_decay = generic.weight_decay;
  settings.precision = spec.precision;
  settings.evaluate_every = spec.evaluate_every;
  settings.checkpoint_seconds = generic.checkpoint_seconds;
  settings.patience = spec.patience;
  return settings;
}

/// Fine-tunes the shortlisted experts one after the other and keeps the one of the lowest validation loss.
class FineTuning {
 public:
  FineTuning(const project::Project& project, const project::MethodSpec& method, const SpecializePart& part,
             const MethodInputs& inputs, int context)
      : method_(method),
        settings_(fine_tuning_settings(project, method, part.tokens)),
        shape_(recipe::step_shape(project.specialization.tokens_per_step, context, 1)),
        context_(context),
        device_(inputs.device),
        seed_(derive_seed(part.seed, "specialize/" + part.domain, part.sample)),
        set_(token::domain_sample(recipe::open_domain(inputs, part.domain),
                                  static_cast<std::uint32_t>(project.window()), part.tokens, part.seed, part.domain,
                                  part.sample)),
        validation_(recipe::domain_evaluation(project, inputs, part.domain, corpus::Split::validation, context)) {}

  const token::WindowSet& set() const { return set_; }
  const token::EvaluationSet& validation() const { return validation_; }
  void distil_from(std::shared_ptr<const network::Network> teacher) {
    settings_.teacher = std::move(teacher);
    settings_.temperature = method_.temperature;
    settings_.teacher_weight = method_.teacher_weight;
  }

  /// `start` becomes the fine-tuned network where it is the best so far.
  void run(network::Network start, int expert, const train::TrainHooks& hooks, const std::filesystem::path& folder,
           const TaskContext& task) {
    token::ClusterSampler sampler(set_, shape_.rows, context_, 1, seed_);
    train::TrainHooks all = hooks;
    all.probes = [&] { return std::vector<train::Probe>{{"validation", &validation_, {}}}; };
    const bool adapters = method_.adaptation == "lora";
    if (adapters)
      start = network::with_lora(start, method_.lora_rank, method_.lora_alpha, derive_seed(seed_, "adapters"));
    const network::NetworkConfig config = start.config();
    recipe::MemoryWatch(config, settings_, shape_, device_, method_.name, true);
    const train::TrainResult trained = train::train(start, sampler, settings_, all, folder, task);
    const double loss = settings_.patience > 0
                            ? trained.best_validation
                            : train::evaluate(start, validation_, {}, settings_.precision, task).loss;
    double cost = plan::training_flops(config, trained.tokens, shape_.tokens(context_), 1);
    if (settings_.teacher) cost += teacher_flops(trained.tokens);
    flops += cost;
    seconds += trained.seconds;
    tokens_seen += trained.tokens;
    if (network && !(loss < validation_loss)) return;
    network.emplace(adapters ? network::merge(start) : std::move(start));
    best_expert = expert;
    best_flops = cost;
    best_seconds = trained.seconds;
    validation_loss = loss;
    steps = settings_.patience > 0 ? trained.best_step : trained.steps;
  }

  std::optional<network::Network> network;
  int best_expert = -1;
  double validation_loss = 0;
  std::uint64_t steps = 0, tokens_seen = 0;
  double flops = 0, seconds = 0;            ///< of all that were tried
  double best_flops = 0, best_seconds = 0;  ///< of the one that was kept

 private:
  /// Of the teacher's forward passes: a third of a training step's three passes.
  double teacher_flops(std::uint64_t tokens) const {
    return plan::training_flops(settings_.teacher->config(), tokens, shape_.tokens(context_), 1) / 3.0;
  }

  const project::MethodSpec& method_;
  train::TrainSettings settings_;
  const recipe::StepShape shape_;
  const int context_;
  const network::Device device_;
  const std::uint64_t seed_;
  const token::WindowSet set_;
  const token::EvaluationSet validation_;
};

measure::ResultRecord read_teacher(const std::filesystem::path& folder) {
  const auto file = folder / kResultFile;
  const auto damaged = [&](const std::string& found) {
    return Error(ErrorKind::run, {found, file.string(), "the teacher's result",
                                  "Delete the folder " + folder.string() + " and run again."});
  };
  try {
    return measure::result_from_json(nlohmann::json::parse(read_file(file)));
  } catch (const Error& e) {
    throw damaged(e.text().found);
  } catch (const nlohmann::json::exception& e) {
    throw damaged(std::string("damaged: ") + e.what());
  }
}

void add_teacher(measure::ResultRecord& record, const std::filesystem::path& folder) {
  const measure::ResultRecord teacher = read_teacher(folder);
  record.teacher_generic_flops = teacher.generic_flops;
  record.teacher_generic_seconds = teacher.generic_seconds;
  record.teacher_specialization_flops = teacher.specialization_flops;
  record.teacher_specialization_seconds = teacher.specialization_seconds;
}

/// What the generic phase gave and cost. The experts of a mixture add up; their losses are averaged by their tokens.
void add_generic(measure::ResultRecord& record, const project::MethodKind& kind, const Pretrained& pretrained) {
  double loss = 0, loss_tokens = 0;
  GenericStage sum;
  bool whole = true;
  for (const auto& folder : pretrained.folders) {
    whole = whole && !folder.empty();
    if (folder.empty()) continue;
    const PretrainOutcome outcome = read_pretrain_summary(folder);
    const GenericStage& stage = outcome.stage(pretrained.budget);
    sum.tokens += stage.tokens;
    sum.flops += stage.flops;
    sum.seconds += stage.seconds;
    loss += stage.generic_loss * static_cast<double>(stage.generic_tokens);
    loss_tokens += static_cast<double>(stage.generic_tokens);
    record.effective_windows = outcome.resampling.effective_windows;
    record.total_windows = outcome.resampling.windows;
    record.repetition = outcome.resampling.repetition * static_cast<double>(stage.tokens) /
                        static_cast<double>(std::max<std::uint64_t>(outcome.train.tokens, 1));
  }
  if (whole && loss_tokens > 0) record.generic_perplexity = measure::perplexity(loss / loss_tokens);
  record.generic_tokens = sum.tokens;
  if (kind.per_domain) {  // this run serves one domain: it is part of the cost of that domain [PN, table of costs]
    record.specialization_flops += sum.flops;
    record.specialization_seconds += sum.seconds;
  } else {
    record.generic_flops = sum.flops;
    record.generic_seconds = sum.seconds;
  }
}

}  // namespace

measure::ResultRecord specialize(const project::Project& project, const project::MethodSpec& method,
                                 const SpecializePart& part, const MethodInputs& inputs, const Pretrained& pretrained,
                                 const train::TrainHooks& hooks, const std::filesystem::path& folder,
                                 const TaskContext& task) {
  const auto& [domain, tokens, seed, sample] = part;
  const network::NetworkConfig config = method_network(project, method, inputs.vocabulary);
  const project::MethodKind& kind = project::method_kind(method.kind);
  const std::string& precision = project.specialization.precision;
  const token::EvaluationSet test =
      recipe::domain_evaluation(project, inputs, domain, corpus::Split::test, config.small.context);
  FineTuning tuning(project, method, part, inputs, config.small.context);

  measure::ResultRecord record;
  record.method = method.name;
  record.kind = method.kind;
  record.domain = domain;
  record.network = method.network;
  record.seed = seed;
  record.sample = sample;
  record.specialization_tokens = tokens;
  record.adaptation = method.adaptation;
  if (kind.generic_phase) {
    const project::GenericSpec& generic = project.pretrained_by(method).generic;
    record.generic_budget =
        project.tokens_before(method) + (pretrained.budget > 0 ? pretrained.budget : generic.tokens);
    add_generic(record, kind, pretrained);
  }
  if (kind.own_clusters()) record.clusters = project.clusters_of(method);
  record.h = config.h;
  record.m = config.m;

  recipe::Candidates from{
      1, {0}, [&](int) { return network::Network::create(config, derive_seed(seed, "weights"), inputs.device); }};
  if (kind.generic_phase) from = recipe::candidates(method, pretrained, inputs);
  recipe::Shortlist chosen{{0}, 0, 0};
  if (kind.experts()) {
    const std::string& selection = project.selection_of(method);
    // The experts of a mixture that are needed were chosen before there was a set.
    const int frequent = method.experts == "needed"
                             ? cluster::read_clustering_summary(inputs.clustering).domains.at(domain).most_frequent
                             : recipe::most_frequent(recipe::histogram(inputs, domain, tuning.set()));
    chosen = recipe::shortlist(from, selection, frequent, domain, tuning.validation(), precision, task);
    const bool by_hand = selection != "frequent" && selection != "best-before" && selection != "best-after";
    record.selection = by_hand ? "by hand" : selection;
  }
  if (!pretrained.teacher.empty()) {
    tuning.distil_from(std::make_shared<const network::Network>(
        recipe::load_network(pretrained.teacher / kSmallNetworkFile, inputs.device)));
    add_teacher(record, pretrained.teacher);
  }
  for (const int expert : chosen.experts) {
    const bool one = chosen.experts.size() == 1;
    tuning.run(from.small(expert), expert, hooks, one ? folder : folder / fmt::format("expert-{}", expert), task);
  }

  const network::Network& network = *tuning.network;
  const double before = train::evaluate(from.small(tuning.best_expert), test, {}, precision, task).loss;
  const double after = train::evaluate(network, test, {}, precision, task).loss;
  record.expert = kind.experts() ? tuning.best_expert : -1;
  record.specialization_steps = tuning.steps;
  record.specialization_tokens_seen = tuning.tokens_seen;
  record.selection_flops = chosen.flops + tuning.flops - tuning.best_flops;
  record.selection_seconds = chosen.seconds + tuning.seconds - tuning.best_seconds;
  record.specialization_flops += chosen.flops + tuning.flops;
  record.specialization_seconds += chosen.seconds + tuning.seconds;
  record.validation_loss = tuning.validation_loss;
  record.perplexity_before = measure::perplexity(before);
  record.perplexity_after = measure::perplexity(after);
  record.parameters_inference = network.parameters();
  const auto copies = static_cast<std::uint64_t>(kind.per_cluster ? from.trained.size() : 1);
  record.parameters_pretraining = kind.generic_phase ? copies * plan::network_parameters(config) : 0;
  record.inference_flops_per_token = plan::estimate_network(network.config(), 1, 1).flops_per_token_training / 3.0;
  recipe::write_network(network, folder / kSmallNetworkFile,
                        fmt::format("{} specialized on {} ({} tokens), seed {}", method.name, domain, tokens,
                                    words::seed_and_sample(seed, sample)));
  write_atomically(folder / kResultFile, measure::to_json(record).dump(2) + "\n");
  return record;
}

}  // namespace pantograph::method
