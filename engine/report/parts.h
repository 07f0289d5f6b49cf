// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of report.html: each function gives one <section> of well-formed XML, or nothing when it has nothing to
// show.
#pragma once

#include <map>
#include <string>

#include "measure/figures.h"
#include "measure/results.h"
#include "report/report.h"
#include "report/tables.h"

namespace pantograph::report {

/// One colour per method, the same in every chart; beyond chart::kColors they begin again with another dash.
using Colors = std::map<std::string, int>;
Colors method_colors(const ReportInput& input);

std::string advice_section(const std::vector<measure::ResultRecord>& records);  ///< what to use, and why
std::string results_tables(const std::vector<measure::ResultRecord>& records);  ///< domain × method, a table per size
std::string paper_tables_section(const std::vector<measure::ResultRecord>& records);  ///< those of tables.h
std::string html_table(const Table& table, const char* heading);  ///< with its heading ("h3") and its note
std::string laws_section(const ReportInput& input);               ///< what larger runs would give, with the laws drawn
std::string corpora_table(const ReportInput& input);              ///< documents, tokens, dropped
/// Test documents that were trained on, and near-copies.
std::string overlap_section(const ReportInput& input);
std::string result_bars(const std::vector<measure::ResultRecord>& records, const Colors& colors);
std::string generic_curves(const ReportInput& input, const Colors& colors);  ///< generic loss and probes against tokens
std::string specialization_curves(const ReportInput& input, const Colors& colors);  ///< fine-tuning, a chart per domain
std::string cluster_strip(const ReportInput& input);

/// The paper's figures of one report, by device time and by FLOPs.
struct ReportFigures {
  measure::FigureSet time, flops;
};
ReportFigures report_figures(const std::vector<measure::ResultRecord>& records);
std::string figures_section(const ReportFigures& figures, const Colors& colors);
/// Figures under the headings of their groups; small ones side by side.
std::string grouped_figures(const std::vector<measure::Figure>& figures, const Colors& colors);
Colors size_colors(
    const std::vector<measure::Figure>& laws);  ///< those of laws go by the size of the specialization set
/// Each figure by its id as a file of its own, that any viewer shows.
std::map<std::string, std::string> figure_files(const std::vector<measure::Figure>& figures, const Colors& colors);

std::string style_sheet();

std::string html_page(const ReportInput& input, const ReportFigures& figures);
std::string results_json(const ReportInput& input);
std::string curves_csv(const ReportInput& input);

/// "law 100k" of the run "slm-pn › law 100k seed 7" or of its own domain; empty for a generic phase.
std::string curve_domain(const RunCurve& curve);

/// Domain, size and method of the mean over seeds that tables and bars show; NaN where there is no record.
struct Cell {
  double before, after;
  int seeds;
};
Cell mean_cell(const std::vector<measure::ResultRecord>& records, const std::string& method, const std::string& domain,
               std::uint64_t size);

std::vector<std::string> methods_of(const std::vector<measure::ResultRecord>& records);
std::vector<std::string> domains_of(const std::vector<measure::ResultRecord>& records);
std::vector<std::uint64_t> sizes_of(const std::vector<measure::ResultRecord>& records);

}  // namespace pantograph::report
