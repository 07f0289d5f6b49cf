// SPDX-License-Identifier: GPL-3.0-or-later
// The specialization phase: choose the expert, project it, fine-tune with early stopping. Validation decides; the test
// set is read once before and once after.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "base/words.h"
#include "method/fine_tuning.h"
#include "plan/estimate.h"

namespace pantograph::method {
namespace {

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

model::Provenance provenance_of(const measure::ResultRecord& record) {
  model::Provenance out;
  out.method = record.method;
  out.kind = record.kind;
  out.domain = record.domain;
  out.expert = record.expert;
  out.seed = record.seed;
  out.sample = record.sample;
  out.generic_budget = record.generic_budget;
  out.specialization_tokens = record.specialization_tokens;
  out.validation_loss = record.validation_loss;
  out.test_perplexity = record.perplexity_after;
  return out;
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
  const std::vector<double> factors = rate_factors(project, method, tokens);
  for (const int expert : chosen.experts) {
    for (const double factor : factors) {
      std::string name = chosen.experts.size() > 1 ? fmt::format("expert-{}", expert) : "";
      if (factors.size() > 1) name += fmt::format("{}rate-{}", name.empty() ? "" : "-", factor);
      try {
        tuning.run(from.small(expert), expert, factor, hooks, name.empty() ? folder : folder / name, task);
      } catch (const train::Diverged& e) {  // a rate that is too high is what a sweep may hold
        if (factors.size() == 1) throw;
        task.warn(fmt::format("rate factor {}: {}; it is left out", factor, e.text().found));
      }
    }
  }
  if (!tuning.network) {
    throw Error(ErrorKind::run, {"training diverged at every rate", "specialization.sweep.rate_factor",
                                 "a rate at which the loss stays finite", "Try smaller factors."});
  }
  if (tuning.best_folder != folder) {  // the run's curve is that of the one that was kept
    std::filesystem::copy_file(tuning.best_folder / "metrics.jsonl", folder / "metrics.jsonl",
                               std::filesystem::copy_options::overwrite_existing);
  }

  const network::Network& network = *tuning.network;
  const double before = train::evaluate(from.small(tuning.best_expert), test, {}, precision, task).loss;
  std::vector<float> each;
  const double after = train::evaluate(network, test, precision, task, each).loss;
  const measure::TestLosses documents = recipe::document_losses(test, each);
  recipe::write_test_losses(documents, folder);
  record.test_documents = documents.documents.size();
  record.test_tokens = test.targets;
  if (!inputs.tokenizer.empty()) record.test_bytes = recipe::text_bytes(test, token::Tokenizer(inputs.tokenizer));
  if (const auto variance = measure::over_documents({{&documents, 1}})) record.test_error = std::sqrt(variance->value);
  record.expert = kind.experts() ? tuning.best_expert : -1;
  record.specialization_steps = tuning.steps;
  record.specialization_tokens_seen = tuning.tokens_seen;
  record.selection_flops = chosen.flops + tuning.flops - tuning.best_flops;
  record.selection_seconds = chosen.seconds + tuning.seconds - tuning.best_seconds;
  record.specialization_flops += chosen.flops + tuning.flops;
  record.specialization_seconds += chosen.seconds + tuning.seconds;
  record.validation_flops = chosen.flops + tuning.validation_flops;
  record.validation_seconds = chosen.seconds + tuning.validation_seconds;
  record.validation_tokens = tuning.validation().targets;
  record.rate_factor = tuning.best_factor;
  record.context = config.small.context;
  record.validation_loss = tuning.validation_loss;
  record.perplexity_before = measure::perplexity(before);
  record.perplexity_after = measure::perplexity(after);
  record.parameters_inference = network.parameters();
  const auto copies = static_cast<std::uint64_t>(kind.per_cluster ? from.trained.size() : 1);
  record.parameters_pretraining = kind.generic_phase ? copies * plan::network_parameters(config) : 0;
  record.inference_flops_per_token = plan::estimate_network(network.config(), 1, 1).flops_per_token_training / 3.0;
  recipe::write_model(network,
                      {fmt::format("{} specialized on {} ({} tokens), seed {}", method.name, domain, tokens,
                                   words::seed_and_sample(seed, sample)),
                       provenance_of(record)},
                      inputs, folder / kSmallNetworkFile);
  write_atomically(folder / kResultFile, measure::to_json(record).dump(2) + "\n");
  return record;
}

}  // namespace pantograph::method
