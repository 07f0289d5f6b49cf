// SPDX-License-Identifier: GPL-3.0-or-later
// The paper's tables as data, made from a user's own records.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "measure/results.h"

namespace pantograph::report {

struct TableCell {
  std::string text;                                         ///< as shown; a dash where there is no number
  double exact = std::numeric_limits<double>::quiet_NaN();  ///< the number behind it; NaN for text
  bool best = false;
};
struct TableColumn {
  std::string title;
  bool number = true;  ///< stands right
};
struct Table {
  std::string id, title, note;
  std::vector<TableColumn> columns = {};
  std::vector<std::vector<TableCell>> rows = {};  ///< of as many cells as columns
};

/// Each has no rows when its numbers are not there.
Table parameters_table(const std::vector<measure::ResultRecord>& records);  ///< overall and at inference
Table throughput_table(
    const std::vector<measure::ResultRecord>& records);  ///< device time and FLOPs per 1B tokens, by phase
Table limits_table(const std::vector<measure::ResultRecord>& records);  ///< upper limits of cost: the dearest run
std::vector<Table> costs_tables(
    const std::vector<measure::ResultRecord>& records);                     ///< C_total of 1, 7, 50: time, FLOPs
Table perplexity_table(const std::vector<measure::ResultRecord>& records);  ///< budget × method: generic, before, sizes
/// Of each size, at each method's largest budget: perplexity on the test sets with its interval, bits per byte, and
/// without the documents that leak; and the text of a domain that the method saw.
Table test_sets_table(const std::vector<measure::ResultRecord>& records);
/// Of each size: every competitor from the chosen one, with its interval and what it decides (measure/paired.h).
Table differences_table(const std::vector<measure::ResultRecord>& records);
Table selection_table(
    const std::vector<measure::ResultRecord>& records);  ///< how the expert was chosen, what that cost
Table sampling_table(const std::vector<measure::ResultRecord>&
                         records);  ///< of a resampled generic set: effective sample size, repetition
/// Perplexities at the costs of the reference method's budgets (the first of the baseline's kind, else the first with a
/// generic phase), interpolated; one row a cost, one table a size. None where no other method can be read off at these
/// costs.
std::vector<Table> equal_cost_tables(const std::vector<measure::ResultRecord>& records);
/// Share of the most frequent cluster and entropy of each domain; from ReportInput::clustering.
Table concentration_table(const nlohmann::json& clustering);

/// All of them that have rows, in the report's order, without the concentration.
std::vector<Table> paper_tables(const std::vector<measure::ResultRecord>& records);

}  // namespace pantograph::report
