// SPDX-License-Identifier: GPL-3.0-or-later
// Data of one curve: raw samples, and the points drawn for a choice of axes, alignment and smoothing.
#pragma once

#include <QVector>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

enum class XAxis { tokens, steps, seconds, flops };

struct CurveSample {
  double steps = 0, tokens = 0, seconds = 0;  ///< of training so far
  double value = 0;
};

/// How samples become points on the screen.
struct CurveView {
  XAxis x = XAxis::tokens;
  bool logX = false, logY = false;
  bool aligned = false;  ///< horizontal positions count from the curve's first sample
  double smoothing = 0;  ///< weight of the past in an exponential average, without bias at the start; 0: none
  bool operator==(const CurveView&) const = default;
};

struct CurveBounds {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  void add(const CurveBounds& other) { add(other.low), add(other.high); }
  bool valid() const { return low <= high; }
};

struct CurvePoint {
  double key = 0, value = 0;  ///< value is NaN where the line has a gap
};

class CurveSeries {
 public:
  /// Sorted by steps. Samples already there from the first new step on are replaced, as a resumed run does in its file.
  /// Returns false where that dropped samples, so that everything has to be drawn anew.
  bool append(std::span<const CurveSample> samples);
  void assign(std::vector<CurveSample> samples);  ///< sorted by steps, in place of all that were there
  const std::vector<CurveSample>& samples() const { return samples_; }
  double flopsPerToken = 0;  ///< 0: unknown

  /// Points for the samples not drawn since reset(); sets bounds and the count of samples that the axes cannot show.
  void reset(const CurveView& view);
  void takeNew(std::vector<CurvePoint>& points);  ///< in place of what is in `points`, so that its memory serves again
  const CurveBounds& keys() const { return keys_; }
  const CurveBounds& values() const { return values_; }
  std::size_t notShown() const { return not_shown_; }

 private:
  double position(const CurveSample& sample) const;
  std::vector<CurveSample> samples_;
  CurveView view_;
  std::size_t drawn_ = 0, not_shown_ = 0;
  CurveBounds keys_, values_;
  double average_ = 0, weight_ = 0, last_key_ = 0;
};
