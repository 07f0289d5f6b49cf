// SPDX-License-Identifier: GPL-3.0-or-later
// From a value to a place in a chart, and the ticks beside it.
#pragma once

#include <string>
#include <vector>

namespace pantograph::report::chart {

/// Width of one column of the charts' 12 px text, on the safe side: DejaVu Sans is among the widest of the fonts asked
/// for.
inline constexpr double kCharacter = 7.4, kBoldCharacter = 8.6;

struct Tick {
  double place = 0;
  std::string label;  ///< empty where it would touch its neighbour
};

class Scale {
 public:
  /// Values low … high at places from … to (pixels, either direction). A range of no width is widened.
  Scale(double low, double high, bool log, double from, double to);
  double place(double value) const;
  /// `horizontal`: labels stand side by side and must not touch; else they stand one above the other.
  std::vector<Tick> ticks(bool horizontal) const;
  double low() const { return low_; }
  double high() const { return high_; }

 private:
  double low_, high_, from_, to_;
  bool log_;
};

double text_width(const std::string& text, bool bold = false);

}  // namespace pantograph::report::chart
