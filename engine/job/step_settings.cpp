// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/step_settings.h"

#include <algorithm>

#include "base/files.h"
#include "corpus/import.h"
#include "method/method.h"
#include "network/config.h"

namespace pantograph {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json file_stamp(const fs::path& path) {
  std::error_code code;
  const auto size = fs::file_size(path, code);
  const auto time = fs::last_write_time(path, code).time_since_epoch().count();
  return {path.string(), code ? 0 : size, code ? 0 : time};
}

json network_settings(const Project& project, const MethodSpec& method) {
  // The vocabulary follows from the tokenizer, which is an input.
  return to_json(method_network(project, method, 1));
}

// What only decides how a run is watched and saved is left out: it does not change the weights.
json generic_settings(const GenericSpec& spec) {
  json settings = {{"tokens", spec.tokens},
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
  if (!spec.budgets.empty()) settings["budgets"] = spec.budgets;
  return settings;
}

}  // namespace

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

json clustering_settings(const Project& project, int clusters) {
  const ClusteringSpec& spec = project.clustering;
  json settings = {
      {"embedder", spec.embedder},     {"clusters", clusters},
      {"window", project.window()},    {"features", spec.features},
      {"dimensions", spec.dimensions}, {"sample_windows", spec.sample_windows},
      {"restarts", spec.restarts},     {"iterations", spec.iterations},
      {"seed", project.seed},          {"version", 2}};  // raise when the clusters change for equal settings
  if (!spec.model.empty()) {                             // absent: keys from before it stay
    settings["model"] = json::array();
    for (const auto& file : expand_paths(project.folder(), spec.model)) settings["model"].push_back(file_stamp(file));
  }
  return settings;
}

std::uint64_t smallest_size(const Project& project) {
  const auto& sizes = project.specialization.tokens;
  return sizes.empty() ? 0 : *std::min_element(sizes.begin(), sizes.end());
}

json pretraining_settings(const Project& project, const MethodSpec& method, std::uint64_t seed) {
  json settings = {{"method", method.name},
                   {"kind", method.kind},
                   {"seed", seed},
                   {"network", network_settings(project, method)},
                   {"generic", generic_settings(method.generic)}};
  if (method_kind(method.kind).projected) settings["rates"] = {method.rate_t, method.rate_e, method.rate_m};
  // Keys from before these settings were there stay as they are.
  if (method.t_moments != "fp32") settings["t_moments"] = method.t_moments;
  if (!method.start.empty()) {
    settings["start"] = {method.start};
    if (method.start_budget > 0) settings["start_budget"] = method.start_budget;
    if (!method_kind(method.kind).projected) settings["start"].push_back({method.start_variant, method.start_noise});
  }
  return settings;
}

json specialization_settings(const Project& project, const MethodSpec& method, std::uint64_t tokens) {
  const SpecializationSpec& spec = project.specialization;
  const GenericSpec& generic = project.pretrained_by(method).generic;
  const MethodKind& kind = method_kind(method.kind);
  json settings = {{"rate_factor", method.rate_factor > 0 ? method.rate_factor : spec.rate_factor_for(tokens)},
                   {"tokens_per_step", spec.tokens_per_step},
                   {"max_steps", spec.max_steps_for(tokens)},
                   {"warmup", spec.warmup},
                   {"evaluate_every", spec.evaluate_every},
                   {"patience", spec.patience},
                   {"precision", spec.precision},
                   {"evaluation_tokens", project.evaluation_tokens},
                   {"method", method.name},
                   {"kind", method.kind},
                   {"network", network_settings(project, method)},
                   {"window", project.window()},
                   {"rate", generic.rate},
                   {"clip", generic.clip},
                   {"weight_decay", generic.weight_decay}};
  if (kind.experts()) settings["selection"] = project.selection_of(method);
  if (const std::uint64_t before = project.tokens_before(method); before > 0) settings["grown_after"] = before;
  if (method.adaptation != "full") settings["lora"] = {method.lora_rank, method.lora_alpha};
  if (!method.teacher.empty()) settings["teacher"] = {method.temperature, method.teacher_weight};
  return settings;
}

}  // namespace pantograph
