// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/sample.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/random.h"

namespace pantograph::cluster {

std::vector<std::size_t> sample_by_length(const std::vector<std::uint32_t>& lengths, std::size_t count,
                                          std::uint64_t seed) {
  Random random(seed);
  // An item's waiting time is exponential with its length as the rate; the first `count` to arrive are the sample.
  std::vector<std::pair<double, std::size_t>> arrivals;
  arrivals.reserve(lengths.size());
  for (std::size_t i = 0; i < lengths.size(); ++i)
    arrivals.emplace_back(-std::log1p(-random.uniform()) / lengths[i], i);
  count = std::min(count, lengths.size());
  std::nth_element(arrivals.begin(), arrivals.begin() + static_cast<std::ptrdiff_t>(count), arrivals.end());
  std::vector<std::size_t> chosen;
  chosen.reserve(count);
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(arrivals[i].second);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace pantograph::cluster
