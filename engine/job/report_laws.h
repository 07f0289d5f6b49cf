// SPDX-License-Identifier: GPL-3.0-or-later
// Scaling laws over the project's own results [OS]: what larger runs would give, and how to split a budget. Private to
// this room.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "base/control.h"
#include "measure/tables.h"

namespace pantograph {

struct LawReport {
  Table table;                  ///< a row for each method and domain with enough runs; its note says what is missing
  nlohmann::ordered_json json;  ///< of laws.json: fits with their resamples, errors on larger runs, splits
};

/// Fits every family to the runs of each method on each domain (budgets × sizes × seeds), takes the one that foretells
/// the larger runs best, and reads from it the loss at ten times the generic tokens and the best split of the largest
/// run's cost. Methods or domains with too few runs are left out, never an error.
LawReport fit_laws(const std::vector<ResultRecord>& records, const TaskContext& task);

}  // namespace pantograph
