// SPDX-License-Identifier: GPL-3.0-or-later
// Scaling laws over the project's own results [OS]: what larger runs would give, and how to split a budget.
#pragma once

#include <vector>

#include "base/control.h"
#include "report/laws.h"
#include "report/tables.h"

namespace pantograph::report {

/// Fits every family to the runs of each method on each domain (budgets × sizes × seeds), and takes the one that
/// foretells the larger runs best. Methods or domains with too few runs are left out with what they lack, never an
/// error.
Laws fit_laws(const std::vector<measure::ResultRecord>& records, const TaskContext& task);

/// A row for each law: the loss at ten times the generic tokens, the best split of the largest run's cost. The note
/// says what is missing.
Table laws_table(const Laws& laws);

}  // namespace pantograph::report
