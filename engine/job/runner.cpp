// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/runner.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/files.h"
#include "base/numbers.h"
#include "job/step_settings.h"
#include "job/summaries.h"
#include "report/fitted_laws.h"
#include "report/law_figure.h"
#include "report/report.h"
#include "report/splits.h"
#include "store/project_file.h"
#include "token/tokenizer.h"

namespace pantograph {
namespace {

namespace fs = std::filesystem;

fs::path model_file(const StepGraph& graph) {
  return graph.at("tokenizer").artifact.file("tokenizer.model");
}

void train_tokenizer_step(const Project& project, const StepGraph& graph, const Step& step, int threads,
                          const TaskContext& task) {
  std::vector<fs::path> generic;
  for (const auto& input : step.inputs) generic.push_back(graph.at(input).folder());
  train_tokenizer(project.tokenizer, project.folder(), generic, project.seed, step.artifact.file("tokenizer.model"),
                  task, threads);
}

void cluster_step(const Project& project, const StepGraph& graph, const Step& step, const TaskContext& task) {
  std::vector<ClusteringInput> corpora;
  for (const auto& corpus : project.corpora) {
    corpora.push_back({corpus.name, corpus.role, graph.at("tokenize/" + corpus.name).folder()});
  }
  const Tokenizer tokenizer(model_file(graph));
  ClusteringSpec spec = project.clustering;
  spec.clusters = step.clusters;
  if (!spec.model.empty()) spec.model = (project.folder() / spec.model).string();
  cluster_corpora(spec, project.window(), tokenizer, corpora, project.seed, step.folder(), task);
}

/// "slm seed 7", "slm-mix expert 3 seed 7", "slm-pn › law 100k seed 7".
std::string curve_name(const Step& step) {
  if (step.kind == StepKind::pretrain) {
    const std::string part = step.cluster >= 0      ? fmt::format(" expert {}", step.cluster)
                             : !step.domain.empty() ? " for " + step.domain
                                                    : "";
    return fmt::format("{}{} seed {}", step.method, part, step.seed);
  }
  const std::string budget = step.budget > 0 ? " at " + format_count(step.budget) : "";
  return fmt::format("{}{} › {} {} seed {}", step.method, budget, step.domain, format_count(step.tokens), step.seed);
}

/// A domain that is too small for its specialization would otherwise be noticed only when all pretraining is done.
void check_domain_sizes(const Project& project, const StepGraph& graph) {
  const auto& sizes = project.specialization.tokens;
  const std::uint64_t most = sizes.empty() ? 0 : *std::max_element(sizes.begin(), sizes.end());
  for (const auto& domain : project.specialization.domains) {
    const Step& step = graph.at("tokenize/" + domain);
    if (!step.complete()) continue;
    const std::uint64_t there = read_token_summary(step.artifact).tokens[static_cast<std::size_t>(Split::train)];
    if (there >= most) continue;
    throw Error(ErrorKind::input, {fmt::format("{} tokens", there), "corpus " + domain + ", split train",
                                   fmt::format("{} tokens, the largest of specialization.tokens", most),
                                   "Add text to the corpus, or ask for a smaller specialization set."});
  }
}

void pretrain_step(const Project& project, const StepGraph& graph, const Step& step, const RunnerHooks& hooks,
                   const TaskContext& task) {
  check_domain_sizes(project, graph);
  const MethodSpec& method = *project.method(step.method);
  PretrainPart part;
  part.cluster = step.cluster;
  part.domain = step.domain;
  part.specialization = smallest_size(project);
  if (!method.start.empty())
    part.grown_from = graph.at(pretrain_ids(project, *project.method(method.start), step.seed, "").at(0)).folder();
  pretrain(project, method, step.seed, part, method_inputs(project, graph, method, hooks.device), hooks.picks,
           hooks.train, step.folder(), task);
}

void specialize_step(const Project& project, const StepGraph& graph, const Step& step, const RunnerHooks& hooks,
                     const TaskContext& task) {
  const MethodSpec& method = *project.method(step.method);
  Pretrained from;
  from.budget = step.budget;
  for (const auto& id : pretrain_ids(project, method, step.seed, step.domain)) {
    const bool used = std::find(step.inputs.begin(), step.inputs.end(), id) != step.inputs.end();
    from.folders.push_back(used ? graph.at(id).folder() : fs::path());
  }
  if (!method.teacher.empty())
    from.teacher = graph.at(specialize_id(method.teacher, step.domain, step.tokens, step.seed, 0)).folder();
  specialize(project, method, step.domain, step.tokens, step.seed, method_inputs(project, graph, method, hooks.device),
             from, hooks.train, step.folder(), task);
  std::error_code ignored;  // small.h5 holds the result; the moments are of no more use
  fs::remove_all(step.artifact.file("checkpoints"), ignored);
  for (int expert = 0; expert < step.clusters; ++expert)
    fs::remove_all(step.artifact.file(fmt::format("expert-{}", expert)) / "checkpoints", ignored);
}

void report_step(const Project& project, const StepGraph& graph, const Step& step, const TaskContext& task) {
  nlohmann::json corpora = nlohmann::json::object();
  for (const auto& corpus : project.corpora) {
    nlohmann::json entry = to_json(read_import_summary(graph.at("import/" + corpus.name).artifact));
    entry["tokens"] = to_json(read_token_summary(graph.at("tokenize/" + corpus.name).artifact)).at("tokens");
    entry["role"] = corpus.role == Role::generic ? "generic" : "domain";
    corpora[corpus.name] = std::move(entry);
  }
  read_clustering_summary(graph.at("cluster").folder());  // checks it
  nlohmann::json clustering = graph.at("cluster").artifact.read_json("summary.json");

  ReportInput input;
  input.project_name = project.name;
  input.program_version = program_version();
  input.settings_toml = format_project(project);
  input.seeds = project.seeds;
  input.records = complete_results(graph);
  for (const auto& run_step : graph.steps()) {
    RunView run = read_run(run_step);
    if (run.points.empty()) continue;
    input.curves.push_back({curve_name(run_step), run.method, std::move(run.points), run.domain});
  }
  const Laws laws = fit_laws(input.records, task);
  step.artifact.write_json("laws.json", to_json(laws));
  const Table laws_found = laws_table(laws);
  input.laws = &laws_found;
  const Table splits = splits_table(laws);
  input.splits = &splits;
  const std::vector<Figure> laws_drawn = law_figures(laws);
  input.law_figures = &laws_drawn;
  ClusteringCache cache;
  const Clusterings clusterings = compared_clusterings(complete_clusterings(graph), cache);
  write_atomically(step.artifact.file("clusterings.csv"), clusterings_csv(clusterings));
  write_atomically(step.artifact.file("clustering-agreement.csv"), agreement_csv(clusterings));
  const std::vector<Table> clustering_tables = clusterings_tables(clusterings);
  input.clusterings = &clustering_tables;
  input.corpora = &corpora;
  input.clustering = &clustering;
  write_report(input, step.folder());
}

void execute(const Project& project, const StepGraph& graph, const Step& step, const RunnerHooks& hooks,
             const TaskContext& task) {
  const Artifact& artifact = step.artifact;
  switch (step.kind) {
    case StepKind::import:
      artifact.write_json("summary.json", to_json(import_corpus(*project.corpus(step.corpus), project.folder(),
                                                                project.seed, artifact.folder(), task)));
      return;
    case StepKind::tokenizer:
      return train_tokenizer_step(project, graph, step, hooks.threads, task);
    case StepKind::tokenize: {
      const Tokenizer tokenizer(model_file(graph));
      const fs::path documents = graph.at("import/" + step.corpus).folder();
      artifact.write_json("summary.json",
                          to_json(tokenize_corpus(tokenizer, documents, artifact.folder(), hooks.threads, task)));
      return;
    }
    case StepKind::cluster:
      return cluster_step(project, graph, step, task);
    case StepKind::pretrain:
      return pretrain_step(project, graph, step, hooks, task);
    case StepKind::specialize:
      return specialize_step(project, graph, step, hooks, task);
    case StepKind::report:
      return report_step(project, graph, step, task);
  }
}

}  // namespace

MethodInputs method_inputs(const Project& project, const StepGraph& graph, const MethodSpec& method,
                           const std::string& device) {
  MethodInputs inputs;
  inputs.vocabulary = Tokenizer(model_file(graph)).vocabulary();
  inputs.clustering = graph.at(cluster_id(project, project.clusters_of(method))).folder();
  inputs.device.name = device;
  for (const auto& corpus : project.corpora) {
    const fs::path folder = graph.at("tokenize/" + corpus.name).folder();
    if (corpus.role == Role::generic) {
      inputs.generic.emplace_back(corpus.name, folder);
    } else {
      inputs.domains[corpus.name] = folder;
    }
  }
  return inputs;
}

void run_step(const Project& project, const StepGraph& graph, const Step& step, const RunnerHooks& hooks,
              const TaskContext& task) {
  const auto start = std::chrono::steady_clock::now();
  step.artifact.begin();
  execute(project, graph, step, hooks, task);
  std::map<std::string, std::string> inputs;
  for (const auto& input : step.inputs) inputs[input] = graph.at(input).identity;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  step.artifact.finish(step.settings, inputs, seconds.count());
}

std::vector<ResultRecord> complete_results(const StepGraph& graph) {
  std::vector<ResultRecord> records;
  for (const auto& step : graph.steps()) {
    if (step.kind == StepKind::specialize && step.complete()) {
      const nlohmann::json json = step.artifact.read_json("result.json");
      try {
        records.push_back(result_from_json(json));
      } catch (const Error& e) {
        throw Error(ErrorKind::run, {e.text().found, step.artifact.file("result.json").string(), e.text().expected,
                                     fmt::format("Delete the folder {} and run again.", step.folder().string())});
      }
    }
  }
  return records;
}

std::vector<ClusteringFolder> complete_clusterings(const StepGraph& graph) {
  std::vector<ClusteringFolder> found;
  for (const auto& step : graph.steps()) {
    if (step.kind == StepKind::cluster && step.complete()) found.push_back({step.id, step.folder()});
  }
  return found;
}

RunView read_run(const Step& step) {
  RunView run{step.id, step.method, step.domain, step.tokens, step.seed, {}};
  if (step.kind != StepKind::pretrain && step.kind != StepKind::specialize) return run;
  const fs::path file = step.artifact.file("metrics.jsonl");
  if (fs::exists(file)) run.points = read_metrics(file);
  return run;
}

}  // namespace pantograph
