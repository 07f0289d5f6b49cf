// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of report.html: each function gives one <section> of well-formed XML, or nothing when it has nothing to
// show.
#pragma once

#include <map>
#include <string>

#include "measure/results.h"

namespace pantograph::report {

/// One colour per method, the same in every chart.
using Colors = std::map<std::string, int>;
Colors method_colors(const ReportInput& input);

std::string results_tables(const ReportInput& input);  ///< domain × method, before and after, a table per size
std::string averages_table(const ReportInput& input);  ///< macro-averages
std::string cost_table(const ReportInput& input);      ///< parameters, tokens, FLOPs, seconds per phase
std::string corpora_table(const ReportInput& input);   ///< documents, tokens, dropped
std::string result_bars(const ReportInput& input, const Colors& colors);
std::string generic_curves(const ReportInput& input, const Colors& colors);  ///< generic loss and probes against tokens
std::string specialization_curves(const ReportInput& input, const Colors& colors);  ///< fine-tuning, a chart per domain
std::string cluster_strip(const ReportInput& input);

std::string html_page(const ReportInput& input);
std::string results_json(const ReportInput& input);
std::string results_csv(const ReportInput& input);
std::string curves_csv(const ReportInput& input);

/// "law 100k" of the run "slm-pn › law 100k seed 7" or of its own domain; empty for a generic phase.
std::string curve_domain(const RunCurve& curve);

/// Domain, size and method of the mean over seeds that tables and bars show; NaN where there is no record.
struct Cell {
  double before, after;
  int seeds;
};
Cell mean_cell(const std::vector<ResultRecord>& records, const std::string& method, const std::string& domain,
               std::uint64_t size);

std::vector<std::string> methods_of(const std::vector<ResultRecord>& records);
std::vector<std::string> domains_of(const std::vector<ResultRecord>& records);
std::vector<std::uint64_t> sizes_of(const std::vector<ResultRecord>& records);

}  // namespace pantograph::report
