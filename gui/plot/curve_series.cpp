// SPDX-License-Identifier: GPL-3.0-or-later
// Data of one curve.
#include "plot/curve_series.h"

#include <algorithm>
#include <cmath>

bool CurveSeries::append(std::span<const CurveSample> samples) {
  if (samples.empty()) return true;
  const auto from = std::lower_bound(samples_.begin(), samples_.end(), samples.front().steps,
                                     [](const CurveSample& sample, double steps) { return sample.steps < steps; });
  const bool extends = from == samples_.end();
  samples_.erase(from, samples_.end());
  // Room for what a live curve adds: a vector filled at once has none, and its next sample would copy all of it.
  if (samples_.empty()) samples_.reserve(2 * samples.size());
  samples_.insert(samples_.end(), samples.begin(), samples.end());
  return extends;
}

void CurveSeries::assign(std::vector<CurveSample> samples) {
  samples_ = std::move(samples);
  reset(view_);
}

void CurveSeries::reset(const CurveView& view) {
  view_ = view;
  drawn_ = not_shown_ = 0;
  keys_ = values_ = {};
  average_ = weight_ = 0;
  last_key_ = -std::numeric_limits<double>::infinity();
}

double CurveSeries::position(const CurveSample& sample) const {
  const CurveSample& start = samples_.front();
  switch (view_.x) {
    case XAxis::steps:
      return sample.steps - (view_.aligned ? start.steps : 0);
    case XAxis::seconds:
      return sample.seconds - (view_.aligned ? start.seconds : 0);
    case XAxis::flops:
      return (sample.tokens - (view_.aligned ? start.tokens : 0)) * flopsPerToken;
    case XAxis::tokens:
      break;
  }
  return sample.tokens - (view_.aligned ? start.tokens : 0);
}

void CurveSeries::takeNew(std::vector<CurvePoint>& points) {
  points.clear();
  if (view_.x == XAxis::flops && !(flopsPerToken > 0)) {
    not_shown_ += samples_.size() - drawn_;
    drawn_ = samples_.size();
    return;
  }
  points.reserve(samples_.size() - drawn_);
  for (; drawn_ < samples_.size(); ++drawn_) {
    double key = position(samples_[drawn_]), value = samples_[drawn_].value;
    if (std::isfinite(value) && view_.smoothing > 0) {
      average_ = view_.smoothing * average_ + (1 - view_.smoothing) * value;
      weight_ = view_.smoothing * weight_ + (1 - view_.smoothing);
      value = average_ / weight_;
    }
    if (!std::isfinite(key) || (view_.logX && !(key > 0))) {
      ++not_shown_;
      continue;
    }
    key = last_key_ = std::max(key, last_key_);  // the plot needs sorted keys, and clocks may step back
    if (!std::isfinite(value) || (view_.logY && !(value > 0))) {
      ++not_shown_;
      value = std::numeric_limits<double>::quiet_NaN();
    } else {
      keys_.add(key);
      values_.add(value);
    }
    points.push_back({key, value});
  }
}
