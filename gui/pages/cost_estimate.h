// SPDX-License-Identifier: GPL-3.0-or-later
// What the project's networks would cost, as rows of text beside each other: the small network and the projected one.
#pragma once

#include <QString>
#include <map>
#include <utility>
#include <vector>

#include "plan/estimate.h"

struct CostRow {
  QString label, tip, small, projected;
};

/// FLOP/s by width and precision, where measured.
using FlopRates = std::map<std::pair<int, std::string>, double>;

/// The measured rate whose width is nearest; 0 without any of that precision.
double nearestRate(const FlopRates& rates, int width, const std::string& precision);

/// `small` and `projected` may be null. `vocabulary`: of the tokenizer, or as asked for.
std::vector<CostRow> costRows(const pantograph::project::Project& project,
                              const pantograph::project::SmallNetworkSpec* small,
                              const pantograph::project::ProjectedNetworkSpec* projected, int vocabulary,
                              const FlopRates& rates);

/// d of the small network that a method trains or projects; 0 where there is none.
int widthOf(const pantograph::project::Project& project, const pantograph::project::MethodSpec& method);

/// Seconds of all generic phases (methods × seeds, times the domains where each has a run of its own); below 0 while
/// the speed is not known.
double genericSeconds(const pantograph::project::Project& project, int vocabulary, const FlopRates& rates);
