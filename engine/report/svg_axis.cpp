// SPDX-License-Identifier: GPL-3.0-or-later
// Round ticks and scales of charts.
#include "report/svg_axis.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/numbers.h"
#include "base/text.h"
#include "report/svg_chart.h"

namespace pantograph::report::chart {

std::vector<double> nice_ticks(double low, double high, int count) {
  if (!std::isfinite(low) || !std::isfinite(high) || !(high > low) || count < 1) return {};
  const double rough = (high - low) / count;
  const double decade = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * decade;
  for (double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (factor * decade >= rough * (1 - 1e-9)) {
      step = factor * decade;
      break;
    }
  }
  std::vector<double> out;
  const double slack = step * 1e-9;
  for (double k = std::ceil((low - slack) / step); k * step <= high + slack; ++k) {
    out.push_back(k == 0 ? 0.0 : k * step);
    if (out.size() > 100) return {};  // a range too narrow for doubles: no ticks are better than endless ones
  }
  return out;
}

std::vector<double> log_ticks(double low, double high, int count) {
  if (!(low > 0) || !std::isfinite(high) || !(high > low)) return {};
  const std::vector<std::vector<int>> kChoices = {{1}, {1, 2, 5}, {1, 2, 3, 4, 5, 6, 7, 8, 9}};
  std::vector<double> best;
  for (const std::vector<int>& digits : kChoices) {
    std::vector<double> ticks;
    for (int e = static_cast<int>(std::floor(std::log10(low))); e <= static_cast<int>(std::ceil(std::log10(high)));
         ++e) {
      for (int digit : digits) {
        const double value = digit * std::pow(10.0, e);
        if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) ticks.push_back(value);
      }
    }
    if (best.size() >= 3 && static_cast<int>(ticks.size()) > count) break;
    best = std::move(ticks);
    if (static_cast<int>(best.size()) >= count) break;
  }
  return best.size() >= 3 ? best : nice_ticks(low, high, count);
}

double text_width(const std::string& text, bool bold) {
  return (bold ? kBoldCharacter : kCharacter) * static_cast<double>(text_columns(text));
}

Scale::Scale(double low, double high, bool log, double from, double to)
    : low_(low), high_(high), from_(from), to_(to), log_(log) {
  if (!(high_ > low_)) {
    const double room = log_ ? low_ * 0.5 : std::max(std::abs(low_) * 0.05, 0.5);
    low_ -= room;
    high_ += room;
  }
}

double Scale::place(double value) const {
  const double at = log_ ? std::log(value / low_) / std::log(high_ / low_) : (value - low_) / (high_ - low_);
  return from_ + at * (to_ - from_);
}

std::vector<Tick> Scale::ticks(bool horizontal) const {
  const double room = std::abs(to_ - from_);
  const int count = std::max(2, static_cast<int>(room / (horizontal ? 90 : 45)));
  const std::vector<double> values = log_ ? log_ticks(low_, high_, count) : nice_ticks(low_, high_, count);
  // Large numbers get a unit; small ones as many decimals as their step asks for.
  double step = high_ - low_;
  for (std::size_t i = 1; i < values.size(); ++i) step = std::min(step, values[i] - values[i - 1]);
  const auto label = [&](double value) {
    if (high_ >= 10000 && std::abs(value) >= 1000) return short_count(value);
    const double finest = log_ ? value : step;
    int decimals =
        finest >= 1 || finest <= 0 ? 0 : std::min(9, static_cast<int>(std::ceil(-std::log10(finest) - 1e-9)));
    if (!log_ && std::abs(step * std::pow(10, decimals) - std::round(step * std::pow(10, decimals))) > 1e-6) ++decimals;
    if (log_ && std::abs(value * std::pow(10, decimals) - std::round(value * std::pow(10, decimals))) > 1e-6)
      ++decimals;
    return fmt::format("{:.{}f}", value, decimals);
  };
  // Where labels would touch, the rounder number keeps its own: on logarithmic axes decades, then 5 and 2.
  const auto roundness = [&](double value) {
    if (!log_) return 0;
    const double digit = value / std::pow(10.0, std::floor(std::log10(value) + 1e-9));
    return std::abs(digit - 1) < 1e-6 ? 3 : std::abs(digit - 5) < 1e-6 ? 2 : std::abs(digit - 2) < 1e-6 ? 1 : 0;
  };
  std::vector<Tick> out;
  std::vector<std::size_t> order;
  for (double value : values) {
    order.push_back(out.size());
    out.push_back({place(value), label(value)});
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return roundness(values[a]) > roundness(values[b]); });
  std::vector<std::pair<double, double>> taken;  // from … to along the axis
  for (std::size_t i : order) {
    const double extent = horizontal ? text_width(out[i].label) / 2 : 7, gap = horizontal ? 10 : 2;
    const double begin = out[i].place - extent, end = out[i].place + extent;
    if (std::any_of(taken.begin(), taken.end(),
                    [&](const auto& other) { return begin < other.second + gap && end > other.first - gap; }))
      out[i].label.clear();
    else
      taken.emplace_back(begin, end);
  }
  return out;
}

}  // namespace pantograph::report::chart
