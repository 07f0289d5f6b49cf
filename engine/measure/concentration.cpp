// SPDX-License-Identifier: GPL-3.0-or-later
// Share of the most frequent cluster, and entropy.
#include "measure/concentration.h"

#include <cmath>

#include <nlohmann/json.hpp>

namespace pantograph::measure {

Concentration concentration(const nlohmann::json& corpus) {
  Concentration out;
  if (!corpus.is_object() || !corpus.contains("windows") || !corpus["windows"].is_array()) return out;
  std::vector<double> counts;
  double sum = 0;
  for (const nlohmann::json& count : corpus["windows"]) {
    counts.push_back(count.is_number() && count.get<double>() > 0 ? count.get<double>() : 0);
    sum += counts.back();
  }
  for (std::size_t cluster = 0; cluster < counts.size(); ++cluster) {
    const double fraction = sum > 0 ? counts[cluster] / sum : 0;
    out.fractions.push_back(fraction);
    if (fraction > out.top) out.top = fraction, out.top_cluster = cluster;
    if (fraction > 0) out.entropy -= fraction * std::log(fraction);
  }
  return out;
}

}  // namespace pantograph::measure
