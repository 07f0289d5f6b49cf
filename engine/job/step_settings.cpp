// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/step_settings.h"

#include <algorithm>

#include "base/files.h"
#include "corpus/source_hashes.h"
#include "method/method.h"
#include "network/config.h"
#include "project/setting_list.h"

namespace pantograph {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Content of a file or of the files of a folder that the project names; one that is gone counts as what it held when
/// it was read last.
json content_of(const Project& project, const std::string& named) {
  const auto hashes = SourceHashes::shared(project.artifacts(), project.folder());
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

json network_settings(const Project& project, const MethodSpec& method) {
  json settings = to_json(method_network(project, method, 1));
  settings.erase("vocabulary");  // follows from the tokenizer, which is an input
  return settings;
}

}  // namespace

json corpus_settings(const CorpusSpec& corpus, const Project& project) {
  json settings = result_settings(corpus);
  settings["name"] = corpus.name;  // documents are split by it
  settings["seed"] = project.seed;
  return settings;
}

json tokenizer_settings(const Project& project) {
  const TokenizerSpec& spec = project.tokenizer;
  if (!spec.model.empty()) return {{"model", content_of(project, spec.model)}};
  json settings = result_settings(spec);
  settings["seed"] = project.seed;
  return settings;
}

json clustering_settings(const Project& project, int clusters) {
  ClusteringSpec spec = project.clustering;
  spec.clusters = clusters;
  spec.window = project.window();
  json settings = result_settings(spec);
  settings["seed"] = project.seed;
  for (const auto& corpus : project.corpora) settings["corpora"].push_back({corpus.name, corpus.role == Role::generic});
  if (!spec.model.empty()) settings["model"] = content_of(project, spec.model);
  return settings;
}

std::uint64_t smallest_size(const Project& project) {
  const auto& sizes = project.specialization.tokens;
  return sizes.empty() ? 0 : *std::min_element(sizes.begin(), sizes.end());
}

json pretraining_settings(const Project& project, const MethodSpec& method, std::uint64_t seed) {
  json settings = result_settings(method, Effect::generic_phase);
  settings["network"] = network_settings(project, method);
  settings["seed"] = seed;
  return settings;
}

json specialization_settings(const Project& project, const MethodSpec& method, std::uint64_t tokens) {
  const GenericSpec& generic = project.pretrained_by(method).generic;
  SpecializationSpec spec = project.specialization;
  spec.rate_factor = method.rate_factor > 0 ? method.rate_factor : spec.rate_factor_for(tokens);
  spec.max_steps = spec.max_steps_for(tokens);
  spec.selection = method_kind(method.kind).experts() ? project.selection_of(method) : SpecializationSpec().selection;
  json settings = result_settings(method, Effect::specialization);
  settings["specialization"] = result_settings(spec);
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

}  // namespace pantograph
