// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/step.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/files.h"
#include "base/hash.h"
#include "store/project_file.h"

namespace pantograph {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kArtifactFormat = 1;  // raise when a step's result changes for equal settings

json file_stamp(const fs::path& path) {
  std::error_code code;
  const auto size = fs::file_size(path, code);
  const auto time = fs::last_write_time(path, code).time_since_epoch().count();
  return {path.string(), code ? 0 : size, code ? 0 : time};
}

json corpus_settings(const CorpusSpec& corpus, const Project& project) {
  json files = json::array();
  for (const auto& file : source_files(corpus, project.folder())) {
    files.push_back({file_stamp(file.path), file.has_split ? to_string(file.split) : ""});
  }
  return {{"name", corpus.name},
          {"reader", corpus.reader},
          {"files", files},
          {"seed", project.seed},
          {"validation_fraction", corpus.validation_fraction},
          {"test_fraction", corpus.test_fraction},
          {"max_documents", corpus.max_documents},
          {"max_bytes", corpus.max_bytes},
          {"min_characters", corpus.min_characters}};
}

json tokenizer_settings(const Project& project) {
  const TokenizerSpec& spec = project.tokenizer;
  if (!spec.model.empty()) {
    const fs::path model(spec.model);
    return {{"model", file_stamp(model.is_absolute() ? model : project.folder() / model)}};
  }
  return {{"vocabulary", spec.vocabulary},
          {"algorithm", spec.algorithm},
          {"sample_bytes", spec.sample_bytes},
          {"seed", project.seed}};
}

json clustering_settings(const Project& project) {
  const ClusteringSpec& spec = project.clustering;
  json settings = {
      {"embedder", spec.embedder}, {"clusters", spec.clusters},     {"window", project.window()},
      {"features", spec.features}, {"dimensions", spec.dimensions}, {"sample_windows", spec.sample_windows},
      {"restarts", spec.restarts}, {"iterations", spec.iterations}, {"seed", project.seed}};
  if (!spec.model.empty()) {  // absent: keys from before it stay
    settings["model"] = json::array();
    for (const auto& file : expand_paths(project.folder(), spec.model)) settings["model"].push_back(file_stamp(file));
  }
  return settings;
}

json network_settings(const Project& project, const MethodSpec& method) {
  // The vocabulary follows from the tokenizer, which is an input.
  return to_json(method_network(project, method, 1));
}

// What only decides how a run is watched and saved is left out: it does not change the weights.
json generic_settings(const GenericSpec& spec) {
  return {{"tokens", spec.tokens},
          {"tokens_per_step", spec.tokens_per_step},
          {"rate", spec.rate},
          {"warmup", spec.warmup},
          {"schedule", spec.schedule},
          {"final_rate", spec.final_rate},
          {"clip", spec.clip},
          {"weight_decay", spec.weight_decay},
          {"rows_at_once", spec.rows_at_once},
          {"experts_per_step", spec.experts_per_step},
          {"precision", spec.precision}};
}

json specialization_settings(const Project& project, const MethodSpec& method) {
  const SpecializationSpec& spec = project.specialization;
  json settings = {{"rate_factor", spec.rate_factor},
                   {"tokens_per_step", spec.tokens_per_step},
                   {"max_steps", spec.max_steps},
                   {"warmup", spec.warmup},
                   {"evaluate_every", spec.evaluate_every},
                   {"patience", spec.patience},
                   {"precision", spec.precision},
                   {"evaluation_tokens", project.evaluation_tokens},
                   {"method", method.name},
                   {"kind", method.kind},
                   {"network", network_settings(project, method)},
                   {"window", project.window()},
                   {"rate", method.generic.rate},
                   {"clip", method.generic.clip},
                   {"weight_decay", method.generic.weight_decay}};
  if (method_kind(method.kind).projected) settings["selection"] = spec.selection;
  return settings;
}

bool matches(const std::string& id, const std::string& part) {
  return id == part || (id.size() > part.size() && id.compare(0, part.size(), part) == 0 && id[part.size()] == '/');
}

}  // namespace

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
  if (find("cluster") != nullptr) add_training(project);
}

Step& StepGraph::add(Step step) {
  steps_.push_back(std::move(step));
  return steps_.back();
}

std::vector<std::string> StepGraph::identities(const std::vector<std::string>& ids) const {
  std::vector<std::string> out;
  for (const auto& id : ids) out.push_back(at(id).identity);
  return out;
}

void StepGraph::add_data(const Project& project) {
  const auto make = [&](StepKind kind, const std::string& id, const std::string& title, json settings,
                        std::vector<std::string> inputs) -> Step& {
    const std::string step_kind = id.substr(0, id.find('/'));
    const std::string key = artifact_key(step_kind, kArtifactFormat, settings, identities(inputs));
    return add({kind, id, title, "", "", "", 0, 0, std::move(settings), std::move(inputs),
                Artifact(project.artifacts(), id, key), key});
  };

  std::vector<std::string> generic_imports, generic_tokens, all_tokens;
  for (const auto& corpus : project.corpora) {
    const std::string id = "import/" + corpus.name;
    make(StepKind::import, id, "Import " + corpus.name, corpus_settings(corpus, project), {}).corpus = corpus.name;
    if (corpus.role == Role::generic) generic_imports.push_back(id);
  }
  if (generic_imports.empty()) return;
  make(StepKind::tokenizer, "tokenizer", "Train the tokenizer", tokenizer_settings(project), generic_imports);
  for (const auto& corpus : project.corpora) {
    const std::string id = "tokenize/" + corpus.name;
    make(StepKind::tokenize, id, "Tokenize " + corpus.name, json::object(), {"import/" + corpus.name, "tokenizer"})
        .corpus = corpus.name;
    all_tokens.push_back(id);
    if (corpus.role == Role::generic) generic_tokens.push_back(id);
  }
  Step& cluster = make(StepKind::cluster, "cluster", "Cluster the windows", clustering_settings(project), all_tokens);
  // Centroids and the generic windows' clusters do not depend on the domains: a domain that is added must not make the
  // pretrained networks stale.
  cluster.identity = artifact_key("cluster", kArtifactFormat, cluster.settings, identities(generic_tokens));
}

void StepGraph::add_training(const Project& project) {
  const auto make = [&](StepKind kind, const std::string& id, const std::string& title, json settings,
                        std::vector<std::string> inputs, const std::vector<std::string>& input_keys) -> Step& {
    const std::string step_kind = id.substr(0, id.find('/'));
    const std::string key = artifact_key(step_kind, kArtifactFormat, settings, input_keys);
    return add({kind, id, title, "", "", "", 0, 0, std::move(settings), std::move(inputs),
                Artifact(project.artifacts(), id, key), key});
  };

  // What a run reads; its key needs less (see cluster.identity).
  std::vector<std::string> data = {"cluster", "tokenizer"}, reported, report_inputs;
  for (const auto& corpus : project.corpora) {
    report_inputs.push_back("import/" + corpus.name);
    report_inputs.push_back("tokenize/" + corpus.name);
    if (corpus.role == Role::generic) data.push_back("tokenize/" + corpus.name);
  }
  report_inputs.push_back("cluster");
  for (const auto& method : project.methods) {
    const bool generic_phase = method_kind(method.kind).generic_phase;
    for (const std::uint64_t seed : project.seeds) {
      const std::string pretrain_id = fmt::format("pretrain/{}/{}", method.name, seed);
      if (generic_phase) {
        json settings = {{"method", method.name},
                         {"kind", method.kind},
                         {"seed", seed},
                         {"network", network_settings(project, method)},
                         {"generic", generic_settings(method.generic)}};
        if (method_kind(method.kind).projected) settings["rates"] = {method.rate_t, method.rate_e, method.rate_m};
        if (method.t_moments != "fp32") settings["t_moments"] = method.t_moments;  // absent: keys from before it stay
        Step& step = make(StepKind::pretrain, pretrain_id, fmt::format("Pretrain {} (seed {})", method.name, seed),
                          std::move(settings), data, identities({"cluster"}));
        step.method = method.name;
        step.seed = seed;
        reported.push_back(pretrain_id);
      }
      for (const auto& domain : project.specialization.domains) {
        for (const std::uint64_t tokens : project.specialization.tokens) {
          json settings = specialization_settings(project, method);
          settings["domain"] = domain;
          settings["tokens"] = tokens;
          settings["seed"] = seed;
          std::vector<std::string> inputs = {"cluster", "tokenize/" + domain};
          if (generic_phase) inputs.push_back(pretrain_id);
          const auto keys = identities(inputs);
          inputs.push_back("tokenizer");
          Step& step = make(
              StepKind::specialize, fmt::format("specialize/{}/{}/{}/{}", method.name, domain, tokens, seed),
              fmt::format("Specialize {} on {}, {} tokens (seed {})", method.name, domain, format_count(tokens), seed),
              std::move(settings), std::move(inputs), keys);
          step.method = method.name;
          step.domain = domain;
          step.tokens = tokens;
          step.seed = seed;
          reported.push_back(step.id);
        }
      }
    }
  }
  if (reported.empty()) return;
  json settings = {{"name", project.name}, {"project", hash128(format_project(project)).hex()}};
  report_inputs.insert(report_inputs.end(), reported.begin(), reported.end());
  Step& report =
      make(StepKind::report, "report", "Write the report", std::move(settings), report_inputs, identities(reported));
  report.artifact = Artifact::fixed(project.artifacts(), "report", report.identity);
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
      if (matches(step.id, part)) any = wanted.insert(step.id).second || true;
    }
    if (!any) {
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
