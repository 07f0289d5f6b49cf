// SPDX-License-Identifier: GPL-3.0-or-later
// Two clusterings of the same windows side by side: how far they agree, and how sharply each separates the domains.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cluster/clustering.h"

namespace pantograph::cluster {

/// Agreement of two labellings a (k_a clusters) and b (k_b clusters) of n items, from their confusion matrix n_ij with
/// row sums a_i and column sums b_j.
struct LabelAgreement {
  std::uint64_t items = 0;
  std::vector<std::vector<std::uint64_t>> confusion;  ///< [k_a, k_b]: items in cluster i of a and j of b
  /// (Σ C(n_ij, 2) − E) / (½ (Σ C(a_i, 2) + Σ C(b_j, 2)) − E) with E = Σ C(a_i, 2) · Σ C(b_j, 2) / C(n, 2): 1 for equal
  /// partitions, 0 on average for independent ones, below 0 for less than that. Hubert and Arabie, Comparing
  /// partitions, J. Classification 2 (1985), eq. 5. 1 where both have one cluster only, or every item its own.
  double adjusted_rand = 1;
  double mutual_information = 0;  ///< I = Σ n_ij/n · ln(n · n_ij / (a_i b_j)), nats
  double entropy_a = 0;           ///< H = −Σ a_i/n · ln(a_i/n), nats
  double entropy_b = 0;           ///< nats
  /// I / (½ (H_a + H_b)): normalised by the arithmetic mean of the entropies, NMI_sum of Vinh, Epps and Bailey, J.
  /// Machine Learning Research 11 (2010), table 2. From 0 to 1; 1 where both entropies are 0.
  double normalised_mutual_information = 1;
};

/// Error(usage) when the labellings have different lengths, or a label is not below its number of clusters.
LabelAgreement compare_labels(const std::vector<std::uint16_t>& a, int clusters_a, const std::vector<std::uint16_t>& b,
                              int clusters_b);

/// A set of windows in one clustering: its most frequent cluster, the fraction of the windows in it, and the entropy of
/// the cluster histogram in nats [PN, section on clustering].
struct ClusterConcentration {
  int most_frequent = 0;
  double top_fraction = 0;
  double entropy = 0;
};

ClusterConcentration concentration_of(const ClusterHistogram& histogram);

struct ClusteringComparison {
  int window = 0;  ///< tokens
  int clusters_a = 0, clusters_b = 0;
  LabelAgreement agreement;                   ///< of the generic train windows
  ClusterConcentration generic_a, generic_b;  ///< train split
  struct Domain {
    std::uint64_t windows = 0;  ///< train split
    ClusterConcentration a, b;
  };
  std::map<std::string, Domain> domains;    ///< those of both clusterings
  std::vector<std::string> only_a, only_b;  ///< domains that only one of them has
};

/// Reads clustering.h5 and summary.json of two clustering artifacts. Error(input) when they are not of the same
/// windows: another length of windows, other generic corpora, another number of windows or tokens; Error(run) for a
/// folder that is not a complete clustering.
ClusteringComparison compare_clusterings(const std::filesystem::path& folder_a, const std::filesystem::path& folder_b);

nlohmann::json to_json(const ClusteringComparison& comparison);

}  // namespace pantograph::cluster
