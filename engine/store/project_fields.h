// SPDX-License-Identifier: GPL-3.0-or-later
// The keys of the project file, each in one place: reading, writing and the list of known keys all walk over these.
// Inside this room only. A new key is a line here, a rule in project_rules.cpp and a line in docs/FORMATS.md.
#pragma once

#include "store/project.h"

namespace pantograph::detail {

template <typename Visit>
void visit_fields(const CorpusSpec*, Visit&& visit) {
  visit("name", &CorpusSpec::name);
  visit("role", &CorpusSpec::role);
  visit("reader", &CorpusSpec::reader);
  visit("paths", &CorpusSpec::paths);
  visit("train", &CorpusSpec::train);
  visit("validation", &CorpusSpec::validation);
  visit("test", &CorpusSpec::test);
  visit("exclude", &CorpusSpec::exclude);
  visit("validation_fraction", &CorpusSpec::validation_fraction);
  visit("test_fraction", &CorpusSpec::test_fraction);
  visit("max_documents", &CorpusSpec::max_documents);
  visit("max_bytes", &CorpusSpec::max_bytes);
  visit("min_characters", &CorpusSpec::min_characters);
}

template <typename Visit>
void visit_fields(const TokenizerSpec*, Visit&& visit) {
  visit("vocabulary", &TokenizerSpec::vocabulary);
  visit("algorithm", &TokenizerSpec::algorithm);
  visit("model", &TokenizerSpec::model);
  visit("sample_bytes", &TokenizerSpec::sample_bytes);
}

template <typename Visit>
void visit_fields(const ClusteringSpec*, Visit&& visit) {
  visit("embedder", &ClusteringSpec::embedder);
  visit("model", &ClusteringSpec::model);
  visit("clusters", &ClusteringSpec::clusters);
  visit("window", &ClusteringSpec::window);
  visit("features", &ClusteringSpec::features);
  visit("dimensions", &ClusteringSpec::dimensions);
  visit("sample_windows", &ClusteringSpec::sample_windows);
  visit("restarts", &ClusteringSpec::restarts);
  visit("iterations", &ClusteringSpec::iterations);
}

// A network's name is its table's.
template <typename Visit>
void visit_fields(const SmallNetworkSpec*, Visit&& visit) {
  visit("layers", &SmallNetworkSpec::layers);
  visit("width", &SmallNetworkSpec::width);
  visit("heads", &SmallNetworkSpec::heads);
  visit("inner", &SmallNetworkSpec::inner);
  visit("context", &SmallNetworkSpec::context);
}

template <typename Visit>
void visit_fields(const ProjectedNetworkSpec*, Visit&& visit) {
  visit("small", &ProjectedNetworkSpec::small);
  visit("h", &ProjectedNetworkSpec::h);
  visit("m", &ProjectedNetworkSpec::m);
}

template <typename Visit>
void visit_fields(const GenericSpec*, Visit&& visit) {
  visit("tokens", &GenericSpec::tokens);
  visit("budgets", &GenericSpec::budgets);
  visit("tokens_per_step", &GenericSpec::tokens_per_step);
  visit("rate", &GenericSpec::rate);
  visit("warmup", &GenericSpec::warmup);
  visit("schedule", &GenericSpec::schedule);
  visit("final_rate", &GenericSpec::final_rate);
  visit("clip", &GenericSpec::clip);
  visit("weight_decay", &GenericSpec::weight_decay);
  visit("rows_at_once", &GenericSpec::rows_at_once);
  visit("experts_per_step", &GenericSpec::experts_per_step);
  visit("evaluate_every", &GenericSpec::evaluate_every);
  visit("checkpoint_seconds", &GenericSpec::checkpoint_seconds);
  visit("precision", &GenericSpec::precision);
}

template <typename Visit>
void visit_fields(const MethodGrid*, Visit&& visit) {
  visit("h", &MethodGrid::h);
  visit("m", &MethodGrid::m);
  visit("clusters", &MethodGrid::clusters);
}

template <typename Visit>
void visit_fields(const MethodSpec*, Visit&& visit) {
  visit("name", &MethodSpec::name);
  visit("kind", &MethodSpec::kind);
  visit("network", &MethodSpec::network);
  visit("pretrained", &MethodSpec::pretrained);
  visit("selection", &MethodSpec::selection);
  visit("clusters", &MethodSpec::clusters);
  visit("rate_factor", &MethodSpec::rate_factor);
  visit("start", &MethodSpec::start);
  visit("start_budget", &MethodSpec::start_budget);
  visit("start_variant", &MethodSpec::start_variant);
  visit("start_noise", &MethodSpec::start_noise);
  visit("adaptation", &MethodSpec::adaptation);
  visit("lora_rank", &MethodSpec::lora_rank);
  visit("lora_alpha", &MethodSpec::lora_alpha);
  visit("generic", &MethodSpec::generic);
  visit("rate_t", &MethodSpec::rate_t);
  visit("rate_e", &MethodSpec::rate_e);
  visit("rate_m", &MethodSpec::rate_m);
  visit("t_moments", &MethodSpec::t_moments);
  visit("experts", &MethodSpec::experts);
  visit("teacher", &MethodSpec::teacher);
  visit("temperature", &MethodSpec::temperature);
  visit("teacher_weight", &MethodSpec::teacher_weight);
  visit("grid", &MethodSpec::grid);
}

template <typename Visit>
void visit_fields(const SpecializationSpec*, Visit&& visit) {
  visit("domains", &SpecializationSpec::domains);
  visit("tokens", &SpecializationSpec::tokens);
  visit("selection", &SpecializationSpec::selection);
  visit("rate_factor", &SpecializationSpec::rate_factor);
  visit("tokens_per_step", &SpecializationSpec::tokens_per_step);
  visit("max_steps", &SpecializationSpec::max_steps);
  visit("warmup", &SpecializationSpec::warmup);
  visit("evaluate_every", &SpecializationSpec::evaluate_every);
  visit("patience", &SpecializationSpec::patience);
  visit("precision", &SpecializationSpec::precision);
}

}  // namespace pantograph::detail
