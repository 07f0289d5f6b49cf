// SPDX-License-Identifier: GPL-3.0-or-later
// The files of the report, and the page that holds its parts.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/numbers.h"
#include "base/text.h"
#include "measure/comparison.h"
#include "measure/results_json.h"
#include "overlap/overlap_json.h"
#include "report/parts.h"

namespace pantograph::report {

namespace {

std::string made(const ReportInput& input) {
  std::string seeds;
  for (std::uint64_t seed : input.seeds) seeds += (seeds.empty() ? "" : ", ") + std::to_string(seed);
  std::string out = "<section><h2>How this was made</h2>\n<p>";
  out += fmt::format(
      "Pantograph {}, seed{} {}. {} result{} and {} curve{}. The numbers of this page are in <a "
      "href=\"results.json\">results.json</a> and "
      "<a href=\"results.csv\">results.csv</a>, every point of its curves in <a href=\"curves.csv\">curves.csv</a>, "
      "those "
      "of its figures in <a href=\"figures.csv\">figures.csv</a>; each figure is a file of its own in figures/. "
      "Losses are mean negative "
      "log-likelihoods in nats per token; a perplexity is their exponential. Validation sets chose experts and steps; "
      "each test set was read once.</p>\n",
      escape_xml(input.program_version), input.seeds.size() == 1 ? "" : "s", seeds.empty() ? "–" : seeds,
      input.records.size(), input.records.size() == 1 ? "" : "s", input.curves.size(),
      input.curves.size() == 1 ? "" : "s");
  if (!input.settings_toml.empty()) {
    out += "<details><summary>Settings: the project file</summary><pre>" + escape_xml(input.settings_toml) +
           "</pre></details>\n";
  }
  return out + "</section>\n";
}

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// What is not known is null.
nlohmann::ordered_json comparison_json(const measure::Comparison& c) {
  using nlohmann::ordered_json;
  const auto number = [](double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr); };
  ordered_json out = {{"specialization_tokens", c.size}, {"ranked_by", c.by_validation ? "validation" : "test"}};
  out["chosen"] = c.level.empty() ? ordered_json(nullptr) : ordered_json(c.level.front().method);
  out["differences"] = ordered_json::array();
  for (const measure::PairedDifference& d : c.differences) {
    out["differences"].push_back(
        {{"method", d.method},
         {"loss", number(d.loss)},
         {"low", number(d.interval.low)},
         {"high", number(d.interval.high)},
         {"confidence", d.confidence},
         {"error_over_seeds", number(d.of_seeds.degrees > 0 ? std::sqrt(d.of_seeds.value) : kUnknown)},
         {"error_over_documents", number(d.of_test.degrees > 0 ? std::sqrt(d.of_test.value) : kUnknown)},
         {"p", number(d.p)},
         {"decision", to_string(d.decision)},
         {"domains", d.domains},
         {"seeds", d.seeds},
         {"samples", d.samples},
         {"detectable", number(detectable(d))},
         {"seeds_needed", seeds_needed(d)}});
  }
  return out;
}

}  // namespace

std::string html_page(const ReportInput& input, const ReportFigures& figures) {
  const Colors colors = method_colors(input);
  const std::vector<measure::ResultRecord> latest = measure::at_largest_budget(input.records);
  const std::string name = escape_xml(input.project_name);
  return "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta "
         "charset=\"utf-8\"/>\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>" +
         name + " – Pantograph</title>\n<style>" + style_sheet() + "</style>\n</head>\n<body>\n<main>\n<h1>" + name +
         "</h1>\n<p class=\"sub\">Small specialized language models: what each method gave, and what it cost.</p>\n" +
         advice_section(input.records) + results_tables(latest) + result_bars(latest, colors) +
         paper_tables_section(input.records) + laws_section(input) + figures_section(figures, colors) +
         generic_curves(input, colors) + specialization_curves(input, colors) + cluster_strip(input) +
         corpora_table(input) + overlap_section(input) + made(input) + "</main>\n</body>\n</html>\n";
}

std::string results_json(const ReportInput& input) {
  nlohmann::ordered_json out;
  out["schema"] = measure::kResultsSchema;
  out["project"] = input.project_name;
  out["version"] = input.program_version;
  out["records"] = nlohmann::ordered_json::array();
  for (const measure::ResultRecord& r : input.records) out["records"].push_back(measure::ordered_record(r));
  if (input.overlap != nullptr) {
    out["leaks"] = nlohmann::ordered_json::object();
    for (const auto& [domain, leaks] : input.overlap->leaks) out["leaks"][domain] = overlap::to_json(leaks);
  }
  out["comparisons"] = nlohmann::ordered_json::array();
  for (const measure::Comparison& c : measure::compare(input.records)) out["comparisons"].push_back(comparison_json(c));
  return out.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string curves_csv(const ReportInput& input) {
  std::string out = "run,method,series,step,tokens,seconds,value,expert\n";
  for (const RunCurve& curve : input.curves) {
    const std::string start = csv_field(curve.run) + "," + csv_field(curve.method) + ",";
    for (const store::MetricPoint& p : curve.points) {
      out += start + fmt::format("{},{},{},{},{},{}\n", csv_field(p.series), p.step, p.tokens, format_exact(p.seconds),
                                 format_exact(p.value), p.expert);
    }
  }
  return out;
}

}  // namespace pantograph::report

namespace pantograph::report {

namespace {

/// One file a figure; those of an earlier report that this one does not have are removed.
void write_figures(const std::map<std::string, std::string>& files, const std::filesystem::path& folder) {
  std::error_code ignored;  // a file that stays is only out of date
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".svg" && !files.contains(entry.path().stem().string()))
      std::filesystem::remove(entry.path(), ignored);
  }
  if (!files.empty()) make_directories(folder);
  for (const auto& [id, svg] : files) write_atomically(folder / (id + ".svg"), svg);
}

}  // namespace

std::string results_csv(const std::vector<measure::ResultRecord>& records) {
  std::string out;
  const nlohmann::ordered_json names = measure::ordered_record(measure::ResultRecord{});
  for (const auto& item : names.items()) out += (out.empty() ? "" : ",") + item.key();
  out += "\n";
  for (const measure::ResultRecord& r : records) {
    const nlohmann::ordered_json record = measure::ordered_record(r);
    std::vector<std::string> fields;
    for (const auto& value : record) {
      fields.push_back(value.is_string()         ? csv_field(value.get<std::string>())
                       : value.is_null()         ? "nan"
                       : value.is_number_float() ? format_exact(value.get<double>())
                                                 : value.dump());
    }
    out += fmt::format("{}\n", fmt::join(fields, ","));
  }
  return out;
}

void write_report(const ReportInput& unsorted, const std::filesystem::path& folder) {
  ReportInput input = unsorted;
  measure::sort_results(input.records);
  const report::ReportFigures figures = report::report_figures(input.records);
  std::vector<measure::Figure> all = figures.time.figures;
  all.insert(all.end(), figures.flops.figures.begin(), figures.flops.figures.end());
  std::map<std::string, std::string> files = report::figure_files(all, report::method_colors(input));
  if (input.law_figures != nullptr) {
    files.merge(report::figure_files(*input.law_figures, report::size_colors(*input.law_figures)));
    all.insert(all.end(), input.law_figures->begin(), input.law_figures->end());
  }
  make_directories(folder);
  write_atomically(folder / "results.csv", results_csv(input.records));
  write_atomically(folder / "curves.csv", report::curves_csv(input));
  write_atomically(folder / "figures.csv", measure::figures_csv(all));
  write_figures(files, folder / "figures");
  write_atomically(folder / "report.html", report::html_page(input, figures));
  write_atomically(folder / "results.json", report::results_json(input));  // last: who finds it finds the others
}

}  // namespace pantograph::report
