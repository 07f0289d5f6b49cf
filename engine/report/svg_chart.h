// SPDX-License-Identifier: GPL-3.0-or-later
// Charts as inline SVG: lines, before-and-after bars, heat strips. Colours come from the page's CSS (--s0 … --s7,
// --ink,
// --faint, --page, --heat), so a chart follows light and dark. All text is escaped here.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace pantograph::report::chart {

inline constexpr int kColors = 8;

struct Point {
  double x = 0, y = 0;
  double spread = 0;  ///< drawn as a whisker from y - spread to y + spread
};

struct Series {
  std::string name;
  std::vector<Point> points;  ///< in drawing order; a point that is not finite interrupts the line
  int color = 0;              ///< index, taken modulo kColors
  int dash = 0;               ///< 0 solid, then three patterns
  bool markers = false;       ///< a dot with a tooltip at every drawn point
  bool line = true;
  std::vector<double> low = {}, high = {};  ///< an interval of y at each point, shaded; empty: none
  std::optional<std::size_t> highlight;     ///< index of a point drawn as a ring: the best of a run
};

struct Axis {
  std::string label;
  bool log = false;
};

struct LineChart {
  std::string description;  ///< for people who do not see it
  Axis x, y;
  std::vector<Series> series;
  std::string title;              ///< above the plot; empty where the page has a caption
  int width = 860, height = 340;  ///< of the plot with its axes; the legend is added below
  std::size_t max_points = 500;   ///< per series; longer ones are drawn thinned
  double room = 0;                ///< left free at either end of both axes, as a part of their range
};

struct Drawing {
  std::string svg;
  std::size_t stride = 1;    ///< every stride-th point was drawn, in the most thinned series; its last point always is
  std::size_t left_out = 0;  ///< points that are not finite, or not positive on a log axis
};

Drawing draw(const LineChart& chart);

/// One method in one domain: a pale bar to `before`, a solid one to `after`.
struct Bar {
  std::string name;
  double before = 0, after = 0;
  int color = 0;
};
struct BarGroup {
  std::string name;
  std::vector<Bar> bars;
};
struct BarChart {
  std::string description, unit;
  std::vector<BarGroup> groups;
  int width = 860;
};
std::string draw(const BarChart& chart);

/// A row of cells whose shade is the fraction; `note` stands at its right.
struct HeatRow {
  std::string name, note;
  std::vector<double> fractions;
};
struct HeatStrip {
  std::string description;
  std::vector<HeatRow> rows;
  std::vector<std::string> column_notes;  ///< tooltip of a column's cells, may be empty
  int width = 860;
};
std::string draw(const HeatStrip& strip);

/// About `count` round numbers (1, 2, 2.5 or 5 times a power of ten) that lie in [low, high].
std::vector<double> nice_ticks(double low, double high, int count);
/// Round numbers for a logarithmic axis: decades, with 2 and 5 (then 1 to 9) between them where there is room.
std::vector<double> log_ticks(double low, double high, int count);

}  // namespace pantograph::report::chart
