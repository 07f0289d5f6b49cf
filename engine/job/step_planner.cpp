// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/step_planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/hash.h"
#include "base/numbers.h"
#include "base/words.h"
#include "job/step_settings.h"
#include "project/project_file.h"

namespace pantograph::job {
namespace {

using nlohmann::json;

void read(Step& step, const StepKey& input) {
  step.inputs.push_back(input.id());
}

/// A later step's key is made from this part of what it reads.
void read(Step& step, const StepKey& input, std::string part) {
  read(step, input);
  step.content.push_back({input.id(), std::move(part)});
}

}  // namespace

void StepPlanner::plan() {
  add_data();
  if (graph_.find(StepKey::tokenizer()) == nullptr) return;
  add_clusterings();
  for (const bool grown : {false, true}) {  // what others grow from stands before them, wherever the file has it
    for (const auto& method : project_.methods) {
      if (!project::pretrains(method) || method.start.empty() == grown) continue;
      for (const std::uint64_t seed : project_.seeds) add_pretraining(method, seed);
    }
  }
  for (const bool students : {false, true}) {  // a student's teacher is specialized before it
    for (const auto& method : project_.methods) {
      if (project::method_kind(method.kind).taught == students) add_specializations(method);
    }
  }
  add_report();
}

Step StepPlanner::make(StepKey key, std::string title, json settings) const {
  store::Artifact none(graph_.sources_->artifacts(), key.id(), "");
  Step step(std::move(key), std::move(title), std::move(none));
  step.settings = std::move(settings);
  return step;
}

void StepPlanner::add_data() {
  std::vector<StepKey> generic;
  for (const auto& corpus : project_.corpora) {
    graph_.add(make(StepKey::import(corpus.name), "Import " + corpus.name, corpus_settings(corpus, project_)), task_);
    if (corpus.role == project::Role::generic) generic.push_back(documents_key(corpus));
  }
  if (generic.empty()) return;
  add_overlap();
  Step tokenizer = make(StepKey::tokenizer(), "Train the tokenizer", tokenizer_settings(project_));
  for (const StepKey& key : generic) read(tokenizer, key, corpus::kDocumentsFile);
  graph_.add(std::move(tokenizer));
  for (const auto& corpus : project_.corpora) {
    Step step = make(StepKey::tokenize(corpus.name), "Tokenize " + corpus.name, json::object());
    read(step, documents_key(corpus), corpus::kDocumentsFile);
    read(step, StepKey::tokenizer(), token::kTokenizerFile);
    graph_.add(std::move(step));
  }
}

/// Where near-copies are dropped, what is trained on depends on what was found; else nothing does.
void StepPlanner::add_overlap() {
  Step overlap = make(StepKey::overlap(), "Compare the corpora", overlap_settings(project_));
  for (const auto& corpus : project_.corpora) read(overlap, StepKey::import(corpus.name), corpus::kDocumentsFile);
  graph_.add(std::move(overlap));
  for (const auto& corpus : project_.corpora) {
    const StepKey key = documents_key(corpus);
    if (key.kind != StepKind::distinct) continue;
    Step step = make(key, "Leave near-copies out of " + corpus.name, json::object());
    read(step, StepKey::import(corpus.name), corpus::kDocumentsFile);
    read(step, StepKey::overlap(), dropped_part(corpus.name));
    graph_.add(std::move(step));
  }
}

void StepPlanner::add_clusterings() {
  std::set<int> counts;
  for (const auto& method : project_.methods) counts.insert(project_.clusters_of(method));
  counts.erase(project_.clustering.clusters);
  std::vector<int> all = {project_.clustering.clusters};
  all.insert(all.end(), counts.begin(), counts.end());
  for (const int clusters : all) {
    const std::string title =
        all.size() == 1 ? "Cluster the windows" : fmt::format("Cluster the windows, k = {}", clusters);
    Step step = make(clustering_key(project_, clusters), title, clustering_settings(project_, clusters));
    step.clusters = clusters;
    for (const auto& corpus : project_.corpora) read(step, StepKey::tokenize(corpus.name), token::kTokensFile);
    read(step, StepKey::tokenizer());
    graph_.add(std::move(step));
  }
}

void StepPlanner::add_pretraining(const project::MethodSpec& method, std::uint64_t seed, Step step) {
  step.clusters = project_.clusters_of(method);
  // Centroids and the generic windows' clusters do not depend on the domains: a domain that is added must not make the
  // pretrained networks stale.
  read(step, clustering_key(project_, step.clusters), cluster::kGenericClusters);
  read(step, StepKey::tokenizer());
  for (const auto& corpus : project_.corpora) {
    if (corpus.role == project::Role::generic) read(step, StepKey::tokenize(corpus.name), token::kTokensFile);
  }
  if (!step.key.domain.empty()) read(step, StepKey::tokenize(step.key.domain), token::kTokensFile);
  if (!method.start.empty()) {
    const StepKey grown = pretrain_keys(project_, *project_.method(method.start), seed, "").at(0);
    read(step, grown, method::network_file_name(method.start_budget));
  }
  step.wanted = {method::network_file_name(0)};
  for (const std::uint64_t budget : method.generic.budgets) step.wanted.push_back(method::network_file_name(budget));
  graph_.add(std::move(step));
}

void StepPlanner::add_pretraining(const project::MethodSpec& method, std::uint64_t seed) {
  const project::MethodKind& kind = project::method_kind(method.kind);
  const json settings = pretraining_settings(project_, method, seed);
  if (kind.per_domain) {
    for (const auto& domain : project_.specialization.domains) {
      Step step = make(StepKey::pretrain_for(method.name, seed, domain),
                       fmt::format("Pretrain {} for {} (seed {})", method.name, domain, seed), settings);
      step.settings["domain"] = domain;
      step.settings["specialization"] = smallest_size(project_);
      add_pretraining(method, seed, std::move(step));
    }
  } else if (kind.per_cluster) {
    std::set<int> needed;
    for (const auto& user : project_.methods) {  // this method, and those that take over its experts
      if (method.experts != "needed" || project_.pretrained_by(user).name != method.name) continue;
      for (const auto& domain : project_.specialization.domains) {
        if (const auto expert = needed_expert(user, domain)) needed.insert(*expert);
      }
    }
    const int clusters = project_.clusters_of(method);
    for (int i = 0; i < clusters; ++i) {
      if (method.experts == "needed" && !needed.contains(i)) continue;
      Step step = make(StepKey::pretrain_expert(method.name, seed, i),
                       fmt::format("Pretrain {}, expert {} of {} (seed {})", method.name, i, clusters, seed), settings);
      step.settings["cluster"] = i;
      add_pretraining(method, seed, std::move(step));
    }
  } else {
    add_pretraining(
        method, seed,
        make(StepKey::pretrain(method.name, seed), fmt::format("Pretrain {} (seed {})", method.name, seed), settings));
  }
}

std::optional<int> StepPlanner::needed_expert(const project::MethodSpec& method, const std::string& domain) {
  const std::string& selection = project_.selection_of(method);
  if (selection != "frequent") return std::stoi(selection);  // a number: the rules allow nothing else here
  const Step& clustering = graph_.at(clustering_key(project_, project_.clusters_of(method)));
  if (clustering.complete()) {
    const cluster::ClusteringSummary summary = cluster::read_clustering_summary(clustering.folder());
    if (const auto found = summary.domains.find(domain); found != summary.domains.end())
      return found->second.most_frequent;
  }
  graph_.waits_for_clusters_ = true;
  return std::nullopt;
}

void StepPlanner::add_specializations(const project::MethodSpec& method) {
  std::vector<std::uint64_t> budgets = {0};
  if (project::method_kind(method.kind).generic_phase) {
    const auto& smaller = project_.pretrained_by(method).generic.budgets;
    budgets.insert(budgets.begin(), smaller.begin(), smaller.end());
  }
  std::map<std::uint64_t, json> settings;  // by size: made once for all seeds, domains and budgets
  for (const std::uint64_t tokens : project_.specialization.tokens)
    settings.emplace(tokens, specialization_settings(project_, method, tokens));
  for (const std::uint64_t seed : project_.seeds) {
    for (const auto& domain : project_.specialization.domains) {
      for (const std::uint64_t tokens : project_.specialization.tokens) {
        for (const std::uint64_t budget : budgets) {
          for (std::uint64_t sample = 1; sample <= project_.specialization.samples; ++sample)
            add_specialization(method, StepKey::specialize(method.name, domain, tokens, seed, budget, sample),
                               settings.at(tokens));
        }
      }
    }
  }
}

void StepPlanner::add_specialization(const project::MethodSpec& method, StepKey key, json settings) {
  const project::MethodKind& kind = project::method_kind(method.kind);
  const std::string of = key.budget > 0 ? fmt::format(" at {} generic tokens", format_count(key.budget)) : "";
  Step step = make(key,
                   fmt::format("Specialize {}{} on {}, {} tokens (seed {})", method.name, of, key.domain,
                               format_count(key.tokens), words::seed_and_sample(key.seed, key.sample)),
                   std::move(settings));
  step.settings["domain"] = key.domain;
  step.settings["tokens"] = key.tokens;
  step.settings["seed"] = key.seed;
  if (key.sample > 1) step.settings["sample"] = key.sample;
  if (key.budget > 0) step.settings["budget"] = key.budget;
  step.clusters = project_.clusters_of(method);
  const StepKey clustering = clustering_key(project_, step.clusters);
  if (kind.experts()) {  // the choice among them, and what they are experts of
    read(step, clustering, cluster::kGenericClusters);
  } else {
    read(step, clustering);
  }
  read(step, StepKey::tokenize(key.domain), token::kTokensFile);
  bool trained = !kind.generic_phase;
  for (const StepKey& pretrained : pretrain_keys(project_, method, key.seed, key.domain)) {
    if (graph_.find(pretrained) == nullptr) continue;  // an expert that is not needed
    if (method.experts == "needed") {
      const auto expert = needed_expert(method, key.domain);
      if (!expert || pretrained.cluster != *expert) continue;
    }
    read(step, pretrained, method::network_file_name(key.budget));
    trained = true;
  }
  if (!trained) return;  // known once there are clusters
  if (!method.teacher.empty())
    read(step, StepKey::specialize(method.teacher, key.domain, key.tokens, key.seed, 0, key.sample),
         method::kSmallNetworkFile);
  read(step, StepKey::tokenizer());
  step.wanted = {method::kSmallNetworkFile, method::kResultFile};
  graph_.add(std::move(step));
}

void StepPlanner::add_report() {
  Step report = make(StepKey::report(), "Write the report",
                     {{"name", project_.name}, {"project", hash128(project::format_project(project_)).hex()}});
  read(report, StepKey::overlap());
  for (const auto& corpus : project_.corpora) {
    read(report, StepKey::import(corpus.name));
    if (const StepKey key = documents_key(corpus); key.kind == StepKind::distinct) read(report, key);
    read(report, StepKey::tokenize(corpus.name));
  }
  read(report, StepKey::clustering());
  bool any = false;
  for (const Step& step : graph_.steps()) {
    if (!step.key.trains()) continue;
    read(report, step.key, store::kEverything);
    any = true;
  }
  if (any) graph_.add(std::move(report));
}

std::vector<StepKey> pretrain_keys(const project::Project& project, const project::MethodSpec& method,
                                   std::uint64_t seed, const std::string& domain) {
  const project::MethodKind& kind = project::method_kind(method.kind);
  const std::string& by = project.pretrained_by(method).name;
  if (!kind.generic_phase) return {};
  if (kind.per_domain) return {StepKey::pretrain_for(by, seed, domain)};
  if (!kind.per_cluster) return {StepKey::pretrain(by, seed)};
  std::vector<StepKey> keys;
  for (int i = 0; i < project.clusters_of(method); ++i) keys.push_back(StepKey::pretrain_expert(by, seed, i));
  return keys;
}

StepKey documents_key(const project::CorpusSpec& corpus) {
  return corpus.near_duplicates == "drop" ? StepKey::distinct(corpus.name) : StepKey::import(corpus.name);
}

StepKey clustering_key(const project::Project& project, int clusters) {
  return StepKey::clustering(clusters == project.clustering.clusters ? 0 : clusters);
}

}  // namespace pantograph::job
