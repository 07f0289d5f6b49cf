// SPDX-License-Identifier: GPL-3.0-or-later
// Scaling laws in words: which family, what is missing for one, what split it recommends.
#pragma once

#include <QString>

#include "report/laws.h"

namespace law_words {

QString family(pantograph::plan::LawFamily family);   ///< "additive", "effective data", "two stages"
QString formula(pantograph::plan::LawFamily family);  ///< L = E + …
/// How the law was found: runs, error on the larger ones, the other families' errors, what could not be identified.
QString found(const pantograph::report::MethodLaw& law);
/// A line for each method and domains that lack the same; empty where nothing is missing.
QString missing(const std::vector<pantograph::report::MissingLaw>& missing);
/// Tokens of both phases, their share of the budget, the predicted loss, with intervals; warnings last.
QString split(const pantograph::plan::SplitPlan& plan);

}  // namespace law_words
