// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/step.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "base/numbers.h"
#include "job/step_settings.h"
#include "store/project_file.h"

namespace pantograph {

using nlohmann::json;

bool is_part_of(const std::string& id, const std::string& part) {
  return id == part || (id.size() > part.size() && id.compare(0, part.size(), part) == 0 && id[part.size()] == '/');
}

const char* to_string(StepState state) {
  switch (state) {
    case StepState::missing:
      return "missing";
    case StepState::stale:
      return "stale";
    case StepState::partial:
      return "partial";
    case StepState::up_to_date:
      return "up to date";
    case StepState::running:
      return "running";
    case StepState::failed:
      return "failed";
  }
  return "missing";
}

bool Step::complete() const {
  return artifact.complete();
}

StepState Step::state() const {
  if (complete()) return StepState::up_to_date;
  if (artifact.started()) return StepState::partial;
  return artifact.has_other() ? StepState::stale : StepState::missing;
}

StepGraph::StepGraph(const Project& project) {
  add_data(project);
  if (find("tokenizer") == nullptr) return;
  add_clusterings(project);
  for (const bool grown : {false, true}) {  // what others grow from stands before them, wherever the file has it
    for (const auto& method : project.methods) {
      if (!pretrains(method) || method.start.empty() == grown) continue;
      for (const std::uint64_t seed : project.seeds) add_pretraining(project, method, seed);
    }
  }
  const auto add_all = [&](bool students) {  // a student's teacher is specialized before it
    for (const auto& method : project.methods) {
      if (method_kind(method.kind).taught != students) continue;
      std::vector<std::uint64_t> budgets = {0};
      if (method_kind(method.kind).generic_phase) {
        const auto& smaller = project.pretrained_by(method).generic.budgets;
        budgets.insert(budgets.begin(), smaller.begin(), smaller.end());
      }
      for (const std::uint64_t seed : project.seeds) {
        for (const auto& domain : project.specialization.domains) {
          for (const std::uint64_t tokens : project.specialization.tokens) {
            for (const std::uint64_t budget : budgets)
              add_specialization(project, method, seed, domain, tokens, budget);
          }
        }
      }
    }
  };
  add_all(false);
  add_all(true);
  add_report(project);
}

Step& StepGraph::make(const Project& project, StepKind kind, const std::string& id, const std::string& title,
                      json settings, std::vector<std::string> inputs, const std::vector<std::string>& input_keys) {
  const std::string key = artifact_key(id.substr(0, id.find('/')), kArtifactFormat, settings, input_keys);
  Step step(kind, id, title, Artifact(project.artifacts(), id, key));
  step.settings = std::move(settings);
  step.inputs = std::move(inputs);
  steps_.push_back(std::move(step));
  return steps_.back();
}

std::vector<std::string> StepGraph::identities(const std::vector<std::string>& ids) const {
  std::vector<std::string> out;
  for (const auto& id : ids) out.push_back(at(id).identity);
  return out;
}

void StepGraph::add_data(const Project& project) {
  std::vector<std::string> generic_imports;
  for (const auto& corpus : project.corpora) {
    const std::string id = "import/" + corpus.name;
    make(project, StepKind::import, id, "Import " + corpus.name, corpus_settings(corpus, project), {}, {}).corpus =
        corpus.name;
    if (corpus.role == Role::generic) generic_imports.push_back(id);
  }
  if (generic_imports.empty()) return;
  make(project, StepKind::tokenizer, "tokenizer", "Train the tokenizer", tokenizer_settings(project), generic_imports,
       identities(generic_imports));
  for (const auto& corpus : project.corpora) {
    const std::vector<std::string> inputs = {"import/" + corpus.name, "tokenizer"};
    make(project, StepKind::tokenize, "tokenize/" + corpus.name, "Tokenize " + corpus.name, json::object(), inputs,
         identities(inputs))
        .corpus = corpus.name;
  }
}

void StepGraph::add_clusterings(const Project& project) {
  std::vector<std::string> generic_tokens, all_tokens;
  for (const auto& corpus : project.corpora) {
    all_tokens.push_back("tokenize/" + corpus.name);
    if (corpus.role == Role::generic) generic_tokens.push_back(all_tokens.back());
  }
  std::set<int> others;
  for (const auto& method : project.methods) others.insert(project.clusters_of(method));
  others.erase(project.clustering.clusters);
  std::vector<int> counts = {project.clustering.clusters};
  counts.insert(counts.end(), others.begin(), others.end());
  for (const int clusters : counts) {
    const std::string title =
        counts.size() == 1 ? "Cluster the windows" : fmt::format("Cluster the windows, k = {}", clusters);
    Step& step = make(project, StepKind::cluster, cluster_id(project, clusters), title,
                      clustering_settings(project, clusters), all_tokens, identities(all_tokens));
    step.clusters = clusters;
    // Centroids and the generic windows' clusters do not depend on the domains: a domain that is added must not make
    // the pretrained networks stale.
    step.identity = artifact_key("cluster", kArtifactFormat, step.settings, identities(generic_tokens));
  }
}

void StepGraph::add_pretraining(const Project& project, const MethodSpec& method, std::uint64_t seed) {
  const MethodKind& kind = method_kind(method.kind);
  const int clusters = project.clusters_of(method);
  // What a run reads; its key needs less (see add_clusterings).
  std::vector<std::string> keyed = {cluster_id(project, clusters)};
  std::vector<std::string> data = keyed;
  data.push_back("tokenizer");
  for (const auto& corpus : project.corpora) {
    if (corpus.role == Role::generic) data.push_back("tokenize/" + corpus.name);
  }
  if (!method.start.empty()) {
    for (auto* ids : {&keyed, &data})
      ids->push_back(pretrain_ids(project, *project.method(method.start), seed, "").at(0));
  }
  const auto add = [&](const std::string& id, const std::string& title, json settings, std::vector<std::string> inputs,
                       std::vector<std::string> keys) -> Step& {
    Step& step = make(project, StepKind::pretrain, id, title, std::move(settings), std::move(inputs), keys);
    step.method = method.name;
    step.seed = seed;
    step.clusters = clusters;
    return step;
  };
  const json settings = pretraining_settings(project, method, seed);
  if (kind.per_domain) {
    for (const auto& domain : project.specialization.domains) {
      json own = settings;
      own["domain"] = domain;
      own["specialization"] = smallest_size(project);
      std::vector<std::string> inputs = data, keys = identities(keyed);
      inputs.push_back("tokenize/" + domain);
      keys.push_back(at("tokenize/" + domain).identity);
      add(fmt::format("pretrain/{}/{}/{}", method.name, seed, domain),
          fmt::format("Pretrain {} for {} (seed {})", method.name, domain, seed), own, inputs, keys)
          .domain = domain;
    }
  } else if (kind.per_cluster) {
    std::set<int> needed;
    for (const auto& user : project.methods) {  // this method, and those that take over its experts
      if (method.experts != "needed" || project.pretrained_by(user).name != method.name) continue;
      for (const auto& domain : project.specialization.domains) {
        if (const auto expert = needed_expert(project, user, domain)) needed.insert(*expert);
      }
    }
    for (int i = 0; i < clusters; ++i) {
      if (method.experts == "needed" && !needed.contains(i)) continue;
      json own = settings;
      own["cluster"] = i;
      add(fmt::format("pretrain/{}/{}/{}", method.name, seed, i),
          fmt::format("Pretrain {}, expert {} of {} (seed {})", method.name, i, clusters, seed), own, data,
          identities(keyed))
          .cluster = i;
    }
  } else {
    add(fmt::format("pretrain/{}/{}", method.name, seed), fmt::format("Pretrain {} (seed {})", method.name, seed),
        settings, data, identities(keyed));
  }
}

std::optional<int> StepGraph::needed_expert(const Project& project, const MethodSpec& method,
                                            const std::string& domain) {
  const std::string& selection = project.selection_of(method);
  if (selection != "frequent") return std::stoi(selection);  // a number: the rules allow nothing else here
  const Step& clustering = at(cluster_id(project, project.clusters_of(method)));
  if (clustering.complete()) {
    const ClusteringSummary summary = read_clustering_summary(clustering.folder());
    if (const auto found = summary.domains.find(domain); found != summary.domains.end())
      return found->second.most_frequent;
  }
  waits_for_clusters_ = true;
  return std::nullopt;
}

void StepGraph::add_specialization(const Project& project, const MethodSpec& method, std::uint64_t seed,
                                   const std::string& domain, std::uint64_t tokens, std::uint64_t budget) {
  const MethodKind& kind = method_kind(method.kind);
  std::vector<std::string> inputs = {cluster_id(project, project.clusters_of(method)), "tokenize/" + domain};
  bool trained = !kind.generic_phase;
  for (const auto& id : pretrain_ids(project, method, seed, domain)) {
    if (find(id) == nullptr) continue;  // an expert that is not needed
    if (method.experts == "needed") {
      const auto expert = needed_expert(project, method, domain);
      if (!expert || at(id).cluster != *expert) continue;
    }
    inputs.push_back(id);
    trained = true;
  }
  if (!trained) return;  // known once there are clusters
  if (!method.teacher.empty()) {
    inputs.push_back(specialize_id(method.teacher, domain, tokens, seed, 0));
  }
  json settings = specialization_settings(project, method, tokens);
  settings["domain"] = domain;
  settings["tokens"] = tokens;
  settings["seed"] = seed;
  if (budget > 0) settings["budget"] = budget;
  const auto keys = identities(inputs);
  inputs.push_back("tokenizer");
  const std::string of = budget > 0 ? fmt::format(" at {} generic tokens", format_count(budget)) : "";
  Step& step = make(
      project, StepKind::specialize, specialize_id(method.name, domain, tokens, seed, budget),
      fmt::format("Specialize {}{} on {}, {} tokens (seed {})", method.name, of, domain, format_count(tokens), seed),
      std::move(settings), std::move(inputs), keys);
  step.method = method.name;
  step.domain = domain;
  step.tokens = tokens;
  step.seed = seed;
  step.budget = budget;
  step.clusters = project.clusters_of(method);
}

void StepGraph::add_report(const Project& project) {
  std::vector<std::string> reported, inputs;
  for (const auto& corpus : project.corpora) {
    inputs.push_back("import/" + corpus.name);
    inputs.push_back("tokenize/" + corpus.name);
  }
  inputs.push_back("cluster");
  for (const Step& step : steps_) {
    if (step.kind == StepKind::pretrain || step.kind == StepKind::specialize) reported.push_back(step.id);
  }
  if (reported.empty()) return;
  json settings = {{"name", project.name}, {"project", hash128(format_project(project)).hex()}};
  inputs.insert(inputs.end(), reported.begin(), reported.end());
  Step& report =
      make(project, StepKind::report, "report", "Write the report", std::move(settings), inputs, identities(reported));
  report.artifact = Artifact::fixed(project.artifacts(), "report", report.identity);
}

std::vector<std::string> pretrain_ids(const Project& project, const MethodSpec& method, std::uint64_t seed,
                                      const std::string& domain) {
  const MethodKind& kind = method_kind(method.kind);
  const std::string first = fmt::format("pretrain/{}/{}", project.pretrained_by(method).name, seed);
  if (!kind.generic_phase) return {};
  if (kind.per_domain) return {first + "/" + domain};
  if (!kind.per_cluster) return {first};
  std::vector<std::string> ids;
  for (int i = 0; i < project.clusters_of(method); ++i) ids.push_back(fmt::format("{}/{}", first, i));
  return ids;
}

std::string cluster_id(const Project& project, int clusters) {
  return clusters == project.clustering.clusters ? "cluster" : fmt::format("cluster/{}", clusters);
}

std::string specialize_id(const std::string& method, const std::string& domain, std::uint64_t tokens,
                          std::uint64_t seed, std::uint64_t budget) {
  const std::string id = fmt::format("specialize/{}/{}/{}/{}", method, domain, tokens, seed);
  return budget == 0 ? id : fmt::format("{}/{}", id, budget);
}

const Step* StepGraph::find(const std::string& id) const {
  const auto found = std::find_if(steps_.begin(), steps_.end(), [&](const Step& step) { return step.id == id; });
  return found == steps_.end() ? nullptr : &*found;
}

const Step& StepGraph::at(const std::string& id) const {
  const Step* step = find(id);
  if (step == nullptr)
    throw Error(ErrorKind::usage, {fmt::format("no step \"{}\"", id), "", "", "--status lists the steps."});
  return *step;
}

std::vector<std::size_t> StepGraph::pending(const std::vector<std::string>& only) const {
  std::set<std::string> wanted;
  if (only.empty()) {
    for (const auto& step : steps_) wanted.insert(step.id);
  }
  for (const auto& part : only) {
    bool any = false;
    for (const auto& step : steps_) {
      if (is_part_of(step.id, part)) any = wanted.insert(step.id).second || true;
    }
    if (!any && waits_for_clusters_) {  // it may be one of those that the clusters will show
      for (const auto& step : steps_) {
        if (step.kind == StepKind::cluster) wanted.insert(step.id);
      }
    } else if (!any) {
      throw Error(ErrorKind::usage, {fmt::format("no step \"{}\" in this project", part), "",
                                     "a step or the first part of one", "--status lists the steps."});
    }
  }
  std::vector<std::size_t> out;
  const bool any_missing = std::any_of(steps_.begin(), steps_.end(),
                                       [&](const Step& step) { return wanted.contains(step.id) && !step.complete(); });
  for (std::size_t i = steps_.size(); i-- > 0;) {  // backwards: a step's inputs stand before it
    const Step& step = steps_[i];
    // The report copies its inputs' numbers: it is written again whenever anything else is made.
    const bool current = step.complete() && !(step.kind == StepKind::report && any_missing);
    if (!wanted.contains(step.id) || current) continue;
    out.push_back(i);
    wanted.insert(step.inputs.begin(), step.inputs.end());
  }
  std::reverse(out.begin(), out.end());
  return out;
}

void require_complete(const Project& project) {
  const auto generic = std::count_if(project.corpora.begin(), project.corpora.end(),
                                     [](const CorpusSpec& corpus) { return corpus.role == Role::generic; });
  if (generic == 0) {
    throw Error(ErrorKind::project,
                {"no generic corpus", project.file.string(), "at least one [[corpus]] with role = \"generic\"",
                 "Add text that networks are pretrained on."});
  }
  if (project.methods.empty()) {
    throw Error(ErrorKind::project,
                {"no method", project.file.string(), "at least one [[method]], e.g. kind = \"slm-pn\"", ""});
  }
}

}  // namespace pantograph
