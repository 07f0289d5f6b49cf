// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/step_settings.h"

#include <algorithm>

#include "base/find_files.h"
#include "corpus/source_hashes.h"
#include "method/method.h"
#include "network/config.h"
#include "project/setting_list.h"

namespace pantograph::job {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Content of a file or of the files of a folder that the project names; one that is gone counts as what it held when
/// it was read last.
json content_of(const project::Project& project, const std::string& named) {
  const auto hashes = corpus::SourceHashes::shared(project.artifacts(), project.folder());
  std::vector<fs::path> files = expand_paths(project.folder(), named);
  if (files.empty()) files = hashes->known_below(project.folder() / named);
  if (files.empty()) files = {project.folder() / named};
  json content = json::array();
  for (const fs::path& file : files) {
    std::error_code code;
    content.push_back({file.filename().string(), fs::exists(file, code) ? hashes->of(file) : hashes->last_known(file)});
  }
  hashes->save();
  return content;
}

json network_settings(const project::Project& project, const project::MethodSpec& method) {
  json settings = network::to_json(method::method_network(project, method, 1));
  settings.erase("vocabulary");  // follows from the tokenizer, which is an input
  return settings;
}

}  // namespace

json corpus_settings(const project::CorpusSpec& corpus, const project::Project& project) {
  json settings = project::result_settings(corpus);
  settings.erase("near_duplicates");  // a later step's
  settings["name"] = corpus.name;     // documents are split by it
  settings["seed"] = project.seed;
  return settings;
}

json overlap_settings(const project::Project& project) {
  json corpora = json::array();
  for (const auto& corpus : project.corpora)
    corpora.push_back({corpus.name, corpus.role == project::Role::generic, corpus.near_duplicates});
  return {{"corpora", std::move(corpora)}, {"format", 2}};  // 1 did not list the documents that leak
}

json tokenizer_settings(const project::Project& project) {
  const project::TokenizerSpec& spec = project.tokenizer;
  if (!spec.model.empty()) return {{"model", content_of(project, spec.model)}};
  json settings = project::result_settings(spec);
  settings["seed"] = project.seed;
  return settings;
}

json clustering_settings(const project::Project& project, int clusters) {
  project::ClusteringSpec spec = project.clustering;
  spec.clusters = clusters;
  spec.window = project.window();
  json settings = project::result_settings(spec);
  settings["seed"] = project.seed;
  for (const auto& corpus : project.corpora)
    settings["corpora"].push_back({corpus.name, corpus.role == project::Role::generic});
  if (!spec.model.empty()) settings["model"] = content_of(project, spec.model);
  return settings;
}

std::uint64_t smallest_size(const project::Project& project) {
  const auto& sizes = project.specialization.tokens;
  return sizes.empty() ? 0 : *std::min_element(sizes.begin(), sizes.end());
}

json pretraining_settings(const project::Project& project, const project::MethodSpec& method, std::uint64_t seed) {
  json settings = project::result_settings(method, project::Effect::generic_phase);
  settings["network"] = network_settings(project, method);
  settings["seed"] = seed;
  return settings;
}

json specialization_settings(const project::Project& project, const project::MethodSpec& method, std::uint64_t tokens) {
  const project::GenericSpec& generic = project.pretrained_by(method).generic;
  project::SpecializationSpec spec = project.specialization;
  spec.rate_factor = method.rate_factor > 0 ? method.rate_factor : spec.rate_factor_for(tokens);
  spec.max_steps = spec.max_steps_for(tokens);
  spec.selection = project::method_kind(method.kind).experts() ? project.selection_of(method)
                                                               : project::SpecializationSpec().selection;
  json settings = project::result_settings(method, project::Effect::specialization);
  settings["specialization"] = project::result_settings(spec);
  settings["network"] = network_settings(project, method);
  settings["window"] = project.window();
  settings["evaluation_tokens"] = project.evaluation_tokens;
  // Of the generic phase's settings, fine-tuning takes these over.
  settings["rate"] = generic.rate;
  settings["clip"] = generic.clip;
  settings["weight_decay"] = generic.weight_decay;
  if (const std::uint64_t before = project.tokens_before(method); before > 0) settings["grown_after"] = before;
  return settings;
}

}  // namespace pantograph::job
