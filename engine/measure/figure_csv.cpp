// SPDX-License-Identifier: GPL-3.0-or-later
// Figures as CSV, and names for their files.
#include <fmt/format.h>

#include "base/numbers.h"
#include "base/text.h"
#include "measure/figures.h"

namespace pantograph::measure {

std::string figures_csv(const std::vector<Figure>& figures) {
  bool intervals = false;
  for (const Figure& figure : figures) {
    for (const FigureSeries& s : figure.series) intervals = intervals || !s.low.empty();
  }
  std::string out = "figure,title,series,method,x_label,x,y_label,y,spread,seeds";
  out += intervals ? ",low,high\n" : "\n";
  for (const Figure& figure : figures) {
    for (const FigureSeries& s : figure.series) {
      for (std::size_t i = 0; i < s.points.size(); ++i) {
        const FigurePoint& p = s.points[i];
        out += fmt::format("{},{},{},{},{},{},{},{},{},{}", csv_field(figure.id), csv_field(figure.title),
                           csv_field(s.name), csv_field(s.method), csv_field(figure.x.label), format_exact(p.x),
                           csv_field(figure.y.label), format_exact(p.y), format_exact(p.spread), p.seeds);
        if (intervals && s.low.empty()) out += ",,";
        if (!s.low.empty()) out += fmt::format(",{},{}", format_exact(s.low[i]), format_exact(s.high[i]));
        out += "\n";
      }
    }
  }
  return out;
}

std::string file_name_of(const std::string& name) {
  std::string out;
  for (char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    if (plain)
      out += c;
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  if (out.size() > 80) out.resize(80);
  return out.empty() ? "unnamed" : out;
}

}  // namespace pantograph::measure
