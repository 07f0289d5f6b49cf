// SPDX-License-Identifier: GPL-3.0-or-later
#include "method/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"

namespace pantograph::method::recipe {

StepShape step_shape(std::uint64_t tokens_per_step, int context, int groups_wanted) {
  StepShape shape;
  shape.rows = static_cast<int>(std::max<std::uint64_t>(1, tokens_per_step / static_cast<std::uint64_t>(context)));
  shape.groups = std::clamp(groups_wanted, 1, shape.rows);
  while (shape.rows % shape.groups != 0) --shape.groups;
  return shape;
}

Stores open_generic(const MethodInputs& inputs) {
  Stores stores;
  for (const auto& [name, folder] : inputs.generic)
    stores.emplace_back(name, std::make_shared<const token::TokenStore>(folder));
  return stores;
}

std::shared_ptr<const token::TokenStore> open_domain(const MethodInputs& inputs, const std::string& domain) {
  const auto found = inputs.domains.find(domain);
  if (found == inputs.domains.end()) {
    throw Error(ErrorKind::project, {fmt::format("\"{}\" is not a domain of this project", domain),
                                     "specialization.domains", "the name of a corpus with role = \"domain\"", ""});
  }
  return std::make_shared<const token::TokenStore>(found->second);
}

token::EvaluationSet domain_evaluation(const project::Project& project, const MethodInputs& inputs,
                                       const std::string& domain, corpus::Split split, int context) {
  const auto window = static_cast<std::uint32_t>(project.window());
  const token::WindowSet windows = token::domain_windows(open_domain(inputs, domain), split, window, domain);
  return token::make_evaluation_set(windows, context, project.evaluation_tokens, domain);
}

std::string fingerprint(const token::WindowSet& windows) {
  Hasher hasher;
  for (const auto& entry : windows.entries) hasher.add(&entry.cluster, sizeof entry.cluster);
  return hasher.result().hex();
}

train::ExpertChoice parse_selection(const std::string& selection, int experts) {
  if (selection == "frequent") return {train::ExpertChoice::by_cluster, 0};
  if (selection == "best-before") return {train::ExpertChoice::lowest_loss, 0};
  int expert = -1;
  const char* end = selection.data() + selection.size();
  const auto [parsed, code] = std::from_chars(selection.data(), end, expert);
  if (code != std::errc() || parsed != end || expert < 0 || expert >= experts) {
    throw Error(ErrorKind::project,
                {fmt::format("unknown expert \"{}\"", selection), "specialization.selection",
                 fmt::format("\"frequent\", \"best-before\" or a number from 0 to {}", experts - 1), ""});
  }
  return {train::ExpertChoice::fixed, expert};
}

train::ExpertChoice resolve(train::ExpertChoice choice, const cluster::ClusteringSummary& clustering,
                            const std::string& domain) {
  if (choice.kind != train::ExpertChoice::by_cluster) return choice;
  const auto found = clustering.domains.find(domain);
  return {train::ExpertChoice::fixed, found == clustering.domains.end() ? 0 : found->second.most_frequent};
}

void write_model(const network::Network& network, model::ModelFacts facts, const MethodInputs& inputs,
                 const std::filesystem::path& file) {
  facts.provenance.program = inputs.program;
  model::write_model(network, facts, inputs.tokenizer.empty() ? std::string() : read_file(inputs.tokenizer), file);
}

}  // namespace pantograph::method::recipe

namespace pantograph::method {

std::string network_file_name(std::uint64_t budget) {
  return budget == 0 ? "network.h5" : fmt::format("network-{}.h5", budget);
}

network::Network load_pretrained(const std::filesystem::path& folder, const network::Device& device,
                                 std::uint64_t budget) {
  return recipe::load_network(folder / network_file_name(budget), device);
}

network::Network recipe::load_network(const std::filesystem::path& file, const network::Device& device) {
  const store::Checkpoint checkpoint = store::read_checkpoint(file);
  const nlohmann::json meta = nlohmann::json::parse(checkpoint.meta, nullptr, false);
  if (!meta.is_object() || !meta.contains("config")) {
    throw Error(ErrorKind::run, {"no network configuration in its meta data", file.string(),
                                 "a network file of this program", "Delete the folder that it lies in and run again."});
  }
  return network::Network::load(network::network_config_from_json(meta["config"]), checkpoint.tensors, device);
}

ChosenExpert choose_expert(const project::Project& project, const MethodInputs& inputs, const network::Network& network,
                           const std::string& domain, train::ExpertChoice choice, const TaskContext& task) {
  if (!network.config().projected) return {};
  if (choice.kind != train::ExpertChoice::lowest_loss) {
    return {recipe::resolve(choice, cluster::read_clustering_summary(inputs.clustering), domain).expert, 0, 0};
  }
  const token::EvaluationSet validation =
      recipe::domain_evaluation(project, inputs, domain, corpus::Split::validation, network.config().small.context);
  const train::Evaluation evaluation =
      train::evaluate(network, validation, choice, project.specialization.precision, task);
  return {evaluation.expert, evaluation.flops, evaluation.seconds};
}

void write_small_network(const network::Network& network, int expert, model::ModelFacts facts,
                         const MethodInputs& inputs, const std::filesystem::path& file) {
  facts.provenance.expert = expert;
  if (network.config().projected) {
    recipe::write_model(network.project(expert), std::move(facts), inputs, file);
  } else {
    recipe::write_model(network, std::move(facts), inputs, file);
  }
}

}  // namespace pantograph::method
