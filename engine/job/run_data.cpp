// SPDX-License-Identifier: GPL-3.0-or-later
// The steps that make data: imports, the tokenizer, tokens, clusterings.
#include "job/step_types.h"
#include "job/summaries.h"
#include "token/tokenizer.h"

namespace pantograph::job::steps {
namespace {

namespace fs = std::filesystem;

fs::path model_file(const StepGraph& graph) {
  return graph.at(StepKey::tokenizer()).artifact.file(token::kTokenizerFile);
}

}  // namespace

void run_import(const StepWork& work) {
  const project::Project& project = work.project;
  const corpus::ImportSummary summary = corpus::import_corpus(*project.corpus(work.step.key.corpus), project.folder(),
                                                              project.seed, work.step.folder(), work.task);
  work.step.artifact.write_json("summary.json", to_json(summary));
  if (work.hooks.say) work.hooks.say(corpus::import_sentence(summary));
}

void run_tokenizer(const StepWork& work) {
  std::vector<fs::path> generic;
  for (const auto& input : work.step.inputs) generic.push_back(work.graph.at(input).folder());
  token::train_tokenizer(work.project.tokenizer, work.project.folder(), generic, work.project.seed,
                         work.step.artifact.file(token::kTokenizerFile), work.task, work.hooks.threads);
}

void run_tokenize(const StepWork& work) {
  const token::Tokenizer tokenizer(model_file(work.graph));
  const fs::path documents = work.graph.at(documents_key(*work.project.corpus(work.step.key.corpus))).folder();
  const token::TokenSummary summary =
      token::tokenize_corpus(tokenizer, documents, work.step.folder(), work.hooks.threads, work.task);
  work.step.artifact.write_json("summary.json", to_json(summary));
}

void run_cluster(const StepWork& work) {
  const project::Project& project = work.project;
  std::vector<cluster::ClusteringInput> corpora;
  for (const auto& corpus : project.corpora)
    corpora.push_back({corpus.name, corpus.role, work.graph.at(StepKey::tokenize(corpus.name)).folder()});
  const token::Tokenizer tokenizer(model_file(work.graph));
  project::ClusteringSpec spec = project.clustering;
  spec.clusters = work.step.clusters;
  if (!spec.model.empty()) spec.model = (project.folder() / spec.model).string();
  cluster::cluster_corpora(spec, project.window(), tokenizer, corpora, project.seed, work.step.folder(), work.task);
}

std::map<std::string, std::string> cluster_parts(const StepWork& work) {
  std::vector<std::string> generic;
  for (const auto& corpus : work.project.corpora) {
    if (corpus.role == project::Role::generic) generic.push_back(corpus.name);
  }
  return {{cluster::kGenericClusters, cluster::generic_clusters_hash(work.step.folder(), generic)}};
}

}  // namespace pantograph::job::steps
