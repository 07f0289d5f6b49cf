// SPDX-License-Identifier: GPL-3.0-or-later
// Line charts as SVG.
#include "report/svg_chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/numbers.h"
#include "base/text.h"
#include "report/svg_axis.h"

namespace pantograph::report::chart {

namespace {

constexpr const char* kDashes[] = {"", "7 4", "2 3", "9 3 2 3"};

bool shown(const Point& p, const LineChart& chart) {
  return std::isfinite(p.x) && std::isfinite(p.y) && (!chart.x.log || p.x > 0) && (!chart.y.log || p.y > 0);
}

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  void widen(double part, bool log) {
    if (log) {
      const double factor = std::pow(high / low, part);
      low /= factor, high *= factor;
    } else {
      const double room = part * (high - low);
      low -= room, high += room;
    }
  }
};

std::string style(const Series& s) {
  const char* dash = kDashes[static_cast<std::size_t>(s.dash) % std::size(kDashes)];
  return fmt::format("class=\"line c{}\"{}", s.color % kColors,
                     *dash ? fmt::format(" stroke-dasharray=\"{}\"", dash) : "");
}

std::string tooltip(const Series& s, const Point& p, const LineChart& chart) {
  return fmt::format("<title>{}: {} {}, {} {}</title>", escape_xml(s.name), escape_xml(chart.y.label),
                     fmt::format("{:.4g}", p.y), escape_xml(chart.x.label), short_count(p.x));
}

/// From y - spread to y + spread, with caps; cut at the frame.
std::string whisker(const Series& s, const Point& p, const Scale& x, const Scale& y) {
  if (!std::isfinite(p.spread) || !(p.spread > 0)) return "";
  const double at = x.place(p.x), high = y.place(std::min(p.y + p.spread, y.high())),
               low = y.place(std::max(p.y - p.spread, y.low()));
  return fmt::format(
      "<path class=\"whisker c{0}\" d=\"M{1:.1f} {3:.1f}H{2:.1f}M{4:.1f} {3:.1f}V{5:.1f}M{1:.1f} {5:.1f}H{2:.1f}\"/>",
      s.color % kColors, at - 3, at + 3, high, at, low);
}

/// Rows of names under the plot, broken before they reach the right edge. Returns the height they take.
double legend(const LineChart& chart, double left, double top, std::string& out) {
  double x = left, y = top;
  for (const Series& s : chart.series) {
    const double width = 30 + text_width(s.name) + 18;
    if (x > left && x + width > chart.width) {
      x = left;
      y += 20;
    }
    if (s.line) {
      out +=
          fmt::format("<line {} x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>", style(s), x, y, x + 24, y);
    } else {
      out += fmt::format("<circle class=\"dot c{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.6\"/>", s.color % kColors, x + 12,
                         y);
    }
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", x + 30, y + 4, escape_xml(s.name));
    x += width;
  }
  return chart.series.empty() ? 0 : y - top + 20;
}

/// The shaded interval around a series, of the points whose bounds can be shown.
std::string band(const Series& s, const LineChart& chart, const Scale& x, const Scale& y) {
  std::string there, back;
  for (std::size_t i = 0; i < std::min({s.points.size(), s.low.size(), s.high.size()}); ++i) {
    const Point low{s.points[i].x, s.low[i]}, high{s.points[i].x, s.high[i]};
    if (!shown(low, chart) || !shown(high, chart)) continue;
    there += fmt::format("{}{:.1f} {:.1f}", there.empty() ? "M" : "L", x.place(high.x), y.place(high.y));
    back = fmt::format("L{:.1f} {:.1f}", x.place(low.x), y.place(low.y)) + back;
  }
  if (there.empty()) return "";
  return fmt::format("<path class=\"band c{}\" d=\"{}{}Z\"/>", s.color % kColors, there, back);
}

/// The line of one series, thinned to every stride-th shown point and its last one.
void draw_series(const Series& s, const LineChart& chart, const Scale& x, const Scale& y, Drawing& drawing,
                 std::string& out) {
  const auto on_axes = static_cast<std::size_t>(
      std::count_if(s.points.begin(), s.points.end(), [&](const Point& p) { return shown(p, chart); }));
  const std::size_t stride =
      std::max<std::size_t>(1, (on_axes + chart.max_points - 1) / std::max<std::size_t>(1, chart.max_points));
  drawing.stride = std::max(drawing.stride, stride);
  std::string path, dots;
  bool broken = true;
  std::size_t index = 0, run = 0;
  for (std::size_t i = 0; i < s.points.size(); ++i) {
    const Point& p = s.points[i];
    if (!shown(p, chart)) {
      broken = true;
      ++drawing.left_out;
      continue;
    }
    const bool last = ++index == on_axes;
    const bool before_gap = i + 1 < s.points.size() && !shown(s.points[i + 1], chart);
    if (!broken && !last && !before_gap && ++run % stride != 0) continue;
    if (broken) run = 0;
    const std::string at = fmt::format("{:.1f} {:.1f}", x.place(p.x), y.place(p.y));
    path += (broken ? "M" : "L") + at;
    broken = false;
    dots += whisker(s, p, x, y);
    if (s.markers || on_axes == 1) {
      dots += fmt::format("<circle class=\"dot c{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.6\">{}</circle>",
                          s.color % kColors, x.place(p.x), y.place(p.y), tooltip(s, p, chart));
    }
  }
  if (path.empty()) return;
  if (s.line) out += fmt::format("<path {} d=\"{}\"><title>{}</title></path>", style(s), path, escape_xml(s.name));
  out += dots;
  if (s.highlight && *s.highlight < s.points.size() && shown(s.points[*s.highlight], chart)) {
    const Point& p = s.points[*s.highlight];
    out += fmt::format("<circle class=\"ring c{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\">{}</circle>", s.color % kColors,
                       x.place(p.x), y.place(p.y), tooltip(s, p, chart));
  }
}

}  // namespace

Drawing draw(const LineChart& chart) {
  Drawing drawing;
  Range xs, ys;
  for (const Series& s : chart.series) {
    for (std::size_t i = 0; i < s.points.size(); ++i) {
      const Point& p = s.points[i];
      if (!shown(p, chart)) continue;
      xs.add(p.x);
      ys.add(p.y);
      for (const std::vector<double>* bounds : {&s.low, &s.high}) {
        if (i < bounds->size() && shown({p.x, (*bounds)[i]}, chart)) ys.add((*bounds)[i]);
      }
      if (!std::isfinite(p.spread) || !(p.spread > 0)) continue;
      ys.add(p.y + p.spread);
      if (!chart.y.log || p.y > p.spread) ys.add(p.y - p.spread);
    }
  }
  const bool empty = xs.low > xs.high;
  if (empty) {
    xs = ys = Range{};
    xs.add(1), xs.add(10), ys.add(1), ys.add(10);
  } else {
    xs.widen(chart.room, chart.x.log);
    ys.widen(chart.y.log ? chart.room : std::max(chart.room, 0.04), chart.y.log);  // no line runs along the frame
  }

  const double head = chart.title.empty() ? 0 : 24;
  const double top = head + 14, bottom = head + chart.height - 46;
  double labels = 0;
  for (const Tick& tick : Scale(ys.low, ys.high, chart.y.log, bottom, top).ticks(false))
    labels = std::max(labels, text_width(tick.label));
  const double left = 34 + labels, right = chart.width - 22;
  const Scale x(xs.low, xs.high, chart.x.log, left, right), y(ys.low, ys.high, chart.y.log, bottom, top);

  std::string body;
  if (head > 0)
    body += fmt::format("<text class=\"strong\" x=\"{:.1f}\" y=\"18\">{}</text>", left, escape_xml(chart.title));
  for (const Tick& tick : y.ticks(false)) {
    body += fmt::format("<line class=\"grid\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>", left,
                        tick.place, right, tick.place);
    if (!empty && !tick.label.empty())
      body += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>", left - 6, tick.place + 4,
                          tick.label);
  }
  for (const Tick& tick : x.ticks(true)) {
    body += fmt::format("<line class=\"axis\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>", tick.place,
                        bottom, tick.place, bottom + 5);
    if (!empty && !tick.label.empty())
      body += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>", tick.place, bottom + 18,
                          tick.label);
  }
  body += fmt::format("<line class=\"axis\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>", left, bottom,
                      right, bottom);
  const auto axis_name = [](const Axis& axis) { return escape_xml(axis.label) + (axis.log ? " (log)" : ""); };
  body += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>", (left + right) / 2,
                      bottom + 38, axis_name(chart.x));
  body += fmt::format("<text transform=\"translate(12 {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
                      (top + bottom) / 2, axis_name(chart.y));
  if (empty)
    body += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">no points</text>", (left + right) / 2,
                        (top + bottom) / 2);
  for (const Series& s : chart.series) body += band(s, chart, x, y);  // below all lines
  for (const Series& s : chart.series) draw_series(s, chart, x, y, drawing, body);
  const double height = head + chart.height + legend(chart, left, head + chart.height + 12, body);
  drawing.svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {} "
      "{:.0f}\" "
      "width=\"{}\" height=\"{:.0f}\">{}</svg>\n",
      escape_xml(chart.description), chart.width, height, chart.width, height, body);
  return drawing;
}

}  // namespace pantograph::report::chart
