// SPDX-License-Identifier: GPL-3.0-or-later
// Before-and-after bars and heat strips as SVG.
#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/numbers.h"
#include "base/text.h"
#include "report/svg_axis.h"
#include "report/svg_chart.h"

namespace pantograph::report::chart {

namespace {

std::string open(const std::string& description, int width, double height) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {} "
      "{:.0f}\" width=\"{}\" "
      "height=\"{:.0f}\">",
      escape_xml(description), width, height, width, height);
}

/// Names longer than this many columns are cut in the picture; the tooltip has them whole.
constexpr std::size_t kLongest = 28;

std::string cut(const std::string& name) {
  if (text_columns(name) <= kLongest) return name;
  std::string out;
  for (std::size_t at = 0; at < name.size();) {
    std::size_t next = at + 1;
    while (next < name.size() && (static_cast<unsigned char>(name[next]) & 0xC0) == 0x80) ++next;
    const std::string grown = out + name.substr(at, next - at);
    if (text_columns(grown) >= kLongest) break;
    out = grown;
    at = next;
  }
  return out + "…";
}

std::string label(const std::string& name, double x, double y, const char* css) {
  return fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}{}</text>", css, x, y,
                     escape_xml(cut(name)), cut(name) == name ? "" : "<title>" + escape_xml(name) + "</title>");
}

/// Where the axis of bars ends. A few bars far longer than the others (a model without any pretraining) would leave
/// nothing to see of the rest, so they run off the axis instead, and are marked.
double axis_end(std::vector<double> values) {
  if (values.empty()) return 1;
  std::sort(values.begin(), values.end());
  const double middle = values[values.size() / 2];
  return values.back() > 6 * middle ? 2.5 * middle : values.back();
}

bool drawable(double value) {
  return std::isfinite(value) && value > 0;
}

}  // namespace

std::string draw(const BarChart& chart) {
  constexpr double kRow = 20, kGap = 26, kTop = 12;
  double names = 0, height = kTop;
  std::vector<double> values;
  for (const BarGroup& group : chart.groups) {
    names = std::max(names, text_width(cut(group.name), true));
    height += kGap + kRow * static_cast<double>(group.bars.size());
    for (const Bar& bar : group.bars) {
      names = std::max(names, text_width(cut(bar.name)));
      for (double value : {bar.before, bar.after}) {
        if (drawable(value)) values.push_back(value);
      }
    }
  }
  const double left = names + 16, right = chart.width - 150;  // the numbers stand right of the longest bar
  const double end_value = axis_end(std::move(values));
  const Scale x(0, end_value, false, left, right);
  std::string body;
  for (const Tick& tick : x.ticks(true)) {
    body += fmt::format("<line class=\"grid\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>", tick.place,
                        kTop, tick.place, height + 4);
    if (!tick.label.empty())
      body += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>", tick.place, height + 20,
                          tick.label);
  }
  body += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>", (left + right) / 2,
                      height + 38, escape_xml(chart.unit));
  double y = kTop;
  for (const BarGroup& group : chart.groups) {
    body += label(group.name, left - 8, y + 17, "strong");
    y += kGap;
    for (const Bar& bar : group.bars) {
      body += label(bar.name, left - 8, y + 12, "faint");
      double end = left;
      const auto rectangle = [&](double value, const char* css, const char* when, double top, double thickness) {
        if (!drawable(value)) return;
        const double to = x.place(std::min(value, end_value));
        end = std::max(end, to);
        body += fmt::format(
            "<rect class=\"{} c{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.0f}\"><title>{}, {}, {}: "
            "{}</title></rect>",
            css, bar.color % kColors, left, top, to - left, thickness, escape_xml(group.name), escape_xml(bar.name),
            when, format_perplexity(value));
        if (value > end_value) {  // two slanted cuts: the bar goes on
          for (double at : {to - 14, to - 9}) {
            body += fmt::format("<path class=\"cut\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\"/>", at, top + thickness + 1,
                                at + 5, top - 1);
          }
        }
      };
      rectangle(bar.before, "pale", "before", y + 1, 14);
      rectangle(bar.after, "solid", "after", y + 4, 8);
      body += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{} → {}</text>", end + 8, y + 12,
                          format_perplexity(bar.before), format_perplexity(bar.after));
      y += kRow;
    }
  }
  return open(chart.description, chart.width, height + 44) + body + "</svg>\n";
}

std::string draw(const HeatStrip& strip) {
  constexpr double kRow = 26, kTop = 24;
  double names = 0, notes = 0, highest = 0;
  std::size_t columns = 0;
  for (const HeatRow& row : strip.rows) {
    names = std::max(names, text_width(cut(row.name), true));
    notes = std::max(notes, text_width(row.note));
    columns = std::max(columns, row.fractions.size());
    for (double fraction : row.fractions) highest = std::max(highest, std::isfinite(fraction) ? fraction : 0);
  }
  const double left = names + 16, right = std::max(left + 60, strip.width - notes - 12);
  const double height = kTop + kRow * static_cast<double>(strip.rows.size()) + 6;
  if (columns == 0) return open(strip.description, strip.width, height) + "</svg>\n";
  const double cell = (right - left) / static_cast<double>(columns);
  std::string body;
  double last = -1e9;
  for (std::size_t c = 0; c < columns; ++c) {
    const std::string number = std::to_string(c);
    const double center = left + (static_cast<double>(c) + 0.5) * cell, half = text_width(number) / 2;
    if (center - half < last + 6) continue;
    last = center + half;
    body += fmt::format("<text class=\"faint\" x=\"{:.1f}\" y=\"14\" text-anchor=\"middle\">{}</text>", center, number);
  }
  double y = kTop;
  for (const HeatRow& row : strip.rows) {
    body += label(row.name, left - 8, y + 15, "strong");
    for (std::size_t c = 0; c < row.fractions.size(); ++c) {
      const double fraction = std::isfinite(row.fractions[c]) ? row.fractions[c] : 0;
      // The square root keeps small shares apart from none; the tooltip has the number.
      const double shade = highest > 0 ? std::sqrt(fraction / highest) : 0;
      const std::string note =
          c < strip.column_notes.size() && !strip.column_notes[c].empty() ? ": " + strip.column_notes[c] : "";
      body += fmt::format(
          "<rect class=\"cell\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.0f}\" "
          "fill-opacity=\"{:.3f}\"><title>{}, cluster {}, {}{}</title></rect>",
          left + static_cast<double>(c) * cell, y, std::max(1.0, cell - 1.5), kRow - 4, shade, escape_xml(row.name), c,
          format_percent(fraction), escape_xml(note));
    }
    body += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", right + 8, y + 15, escape_xml(row.note));
    y += kRow;
  }
  return open(strip.description, strip.width, height) + body + "</svg>\n";
}

}  // namespace pantograph::report::chart
