// SPDX-License-Identifier: GPL-3.0-or-later
// The paper's figures in the report: drawn from their data, on the page and as files.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "report/parts.h"
#include "report/svg_chart.h"
#include "report/svg_style.h"

namespace pantograph::report {

namespace {

chart::LineChart chart_of(const measure::Figure& figure, const Colors& colors, bool with_title) {
  chart::LineChart out;
  out.description = fmt::format("{}, {}: {} against {}", figure.group, figure.title, figure.y.label, figure.x.label);
  if (with_title) out.title = figure.group + ": " + figure.title;
  out.x = {figure.x.label, figure.x.log};
  out.y = {figure.y.label, figure.y.log};
  out.room = 0.03;
  if (figure.panel && !with_title) out.width = 520, out.height = 280;
  for (const measure::FigureSeries& s : figure.series) {
    chart::Series series;
    series.name = s.name;
    const auto color = colors.find(s.method);
    series.color = color != colors.end() ? color->second : static_cast<int>(out.series.size());
    series.dash = series.color / chart::kColors;
    series.markers = s.marks != measure::FigureMarks::line;
    series.line = s.marks != measure::FigureMarks::points;
    series.low = s.low;
    series.high = s.high;
    for (const measure::FigurePoint& p : s.points) series.points.push_back({p.x, p.y, p.spread});
    out.series.push_back(std::move(series));
  }
  return out;
}

std::string on_page(const measure::Figure& figure, const Colors& colors) {
  return fmt::format("<figure><figcaption>{}</figcaption>{}{}</figure>\n", escape_xml(figure.title),
                     chart::draw(chart_of(figure, colors, false)).svg,
                     figure.note.empty() ? "" : "<p class=\"note\">" + escape_xml(figure.note) + "</p>");
}

}  // namespace

std::string grouped_figures(const std::vector<measure::Figure>& figures, const Colors& colors) {
  std::string out, panels;
  const auto close = [&] {
    if (!panels.empty()) out += "<div class=\"panels\">" + std::exchange(panels, "") + "</div>\n";
  };
  std::string group;
  for (const measure::Figure& figure : figures) {
    if (figure.group != group || !figure.panel) close();
    if (figure.group != group) out += "<h3>" + escape_xml(figure.group) + "</h3>\n";
    group = figure.group;
    (figure.panel ? panels : out) += on_page(figure, colors);
  }
  close();
  return out;
}

Colors size_colors(const std::vector<measure::Figure>& laws) {
  Colors out;
  for (const measure::Figure& figure : laws) {
    for (const measure::FigureSeries& series : figure.series)
      out.try_emplace(series.method, static_cast<int>(out.size()));
  }
  return out;
}

ReportFigures report_figures(const std::vector<measure::ResultRecord>& records) {
  return {measure::paper_figures(records, measure::CostUnit::seconds),
          measure::paper_figures(records, measure::CostUnit::flops)};
}

std::string figures_section(const ReportFigures& figures, const Colors& colors) {
  const std::string time = grouped_figures(figures.time.figures, colors),
                    flops = grouped_figures(figures.flops.figures, colors);
  if (time.empty() && flops.empty()) return "";
  std::string out =
      "<section class=\"units\"><h2>Figures</h2>\n<p class=\"note\">Perplexities are macro-averages on the domains' "
      "test "
      "sets where nothing else is said. A point is the mean over seeds, its whisker their standard deviation; with one "
      "seed there is none. Lines only join what was run.</p>\n";
  if (time.empty() || flops.empty()) {
    out += flops + time;
  } else {
    out +=
        "<input type=\"radio\" name=\"units\" id=\"units-flops\" checked=\"checked\"/><label "
        "for=\"units-flops\">FLOPs</label><input type=\"radio\" name=\"units\" id=\"units-time\"/><label "
        "for=\"units-time\">device time</label>\n<div class=\"first\">" +
        flops + "</div>\n<div class=\"second\">" + time + "</div>\n";
  }
  const measure::FigureSet& said = figures.flops.figures.empty() ? figures.time : figures.flops;
  if (!said.missing.empty()) {
    out += "<h3>Figures that need more runs</h3>\n<ul class=\"note\">";
    for (const std::string& sentence : said.missing) out += "<li>" + escape_xml(sentence) + "</li>";
    out += "</ul>\n";
  }
  return out + "</section>\n";
}

std::map<std::string, std::string> figure_files(const std::vector<measure::Figure>& figures, const Colors& colors) {
  std::map<std::string, std::string> out;
  for (const measure::Figure& figure : figures)
    out[figure.id] = chart::standalone(chart::draw(chart_of(figure, colors, true)).svg);
  return out;
}

}  // namespace pantograph::report
