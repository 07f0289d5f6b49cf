// SPDX-License-Identifier: GPL-3.0-or-later
// The settings of a project, each in one place: its key in the file, its member, what another value of it does to
// results, and the rule for its value alone. Reading, writing, editing, comparing, the list of known keys, the checks
// and the keys of results all walk over these; docs/FORMATS.md is held against them by a test. Inside this room only. A
// new setting is a line here and one in docs/FORMATS.md; rules that hold between settings are in project_rules.cpp.
#pragma once

#include <type_traits>

#include "project/project.h"
#include "project/setting_list.h"
#include "project/setting_rules.h"

namespace pantograph::project::detail {

/// Settings that are a table of settings below another's.
template <typename Value>
inline constexpr bool kIsTable = std::is_same_v<Value, GenericSpec> || std::is_same_v<Value, MethodGrid> ||
                                 std::is_same_v<Value, SpecializationSweep>;

// Of the top level. `schema` names the format of the file.
template <typename Visit>
void visit_fields(const Project*, Visit&& visit) {
  using enum Effect;
  visit("schema", &Project::schema, name, anything());
  visit("name", &Project::name, name, anything());
  visit("seed", &Project::seed, result, anything());
  visit("seeds", &Project::seeds, adds, anything());
  visit("evaluation_tokens", &Project::evaluation_tokens, result, anything());
}

// The tables below it, in the order in which a new file has them. Both sorts of networks are tables of [network].
template <typename Visit>
void visit_sections(const Project*, Visit&& visit) {
  visit("corpus", &Project::corpora);
  visit("tokenizer", &Project::tokenizer);
  visit("clustering", &Project::clustering);
  visit("network", &Project::small);
  visit("network", &Project::projected);
  visit("method", &Project::methods);
  visit("specialization", &Project::specialization);
}

template <typename Visit>
void visit_fields(const CorpusSpec*, Visit&& visit) {
  using enum Effect;
  visit("name", &CorpusSpec::name, name, anything());
  visit("role", &CorpusSpec::role, input, anything());
  visit("reader", &CorpusSpec::reader, result, anything());
  visit("text_field", &CorpusSpec::text_field, result, anything());
  visit("encoding", &CorpusSpec::encoding, result, anything());
  visit("paths", &CorpusSpec::paths, input, anything());
  visit("train", &CorpusSpec::train, input, anything());
  visit("validation", &CorpusSpec::validation, input, anything());
  visit("test", &CorpusSpec::test, input, anything());
  visit("exclude", &CorpusSpec::exclude, input, anything());
  visit("validation_fraction", &CorpusSpec::validation_fraction, result, below_one());
  visit("test_fraction", &CorpusSpec::test_fraction, result, below_one());
  visit("max_documents", &CorpusSpec::max_documents, result, count());
  visit("max_bytes", &CorpusSpec::max_bytes, result, count());
  visit("min_characters", &CorpusSpec::min_characters, result, count());
  visit("near_duplicates", &CorpusSpec::near_duplicates, result, words({"report", "drop", "keep"}));
}

template <typename Visit>
void visit_fields(const TokenizerSpec*, Visit&& visit) {
  using enum Effect;
  visit("vocabulary", &TokenizerSpec::vocabulary, result, between(64, 1'000'000));
  visit("algorithm", &TokenizerSpec::algorithm, result, words({"unigram", "bpe"}));
  visit("model", &TokenizerSpec::model, input, anything());
  visit("sample_bytes", &TokenizerSpec::sample_bytes, result, count(1));
}

template <typename Visit>
void visit_fields(const ClusteringSpec*, Visit&& visit) {
  using enum Effect;
  visit("embedder", &ClusteringSpec::embedder, result, anything());
  visit("model", &ClusteringSpec::model, input, anything());
  visit("clusters", &ClusteringSpec::clusters, result, between(1, kMostClusters));
  visit("window", &ClusteringSpec::window, result, between(0, 1'000'000));
  visit("features", &ClusteringSpec::features, result, between(1, 1 << 26));
  visit("dimensions", &ClusteringSpec::dimensions, result, between(1, 65536));
  visit("sample_windows", &ClusteringSpec::sample_windows, result, anything());
  visit("restarts", &ClusteringSpec::restarts, result, between(1, 1000));
  visit("iterations", &ClusteringSpec::iterations, result, between(1, 100'000));
}

// A network's name is its table's.
template <typename Visit>
void visit_fields(const SmallNetworkSpec*, Visit&& visit) {
  using enum Effect;
  visit("layers", &SmallNetworkSpec::layers, result, between(1, 1000));
  visit("width", &SmallNetworkSpec::width, result, between(1, 65536));
  visit("heads", &SmallNetworkSpec::heads, result, between(1, 4096));
  visit("inner", &SmallNetworkSpec::inner, result, between(0, 1 << 20));
  visit("context", &SmallNetworkSpec::context, result, between(2, 1'000'000));
  visit("block", &SmallNetworkSpec::block, result, anything());
  visit("activation", &SmallNetworkSpec::activation, result, anything());
  visit("key_value_heads", &SmallNetworkSpec::key_value_heads, result, between(0, 4096));
  visit("rope_base", &SmallNetworkSpec::rope_base, result, between(2, 1'000'000'000));
}

template <typename Visit>
void visit_fields(const ProjectedNetworkSpec*, Visit&& visit) {
  using enum Effect;
  visit("small", &ProjectedNetworkSpec::small, input, anything());
  visit("h", &ProjectedNetworkSpec::h, result, between(1, 65536));
  visit("m", &ProjectedNetworkSpec::m, result, between(1, 65536));
}

// How often a run is evaluated and saved does not change its weights, and smaller budgets are only networks more that
// it leaves on its way.
template <typename Visit>
void visit_fields(const GenericSpec*, Visit&& visit) {
  using enum Effect;
  visit("tokens", &GenericSpec::tokens, result, count());
  visit("budgets", &GenericSpec::budgets, adds, anything());
  visit("tokens_per_step", &GenericSpec::tokens_per_step, result, count(1, kMostTokens));
  visit("rate", &GenericSpec::rate, result, above_zero(kMostRate));
  visit("warmup", &GenericSpec::warmup, result, count());
  visit("schedule", &GenericSpec::schedule, result, words({"constant", "cosine", "linear", "wsd"}));
  visit("decay", &GenericSpec::decay, result, part());
  visit("final_rate", &GenericSpec::final_rate, result, up_to_one());
  visit("clip", &GenericSpec::clip, result, not_negative());
  visit("weight_decay", &GenericSpec::weight_decay, result, not_negative(kMostFactor));
  visit("rows_at_once", &GenericSpec::rows_at_once, result, count(0, kMostTokens));
  visit("experts_per_step", &GenericSpec::experts_per_step, result, between(1, kMostClusters));
  visit("evaluate_every", &GenericSpec::evaluate_every, watching, part());
  visit("checkpoint_seconds", &GenericSpec::checkpoint_seconds, watching, not_negative());
  visit("precision", &GenericSpec::precision, result, words(precisions()));
}

template <typename Visit>
void visit_fields(const MethodGrid*, Visit&& visit) {
  using enum Effect;
  visit("h", &MethodGrid::h, adds, anything());
  visit("m", &MethodGrid::m, adds, anything());
  visit("clusters", &MethodGrid::clusters, adds, anything());
}

template <typename Visit>
void visit_fields(const MethodSpec*, Visit&& visit) {
  using enum Effect;
  visit("name", &MethodSpec::name, name, anything());
  visit("kind", &MethodSpec::kind, result, anything());
  visit("network", &MethodSpec::network, input, anything());
  visit("pretrained", &MethodSpec::pretrained, input, anything());
  visit("selection", &MethodSpec::selection, specialization, anything());
  visit("clusters", &MethodSpec::clusters, input, between(0, kMostClusters));
  visit("rate_factor", &MethodSpec::rate_factor, specialization, not_negative(kMostFactor));
  visit("start", &MethodSpec::start, input, anything());
  visit("start_budget", &MethodSpec::start_budget, input, count());
  visit("start_variant", &MethodSpec::start_variant, generic_phase, words({"symmetric", "diagonal"}));
  visit("start_noise", &MethodSpec::start_noise, generic_phase, not_negative());
  visit("adaptation", &MethodSpec::adaptation, specialization, words({"full", "lora"}));
  visit("lora_rank", &MethodSpec::lora_rank, specialization, between(1, 65536));
  visit("lora_alpha", &MethodSpec::lora_alpha, specialization, above_zero(kMostFactor));
  visit("generic", &MethodSpec::generic, generic_phase, anything());
  visit("rate_t", &MethodSpec::rate_t, generic_phase, not_negative(kMostFactor));
  visit("rate_e", &MethodSpec::rate_e, generic_phase, not_negative(kMostFactor));
  visit("rate_m", &MethodSpec::rate_m, generic_phase, not_negative(kMostFactor));
  visit("t_moments", &MethodSpec::t_moments, generic_phase, words(precisions()));
  visit("experts", &MethodSpec::experts, adds, words({"all", "needed"}));
  visit("teacher", &MethodSpec::teacher, input, anything());
  visit("temperature", &MethodSpec::temperature, specialization, above_zero(kMostFactor));
  visit("teacher_weight", &MethodSpec::teacher_weight, specialization, up_to_one());
  visit("grid", &MethodSpec::grid, adds, anything());
}

template <typename Visit>
void visit_fields(const SpecializationSweep*, Visit&& visit) {
  using enum Effect;
  visit("rate_factor", &SpecializationSweep::rate_factor, result, each(above_zero(kMostFactor)));
}

template <typename Visit>
void visit_fields(const SpecializationSpec*, Visit&& visit) {
  using enum Effect;
  visit("domains", &SpecializationSpec::domains, adds, anything());
  visit("tokens", &SpecializationSpec::tokens, adds, each(count()));
  visit("samples", &SpecializationSpec::samples, adds, count(1, kMostSamples));
  visit("selection", &SpecializationSpec::selection, result, anything());
  visit("rate_factor", &SpecializationSpec::rate_factor, result, not_negative(kMostFactor));
  visit("sweep", &SpecializationSpec::sweep, result, anything());
  visit("tokens_per_step", &SpecializationSpec::tokens_per_step, result, count(1, kMostTokens));
  visit("max_steps", &SpecializationSpec::max_steps, result, count());
  visit("warmup", &SpecializationSpec::warmup, result, count());
  visit("evaluate_every", &SpecializationSpec::evaluate_every, result, count(1));
  visit("patience", &SpecializationSpec::patience, result, anything());
  visit("precision", &SpecializationSpec::precision, result, words(precisions()));
}

}  // namespace pantograph::project::detail
