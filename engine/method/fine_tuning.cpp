// SPDX-License-Identifier: GPL-3.0-or-later
#include "method/fine_tuning.h"

#include "base/random.h"
#include "network/lora.h"
#include "plan/estimate.h"

namespace pantograph::method {
namespace {

train::TrainSettings fine_tuning_settings(const project::Project& project, const project::MethodSpec& method,
                                          std::uint64_t tokens) {
  const project::SpecializationSpec& spec = project.specialization;
  const project::GenericSpec& generic = project.pretrained_by(method).generic;
  train::TrainSettings settings;
  settings.steps = spec.max_steps_for(tokens);
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

}  // namespace

std::vector<double> rate_factors(const project::Project& project, const project::MethodSpec& method,
                                 std::uint64_t tokens) {
  const project::SpecializationSpec& spec = project.specialization;
  if (!spec.sweep.rate_factor.empty()) return spec.sweep.rate_factor;
  if (!project::method_kind(method.kind).generic_phase) return {1.0};
  return {method.rate_factor > 0 ? method.rate_factor : spec.rate_factor_for(tokens)};
}

FineTuning::FineTuning(const project::Project& project, const project::MethodSpec& method, const SpecializePart& part,
                       const MethodInputs& inputs, int context)
    : method_(method),
      settings_(fine_tuning_settings(project, method, part.tokens)),
      rate_(project.pretrained_by(method).generic.rate),
      shape_(recipe::step_shape(project.specialization.tokens_per_step, context, 1)),
      context_(context),
      device_(inputs.device),
      seed_(derive_seed(part.seed, "specialize/" + part.domain, part.sample)),
      set_(token::domain_sample(recipe::open_domain(inputs, part.domain), static_cast<std::uint32_t>(project.window()),
                                part.tokens, part.seed, part.domain, part.sample)),
      validation_(recipe::domain_evaluation(project, inputs, part.domain, corpus::Split::validation, context)) {}

void FineTuning::distil_from(std::shared_ptr<const network::Network> teacher) {
  settings_.teacher = std::move(teacher);
  settings_.temperature = method_.temperature;
  settings_.teacher_weight = method_.teacher_weight;
}

void FineTuning::run(network::Network start, int expert, double rate_factor, const train::TrainHooks& hooks,
                     const std::filesystem::path& folder, const TaskContext& task) {
  settings_.rate = rate_ * rate_factor;
  token::ClusterSampler sampler(set_, shape_.rows, context_, 1, seed_);
  train::TrainHooks all = hooks;
  all.probes = [&] { return std::vector<train::Probe>{{"validation", &validation_, {}}}; };
  const bool adapters = method_.adaptation == "lora";
  if (adapters)
    start = network::with_lora(start, method_.lora_rank, method_.lora_alpha, derive_seed(seed_, "adapters"));
  const network::NetworkConfig config = start.config();
  recipe::MemoryWatch(config, settings_, shape_, device_, method_.name, true);
  train::TrainResult trained;
  try {
    trained = train::train(start, sampler, settings_, all, folder, task);
  } catch (const train::Diverged& e) {  // it was tried, and is paid for
    pay(e.spent, config);
    throw;
  }
  double loss = trained.best_validation;
  if (settings_.patience == 0) {
    const train::Evaluation last = train::evaluate(start, validation_, {}, settings_.precision, task);
    loss = last.loss;
    trained.evaluation_flops += last.flops;
    trained.evaluation_seconds += last.seconds;
  }
  const double cost = pay(trained, config);
  if (network && !(loss < validation_loss)) return;
  network.emplace(adapters ? network::merge(start) : std::move(start));
  best_expert = expert;
  best_factor = rate_factor;
  best_folder = folder;
  best_flops = cost;
  best_seconds = trained.seconds + trained.evaluation_seconds;
  validation_loss = loss;
  steps = settings_.patience > 0 ? trained.best_step : trained.steps;
}

double FineTuning::pay(const train::TrainResult& spent, const network::NetworkConfig& config) {
  double cost = plan::training_flops(config, spent.tokens, shape_.tokens(context_), 1);
  if (settings_.teacher) cost += teacher_flops(spent.tokens);
  cost += spent.evaluation_flops;
  validation_flops += spent.evaluation_flops;
  validation_seconds += spent.evaluation_seconds;
  flops += cost;
  seconds += spent.seconds + spent.evaluation_seconds;
  tokens_seen += spent.tokens;
  return cost;
}

double FineTuning::teacher_flops(std::uint64_t tokens) const {
  return plan::training_flops(settings_.teacher->config(), tokens, shape_.tokens(context_), 1) / 3.0;
}

}  // namespace pantograph::method
