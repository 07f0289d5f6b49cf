// SPDX-License-Identifier: GPL-3.0-or-later
// The scaling laws of a project's report as values: for the window, and as laws.json.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "plan/law_choice.h"
#include "plan/split.h"

namespace pantograph::report {

/// A law fitted to the runs of one method on one domain.
struct MethodLaw {
  std::string method, domain;
  std::vector<plan::ScalingPoint> points;  ///< the measured runs
  plan::LawChoice choice;                  ///< with resamples
  plan::SplitRequest split;  ///< what the report's split is for: the largest run's cost, for all domains that share it
};

/// A method and a domain whose runs carry no law.
struct MissingLaw {
  std::string method, domain;
  int runs = 0, budgets = 0, sizes = 0;  ///< that there are; different ones
  plan::LawNeeds needs;                  ///< which further ones would do; both empty: see the reason
  std::string reason;
};

struct Laws {
  std::vector<MethodLaw> fitted;  ///< by method, then domain
  std::vector<MissingLaw> missing;
};

/// Mean error on the larger runs of the family that was chosen; NaN where it was not compared.
double held_out_error(const plan::LawChoice& choice);

nlohmann::ordered_json to_json(const Laws& laws);
/// Error(input) for another schema, a key that is missing or of the wrong type, or a number out of its range.
Laws laws_from_json(const nlohmann::json& json);

}  // namespace pantograph::report
