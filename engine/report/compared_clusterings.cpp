// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/compared_clusterings.h"

#include <numeric>

namespace pantograph::report {
namespace {

ClusteringEntry entry_of(const ClusteringFolder& clustering) {
  const cluster::ClusteringSummary summary = cluster::read_clustering_summary(clustering.folder);
  ClusteringEntry entry;
  entry.step = clustering.step;
  entry.clusters = summary.clusters;
  entry.windows = std::accumulate(summary.generic.windows.begin(), summary.generic.windows.end(), std::uint64_t{0});
  entry.generic = cluster::concentration_of(summary.generic);
  for (const auto& [name, histogram] : summary.domains) entry.domains[name] = cluster::concentration_of(histogram);
  return entry;
}

ClusteringPair pair_of(const ClusteringFolder& a, const ClusteringFolder& b) {
  const cluster::ClusteringComparison compared = cluster::compare_clusterings(a.folder, b.folder);
  return {compared.clusters_a,
          compared.clusters_b,
          compared.agreement.items,
          compared.agreement.adjusted_rand,
          compared.agreement.normalised_mutual_information,
          compared.agreement.mutual_information};
}

}  // namespace

Clusterings compared_clusterings(const std::vector<ClusteringFolder>& complete, ClusteringCache& cache) {
  Clusterings out;
  for (std::size_t i = 0; i < complete.size(); ++i) {
    out.all.push_back(entry_of(complete[i]));
    for (std::size_t j = 0; j < i; ++j) {
      const std::pair key(complete[j].folder.string(), complete[i].folder.string());
      auto found = cache.find(key);
      if (found == cache.end()) found = cache.emplace(key, pair_of(complete[j], complete[i])).first;
      out.pairs.push_back(found->second);
    }
  }
  return out;
}

}  // namespace pantograph::report
