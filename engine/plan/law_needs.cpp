// SPDX-License-Identifier: GPL-3.0-or-later
// Which further runs would let a law be chosen: by trying.
#include <algorithm>

#include "plan/law_choice.h"

namespace pantograph::plan {
namespace {

constexpr int kMost = 4;         // further budgets and sizes together
constexpr double kFactor = 4;    // between neighbours
constexpr double kLeast = 1000;  // tokens of a specialization set that is worth naming

/// Every run again at another size of one kind of tokens, where that kind is `from`.
void repeat(std::vector<ScalingPoint>& points, double ScalingPoint::*tokens, double from, double to) {
  const std::size_t count = points.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (points[i].*tokens != from) continue;
    ScalingPoint point = points[i];
    point.*tokens = to;
    points.push_back(point);
  }
}

}  // namespace

LawNeeds law_needs(const std::vector<ScalingPoint>& points) {
  if (points.empty() || can_choose_law(points)) return {};
  const auto by = [&](double ScalingPoint::*tokens, bool largest) {
    double found = points[0].*tokens;
    for (const ScalingPoint& p : points) found = largest ? std::max(found, p.*tokens) : std::min(found, p.*tokens);
    return found;
  };
  for (int total = 1; total <= kMost; ++total) {
    for (int sizes = 0; sizes <= total; ++sizes) {
      LawNeeds needs;
      std::vector<ScalingPoint> more = points;
      for (double d = by(&ScalingPoint::generic_tokens, true);
           static_cast<int>(needs.generic_tokens.size()) < total - sizes; d *= kFactor) {
        repeat(more, &ScalingPoint::generic_tokens, d, d * kFactor);
        needs.generic_tokens.push_back(d * kFactor);
      }
      double least = by(&ScalingPoint::domain_tokens, false), most = by(&ScalingPoint::domain_tokens, true);
      while (static_cast<int>(needs.domain_tokens.size()) < sizes) {
        const double p = least >= kFactor * kLeast ? (least /= kFactor) : (most *= kFactor);
        repeat(more, &ScalingPoint::domain_tokens, points[0].domain_tokens, p);
        needs.domain_tokens.push_back(p);
      }
      if (can_choose_law(more)) return needs;
    }
  }
  return {};
}

}  // namespace pantograph::plan
