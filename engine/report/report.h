// SPDX-License-Identifier: GPL-3.0-or-later
// The report: results.json, results.csv, curves.csv, figures and report.html; and the verdict in words.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "measure/figures.h"
#include "measure/results.h"
#include "overlap/overlap.h"
#include "report/tables.h"
#include "store/metrics.h"

namespace pantograph::report {

struct RunCurve {
  std::string run;  ///< "slm seed 7", "slm-pn › law 100k seed 7"
  std::string method;
  std::vector<store::MetricPoint> points;
  std::string domain = {};  ///< of a specialization; when empty it is taken from `run` ("… › law 100k seed 7")
};

struct ReportInput {
  std::string project_name, program_version, settings_toml;
  std::vector<std::uint64_t> seeds;
  std::vector<measure::ResultRecord> records;
  std::vector<RunCurve> curves;
  /// By corpus name, may be null: {"role", "files", "documents": [train, validation, test], "tokens": [3], "bytes":
  /// [3], "dropped": {reason: {"count"}}, "other_kinds": {ending: count}}; what is missing shows as a dash. The keys
  /// may also stand in "imported" and "tokenized".
  nlohmann::json* corpora = nullptr;
  const overlap::Overlap* overlap = nullptr;  ///< near-copies and leaks, may be null
  nlohmann::json* clustering = nullptr;       ///< ClusteringSummary with its members' names as keys, may be null
  const Table* laws = nullptr;                ///< predictions of scaling laws, may be null
  const Table* splits = nullptr;              ///< of budgets between the phases, by these laws, may be null
  const std::vector<measure::Figure>* law_figures = nullptr;  ///< of those laws, may be null
  const std::vector<Table>* clusterings = nullptr;            ///< several clusterings compared, may be null
};

/// Writes results.json, results.csv, curves.csv and report.html (self-contained: inline SVG and CSS, light and dark),
/// each atomically. The same input gives the same bytes. Error(run) when a file cannot be written.
void write_report(const ReportInput& input, const std::filesystem::path& folder);
/// results.csv: a header line and a line for each record, in their order.
std::string results_csv(const std::vector<measure::ResultRecord>& records);

/// Plain words: which method won after fine-tuning and by how much; honest when it is a draw. A line for each size, and
/// with several sizes one for what holds of all of them.
std::string verdict(const std::vector<measure::ResultRecord>& records);

}  // namespace pantograph::report
