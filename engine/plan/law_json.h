// SPDX-License-Identifier: GPL-3.0-or-later
// Fits, choices and plans as JSON, to be kept in a report.
#pragma once

#include <nlohmann/json.hpp>

#include "plan/law_choice.h"
#include "plan/split.h"

namespace pantograph::plan {

inline constexpr int kLawSchema = 1;

/// Everything in the fit, draws included; constants under their names, a number that is not finite as null.
nlohmann::ordered_json to_json(const LawFit& fit);

/// The fit as it was, digit for digit. Error(input) for another schema, an unknown law, or a key that is missing or of
/// the wrong type, or a level that is no share.
LawFit law_fit_from_json(const nlohmann::json& object);

/// The chosen fit and each family's errors on the held-out runs, without the fits to the smaller runs.
nlohmann::ordered_json to_json(const LawChoice& choice);

/// What to_json() kept of the choice. Errors as law_fit_from_json().
LawChoice law_choice_from_json(const nlohmann::json& object);

/// Sizes, splits, intervals and warnings.
nlohmann::ordered_json to_json(const SplitPlan& plan);

}  // namespace pantograph::plan
