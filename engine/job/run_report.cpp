// SPDX-License-Identifier: GPL-3.0-or-later
// The step that writes the report: everything that is complete, of the project as it is declared.
#include <fmt/format.h>

#include "base/files.h"
#include "base/numbers.h"
#include "base/words.h"
#include "job/step_results.h"
#include "job/step_types.h"
#include "job/summaries.h"
#include "project/project_file.h"
#include "report/fitted_laws.h"
#include "report/law_figure.h"
#include "report/report.h"
#include "report/splits.h"

namespace pantograph::job::steps {
namespace {

/// "slm seed 7", "slm-mix expert 3 seed 7", "slm-pn › law 100k seed 7".
std::string curve_name(const Step& step) {
  if (step.kind() == StepKind::pretrain) {
    const std::string part = step.key.cluster >= 0      ? fmt::format(" expert {}", step.key.cluster)
                             : !step.key.domain.empty() ? " for " + step.key.domain
                                                        : "";
    return fmt::format("{}{} seed {}", step.key.method, part, step.key.seed);
  }
  const std::string budget = step.key.budget > 0 ? " at " + format_count(step.key.budget) : "";
  return fmt::format("{}{} › {} {} seed {}", step.key.method, budget, step.key.domain, format_count(step.key.tokens),
                     words::seed_and_sample(step.key.seed, step.key.sample));
}

}  // namespace

void run_report(const StepWork& work) {
  const auto& [project, graph, step, hooks, task] = work;
  nlohmann::json corpora = nlohmann::json::object();
  for (const auto& corpus : project.corpora) {
    nlohmann::json entry = to_json(read_corpus_summary(graph, corpus.name));
    entry["tokens"] = to_json(read_token_summary(graph.at(StepKey::tokenize(corpus.name)).artifact)).at("tokens");
    entry["role"] = corpus.role == project::Role::generic ? "generic" : "domain";
    corpora[corpus.name] = std::move(entry);
  }
  cluster::read_clustering_summary(graph.at(StepKey::clustering()).folder());  // checks it
  nlohmann::json clustering = graph.at(StepKey::clustering()).artifact.read_json("summary.json");

  report::ReportInput input;
  input.project_name = project.name;
  input.program_version = program_version();
  input.settings_toml = project::format_project(project);
  input.seeds = project.seeds;
  input.records = complete_results(graph);
  for (const auto& run_step : graph.steps()) {
    const bool specialized = run_step.kind() == StepKind::specialize;
    std::vector<store::MetricPoint> points = read_curve(run_step);
    if (points.empty()) continue;
    input.curves.push_back({curve_name(run_step), run_step.key.method, std::move(points),
                            specialized ? run_step.key.domain : std::string()});
  }
  const report::Laws laws = report::fit_laws(input.records, task);
  step.artifact.write_json("laws.json", report::to_json(laws));
  const report::Table laws_found = report::laws_table(laws);
  input.laws = &laws_found;
  const report::Table splits = report::splits_table(laws);
  input.splits = &splits;
  const std::vector<measure::Figure> laws_drawn = report::law_figures(laws);
  input.law_figures = &laws_drawn;
  report::ClusteringCache cache;
  const report::Clusterings clusterings = report::compared_clusterings(complete_clusterings(graph), cache);
  write_atomically(step.artifact.file("clusterings.csv"), report::clusterings_csv(clusterings));
  write_atomically(step.artifact.file("clustering-agreement.csv"), report::agreement_csv(clusterings));
  const std::vector<report::Table> clustering_tables = report::clusterings_tables(clusterings);
  input.clusterings = &clustering_tables;
  const overlap::Overlap overlap = read_overlap(graph.at(StepKey::overlap()).artifact);
  input.overlap = &overlap;
  input.corpora = &corpora;
  input.clustering = &clustering;
  report::write_report(input, step.folder());
}

}  // namespace pantograph::job::steps
