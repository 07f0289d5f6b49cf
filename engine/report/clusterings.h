// SPDX-License-Identifier: GPL-3.0-or-later
// The clusterings of a project side by side, as values for the window and as tables and CSV of the report.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cluster/compare.h"
#include "report/tables.h"

namespace pantograph::report {

/// One of the project's clusterings; all are of the same windows and embedder, and differ in k.
struct ClusteringEntry {
  std::string step;                       ///< id: "cluster", or "cluster/32" of methods with a k of their own
  int clusters = 0;                       ///< k
  std::uint64_t windows = 0;              ///< of the generic set, train split
  cluster::ClusterConcentration generic;  ///< train split
  std::map<std::string, cluster::ClusterConcentration> domains;  ///< train split, by corpus
};

/// Two of them, by their k, and how far they agree on the generic train windows (LabelAgreement).
struct ClusteringPair {
  int clusters_a = 0, clusters_b = 0;
  std::uint64_t windows = 0;
  double adjusted_rand = 0, normalised_mutual_information = 0;
  double mutual_information = 0;  ///< nats
};

struct Clusterings {
  std::vector<ClusteringEntry> all;   ///< the project's own k first
  std::vector<ClusteringPair> pairs;  ///< each with each
};

/// "Clusterings compared" and "Agreement of the clusterings"; none with fewer than two clusterings.
std::vector<Table> clusterings_tables(const Clusterings& clusterings);

/// A line for each clustering and corpus: clustering, clusters, corpus, most_frequent, top_fraction, entropy. The
/// generic set has an empty corpus.
std::string clusterings_csv(const Clusterings& clusterings);

/// A line for each pair: clusters_a, clusters_b, windows, adjusted_rand, normalised_mutual_information,
/// mutual_information.
std::string agreement_csv(const Clusterings& clusterings);

}  // namespace pantograph::report
