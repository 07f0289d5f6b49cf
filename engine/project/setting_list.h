// SPDX-License-Identifier: GPL-3.0-or-later
// What there is to set in a project, from the one list of project/project_fields.h: for keys of results, for
// comparisons, for the documentation. A setting's default never changes once released: results leave out what is at it.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "project/project.h"

namespace pantograph::project {

/// What another value of a setting does to what was computed before.
enum class Effect {
  result,          ///< other numbers, wherever it is used
  generic_phase,   ///< other numbers in the generic phase, and in later steps only through what that gives them
  specialization,  ///< other numbers in specializations only
  input,     ///< says what something is made from: that thing's content counts, not what it is called or where it is
  adds,      ///< asks for more or fewer results, each as it would be without the others
  name,      ///< what something is called
  watching,  ///< how closely a run is watched and how often it is saved
};

/// Whether the value itself belongs to what identifies a result.
constexpr bool changes_results(Effect effect) {
  return effect == Effect::result || effect == Effect::generic_phase || effect == Effect::specialization;
}

struct SettingInfo {
  std::string key;       ///< without names: "method.generic.rate", "network.width", "seed"
  std::string type;      ///< "integer", "count", "number", "string", "list of strings", "list of counts", …
  std::string standard;  ///< its default as TOML
  Effect effect = Effect::result;
};

/// Every setting of a project file, in the order in which it is written.
std::vector<SettingInfo> setting_list();

/// The settings that change results, as JSON by their keys, without those at their default: a setting that is added to
/// the program later leaves the keys of older results as they are. `inner` of a small network is left out where it is
/// what 0 stands for.
nlohmann::json result_settings(const CorpusSpec& spec);
nlohmann::json result_settings(const TokenizerSpec& spec);
nlohmann::json result_settings(const ClusteringSpec& spec);
nlohmann::json result_settings(const SmallNetworkSpec& spec);
nlohmann::json result_settings(const ProjectedNetworkSpec& spec);
nlohmann::json result_settings(const GenericSpec& spec);
nlohmann::json result_settings(const SpecializationSpec& spec);
/// With "generic" as an object of its own. What a kind of method has no use for is in it too, where it was set.
nlohmann::json result_settings(const MethodSpec& spec);
/// Those of one phase, Effect::generic_phase or Effect::specialization, with those of both.
nlohmann::json result_settings(const MethodSpec& spec, Effect phase);

}  // namespace pantograph::project
