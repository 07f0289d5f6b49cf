// SPDX-License-Identifier: GPL-3.0-or-later
// How the windows of a corpus fall over the clusters.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "cluster/clustering.h"

namespace pantograph::cluster {

ClusterHistogram make_histogram(std::vector<std::uint64_t> windows, std::vector<std::uint64_t> tokens) {
  ClusterHistogram out;
  const auto total = static_cast<double>(std::accumulate(windows.begin(), windows.end(), std::uint64_t{0}));
  if (total > 0) {
    out.most_frequent = static_cast<int>(std::max_element(windows.begin(), windows.end()) - windows.begin());
    out.top_fraction = static_cast<double>(windows[out.most_frequent]) / total;
    for (const auto count : windows) {
      const double p = static_cast<double>(count) / total;
      if (p > 0) out.entropy -= p * std::log(p);
    }
    out.entropy = std::max(out.entropy, 0.0);  // not -0 when all is in one cluster
  }
  out.windows = std::move(windows);
  out.tokens = std::move(tokens);
  return out;
}

}  // namespace pantograph::cluster
