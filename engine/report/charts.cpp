// SPDX-License-Identifier: GPL-3.0-or-later
// The report's charts: which curve goes where.
#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/numbers.h"
#include "base/text.h"
#include "measure/concentration.h"
#include "report/parts.h"
#include "report/svg_chart.h"

namespace pantograph::report {

namespace {

using nlohmann::json;

std::string ordinal(std::size_t n) {
  const char* ending = n % 10 == 1 && n % 100 != 11   ? "st"
                       : n % 10 == 2 && n % 100 != 12 ? "nd"
                       : n % 10 == 3 && n % 100 != 13 ? "rd"
                                                      : "th";
  return std::to_string(n) + ending;
}

/// What a reader must know about points that the picture does not show.
std::string drawn_note(const chart::Drawing& drawing) {
  std::string out;
  if (drawing.stride > 1)
    out += fmt::format("Longest curves: every {} point drawn; all are in curves.csv. ", ordinal(drawing.stride));
  if (drawing.left_out > 0)
    out += fmt::format(
        "{} points cannot be drawn on these axes (not finite, or not positive on a logarithmic one); all are in "
        "curves.csv.",
        drawing.left_out);
  return out.empty() ? "" : "<p class=\"note\">" + out + "</p>";
}

std::string figure(const std::string& caption, const chart::LineChart& chart) {
  const chart::Drawing drawing = chart::draw(chart);
  return "<figure><figcaption>" + escape_xml(caption) + "</figcaption>" + drawing.svg + drawn_note(drawing) +
         "</figure>\n";
}

/// The same chart with a linear and a logarithmic horizontal axis; two radio buttons choose, no script.
std::string figure_with_log(const std::string& id, const std::string& caption, chart::LineChart chart) {
  chart.x.log = false;
  const chart::Drawing linear = chart::draw(chart);
  chart.x.log = true;
  const chart::Drawing log = chart::draw(chart);
  return fmt::format(
      "<figure class=\"switch\"><figcaption>{0}</figcaption>"
      "<input type=\"radio\" name=\"{1}\" id=\"{1}-linear\" checked=\"checked\"/><label "
      "for=\"{1}-linear\">linear</label>"
      "<input type=\"radio\" name=\"{1}\" id=\"{1}-log\"/><label for=\"{1}-log\">logarithmic tokens</label>"
      "<div class=\"linear\">{2}{3}</div><div class=\"log\">{4}{5}</div></figure>\n",
      escape_xml(caption), id, linear.svg, drawn_note(linear), log.svg, drawn_note(log));
}

std::vector<chart::Point> points_of(const RunCurve& curve, const std::string& series) {
  std::vector<chart::Point> out;
  for (const store::MetricPoint& p : curve.points) {
    if (p.series == series) out.push_back({static_cast<double>(p.tokens), p.value});
  }
  return out;
}

/// Without the domain, which stands above the chart: "slm-pn 100k seed 7" of "slm-pn › law 100k seed 7".
std::string short_name(const RunCurve& curve) {
  const std::string part = " › " + curve_domain(curve) + " ";
  const auto at = curve.run.find(part);
  return at == std::string::npos ? curve.run : curve.run.substr(0, at) + " " + curve.run.substr(at + part.size());
}

/// Curves that hold a series, as chart series: a colour per method, a dash per further run of it.
std::vector<chart::Series> series_of(const std::vector<const RunCurve*>& curves, const std::string& series,
                                     const Colors& colors, bool aligned) {
  std::vector<chart::Series> out;
  std::map<std::string, int> runs;
  for (const RunCurve* curve : curves) {
    chart::Series s;
    s.name = short_name(*curve);
    s.points = points_of(*curve, series);
    if (s.points.empty()) continue;
    if (aligned && curve->points.front().step == 0) {  // a run that goes on counting from its pretraining
      for (chart::Point& p : s.points) p.x -= static_cast<double>(curve->points.front().tokens);
    }
    s.color = colors.contains(curve->method) ? colors.at(curve->method) : 0;
    s.dash = s.color / chart::kColors + runs[curve->method]++;
    s.markers = s.points.size() <= 60;
    out.push_back(std::move(s));
  }
  return out;
}

std::vector<const RunCurve*> curves_where(const ReportInput& input, bool specialization) {
  std::vector<const RunCurve*> out;
  for (const RunCurve& curve : input.curves) {
    if (curve_domain(curve).empty() != specialization) out.push_back(&curve);
  }
  return out;
}

std::string terms_of(const json& terms) {
  std::string out;
  if (!terms.is_array()) return out;
  for (const json& term : terms) {
    if (term.is_string()) out += (out.empty() ? "" : ", ") + term.get<std::string>();
  }
  return out;
}

}  // namespace

std::string curve_domain(const RunCurve& curve) {
  if (!curve.domain.empty()) return curve.domain;
  static const std::string kArrow = " › ";
  const auto arrow = curve.run.find(kArrow);
  if (arrow == std::string::npos) return "";
  const std::string rest = curve.run.substr(arrow + kArrow.size());
  return rest.substr(0, rest.find(' '));
}

Colors method_colors(const ReportInput& input) {
  std::set<std::string> names;
  for (const measure::ResultRecord& r : input.records) names.insert(r.method);
  for (const RunCurve& curve : input.curves) names.insert(curve.method);
  Colors out;
  for (const std::string& name : names) out.emplace(name, static_cast<int>(out.size()));
  return out;
}

std::string result_bars(const std::vector<measure::ResultRecord>& records, const Colors& colors) {
  if (records.empty()) return "";
  std::string out =
      "<section><h2>Before and after fine-tuning</h2>\n<p class=\"note\">Test perplexity, lower is better: pale "
      "before, solid after; mean over seeds, at the largest generic budget. A bar that is cut goes on beyond the "
      "axis.</p>\n";
  for (std::uint64_t size : sizes_of(records)) {
    chart::BarChart bars;
    bars.unit = "perplexity";
    bars.description = fmt::format("Perplexity of every domain and method before and after fine-tuning on {} tokens",
                                   short_count(static_cast<double>(size)));
    for (const std::string& domain : domains_of(records)) {
      chart::BarGroup group{domain, {}};
      for (const std::string& method : methods_of(records)) {
        const Cell cell = mean_cell(records, method, domain, size);
        if (cell.seeds > 0) group.bars.push_back({method, cell.before, cell.after, colors.at(method)});
      }
      if (!group.bars.empty()) bars.groups.push_back(std::move(group));
    }
    out += fmt::format("<figure><figcaption>{} tokens of each domain</figcaption>{}</figure>\n",
                       short_count(static_cast<double>(size)), chart::draw(bars));
  }
  return out + "</section>\n";
}

std::string generic_curves(const ReportInput& input, const Colors& colors) {
  const auto curves = curves_where(input, false);
  std::set<std::string> probes;
  for (const RunCurve* curve : curves) {
    for (const store::MetricPoint& p : curve->points) {
      if (p.series.starts_with("probe/")) probes.insert(p.series);
    }
  }
  std::string out;
  int id = 0;
  const auto add = [&](const std::string& series, const std::string& caption, bool small) {
    chart::LineChart chart;
    chart.x.label = "generic tokens seen";
    chart.y.label = "loss, nats per token";
    chart.description = caption + " against generic tokens";
    chart.series = series_of(curves, series, colors, false);
    if (small) chart.width = 520, chart.height = 280;
    if (!chart.series.empty()) out += figure_with_log(fmt::format("g{}", id++), caption, std::move(chart));
  };
  add("generic", "Generic validation loss", false);
  if (!probes.empty()) {
    out +=
        "<h3>Domains while pretraining</h3>\n<p class=\"note\">Validation loss of each domain without fine-tuning, "
        "from the expert chosen for it at that moment.</p>\n<div class=\"panels\">";
    for (const std::string& probe : probes) add(probe, probe.substr(6), true);
    out += "</div>\n";
  }
  std::string before = std::exchange(out, "");
  add("train", "Training loss, as measured at each step (not smoothed)", false);
  if (!out.empty()) before += "<details><summary>Training loss</summary>" + out + "</details>\n";
  return before.empty() ? "" : "<section><h2>Generic phase</h2>\n" + before + "</section>\n";
}

std::string specialization_curves(const ReportInput& input, const Colors& colors) {
  std::map<std::string, std::vector<const RunCurve*>> domains;
  for (const RunCurve* curve : curves_where(input, true)) domains[curve_domain(*curve)].push_back(curve);
  std::string panels;
  for (const auto& [domain, curves] : domains) {
    chart::LineChart chart;
    chart.x.label = "tokens of fine-tuning";
    chart.y.label = "validation loss, nats per token";
    chart.description = "Validation loss of " + domain + " while fine-tuning, aligned at its start";
    chart.series = series_of(curves, "validation", colors, true);
    chart.width = 520, chart.height = 280;
    if (chart.series.empty()) continue;
    for (chart::Series& s : chart.series) {
      const auto lower = [](const chart::Point& a, const chart::Point& b) { return a.y < b.y; };
      s.highlight =
          static_cast<std::size_t>(std::min_element(s.points.begin(), s.points.end(), lower) - s.points.begin());
    }
    panels += figure(domain, chart);
  }
  if (panels.empty()) return "";
  return "<section><h2>Fine-tuning</h2>\n<p class=\"note\">Aligned at the start of each fine-tuning. The ring is the "
         "lowest validation loss: the step that is kept.</p>\n"
         "<div class=\"panels\">" +
         panels + "</div></section>\n";
}

std::string cluster_strip(const ReportInput& input) {
  if (!input.clustering || !input.clustering->is_object()) return "";
  const json& c = *input.clustering;
  chart::HeatStrip strip;
  strip.description = "Share of each corpus in every cluster";
  std::string rows;
  const auto add = [&](const std::string& name, const json& value) {
    const measure::Concentration found = measure::concentration(value);
    if (found.fractions.empty()) return;
    strip.rows.push_back({name, fmt::format("{}, {:.2f}", format_percent(found.top), found.entropy), found.fractions});
  };
  if (c.contains("generic")) add("generic set", c["generic"]);
  if (c.contains("domains") && c["domains"].is_object()) {
    for (const auto& [name, value] : c["domains"].items()) add(name, value);
  }
  if (strip.rows.empty()) return "";
  std::string terms;
  if (c.contains("top_terms") && c["top_terms"].is_array()) {
    for (const json& cluster : c["top_terms"]) {
      strip.column_notes.push_back(terms_of(cluster));
      terms += fmt::format("<tr><th scope=\"row\" class=\"n\">{}</th><td>{}</td></tr>", strip.column_notes.size() - 1,
                           escape_xml(strip.column_notes.back()));
    }
  }
  std::string compared;
  if (input.clusterings) {
    for (const Table& table : *input.clusterings) compared += html_table(table, "h3");
  }
  std::string out =
      "<section><h2>Clusters</h2>\n<p class=\"note\">Share of each corpus' training windows in every cluster; a "
      "stronger "
      "colour is more. At the right: the share "
      "in the most frequent cluster, and the entropy in nats";
  out += fmt::format(" (all clusters alike would be {:.2f}).</p>\n<figure>",
                     std::log(static_cast<double>(strip.rows.front().fractions.size())));
  out += chart::draw(strip) + "</figure>\n" + html_table(concentration_table(c), "h3") + compared;
  if (!terms.empty()) {
    out +=
        "<details><summary>Terms that set each cluster apart</summary><div class=\"scroll\"><table><thead><tr><th "
        "scope=\"col\" class=\"n\">cluster</th><th scope=\"col\">terms</th></tr></thead><tbody>" +
        terms + "</tbody></table></div></details>\n";
  }
  return out + "</section>\n";
}

}  // namespace pantograph::report
