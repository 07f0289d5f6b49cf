// SPDX-License-Identifier: GPL-3.0-or-later
// The files of the report, and the page that holds its parts.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "measure/format.h"
#include "measure/report_parts.h"
#include "measure/results_json.h"

namespace pantograph::report {

using namespace figures;

namespace {

constexpr const char* kStyle = R"css(
:root { color-scheme: light dark; --page: #ffffff; --panel: #f5f6f8; --ink: #1b1f24; --faint: #5d6670; --rule: #d9dde2; --heat: #0b5ea8;
  --s0: #0072b2; --s1: #d55e00; --s2: #00855f; --s3: #b5508f; --s4: #a87400; --s5: #2b8fcf; --s6: #7a5c00; --s7: #555b63; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14171b; --panel: #1d2127; --ink: #e6e9ed; --faint: #9aa4af; --rule: #363c44; --heat: #6cb8ff;
    --s0: #58b4f0; --s1: #ff8f52; --s2: #35c99b; --s3: #e79ac5; --s4: #f0b73a; --s5: #9ad3f7; --s6: #cdb25a; --s7: #b9c0c8; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; margin: 2.6rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1.02rem; margin: 1.4rem 0 .4rem; }
.verdict { font-size: 1.08rem; max-width: 75ch; background: var(--panel); border-left: 4px solid var(--s0); padding: .9rem 1.2rem; margin: 1.3rem 0; }
.note, .sub { color: var(--faint); font-size: .9rem; max-width: 80ch; margin: .2rem 0 .8rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; margin: .3rem 0 1rem; }
th, td { padding: .32rem .8rem; text-align: left; border-bottom: 1px solid var(--rule); vertical-align: top; }
thead th { color: var(--faint); font-weight: 600; }
tbody th { font-weight: 600; white-space: nowrap; }
table.dense { font-size: .84rem; }
.dense th, .dense td { padding: .32rem .5rem; }
a { color: var(--s0); }
th.span { text-align: center; }
.n { text-align: right; white-space: nowrap; }
.best { font-weight: 700; }
.sum th, .sum td { border-top: 2px solid var(--faint); background: var(--panel); }
figure { margin: 1rem 0; }
figcaption { font-weight: 600; margin-bottom: .3rem; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 480px), 1fr)); gap: .5rem 2rem; }
svg.chart { max-width: 100%; height: auto; display: block; font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
svg text { fill: var(--ink); }
svg text.faint { fill: var(--faint); }
svg text.strong { font-weight: 600; }
svg .grid { stroke: var(--rule); stroke-width: 1; }
svg .axis { stroke: var(--faint); stroke-width: 1; }
svg .line { fill: none; stroke: var(--c); stroke-width: 1.8; stroke-linejoin: round; }
svg .dot, svg .solid { fill: var(--c); }
svg .pale { fill: var(--c); opacity: .28; }
svg .cut { stroke: var(--page); stroke-width: 2.5; }
svg .ring { fill: var(--page); fill-opacity: .6; stroke: var(--c); stroke-width: 2; }
svg .cell { fill: var(--heat); stroke: var(--rule); stroke-width: 1; }
.c0 { --c: var(--s0); } .c1 { --c: var(--s1); } .c2 { --c: var(--s2); } .c3 { --c: var(--s3); }
.c4 { --c: var(--s4); } .c5 { --c: var(--s5); } .c6 { --c: var(--s6); } .c7 { --c: var(--s7); }
.switch label { font-size: .85rem; color: var(--faint); margin: 0 .9rem 0 .25rem; }
.switch .log { display: none; }
.switch input:nth-of-type(2):checked ~ .linear { display: none; }
.switch input:nth-of-type(2):checked ~ .log { display: block; }
details { margin: .8rem 0; }
summary { cursor: pointer; font-weight: 600; }
pre { background: var(--panel); padding: 1rem; overflow-x: auto; font: .85rem/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
@media print { body { font-size: 11pt; } section { break-inside: avoid-page; } }
)css";

/// Keeps "4.3 %" on one line.
std::string tied(std::string text) {
  for (std::size_t at = text.find(" %"); at != std::string::npos; at = text.find(" %", at))
    text.replace(at, 1, "\u00A0");
  return text;
}

std::string made(const ReportInput& input) {
  std::string seeds;
  for (std::uint64_t seed : input.seeds) seeds += (seeds.empty() ? "" : ", ") + std::to_string(seed);
  std::string out = "<section><h2>How this was made</h2>\n<p>";
  out += fmt::format(
      "Pantograph {}, seed{} {}. {} result{} and {} curve{}. The numbers of this page are in <a "
      "href=\"results.json\">results.json</a> and "
      "<a href=\"results.csv\">results.csv</a>, every point of its curves in <a href=\"curves.csv\">curves.csv</a>. "
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

}  // namespace

std::string html_page(const ReportInput& input) {
  const Colors colors = method_colors(input);
  const std::string name = escape_xml(input.project_name);
  return "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta "
         "charset=\"utf-8\"/>\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>" +
         name + " – Pantograph</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n<main>\n<h1>" + name +
         "</h1>\n<p class=\"sub\">Small specialized language models: what each method gave, and what it cost.</p>\n<p "
         "class=\"verdict\">" +
         escape_xml(tied(verdict(input.records))) + "</p>\n" + results_tables(input) + averages_table(input) +
         result_bars(input, colors) + cost_table(input) + generic_curves(input, colors) +
         specialization_curves(input, colors) + cluster_strip(input) + corpora_table(input) + made(input) +
         "</main>\n</body>\n</html>\n";
}

std::string results_json(const ReportInput& input) {
  nlohmann::ordered_json out;
  out["schema"] = kResultsSchema;
  out["project"] = input.project_name;
  out["version"] = input.program_version;
  out["records"] = nlohmann::ordered_json::array();
  for (const ResultRecord& r : input.records) out["records"].push_back(ordered_record(r));
  return out.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string results_csv(const ReportInput& input) {
  std::string out;
  const nlohmann::ordered_json names = ordered_record(ResultRecord{});
  for (const auto& item : names.items()) out += (out.empty() ? "" : ",") + item.key();
  out += "\n";
  for (const ResultRecord& r : input.records) {
    const nlohmann::ordered_json record = ordered_record(r);
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

std::string curves_csv(const ReportInput& input) {
  std::string out = "run,method,series,step,tokens,seconds,value,expert\n";
  for (const RunCurve& curve : input.curves) {
    const std::string start = csv_field(curve.run) + "," + csv_field(curve.method) + ",";
    for (const MetricPoint& p : curve.points) {
      out += start + fmt::format("{},{},{},{},{},{}\n", csv_field(p.series), p.step, p.tokens, format_exact(p.seconds),
                                 format_exact(p.value), p.expert);
    }
  }
  return out;
}

}  // namespace pantograph::report

namespace pantograph {

void write_report(const ReportInput& unsorted, const std::filesystem::path& folder) {
  ReportInput input = unsorted;
  sort_results(input.records);
  make_directories(folder);
  write_atomically(folder / "results.csv", report::results_csv(input));
  write_atomically(folder / "curves.csv", report::curves_csv(input));
  write_atomically(folder / "report.html", report::html_page(input));
  write_atomically(folder / "results.json", report::results_json(input));  // last: who finds it finds the others
}

}  // namespace pantograph
