// SPDX-License-Identifier: GPL-3.0-or-later
// Clustering of windows: embed, k-means on the generic set, assign domains to the same centroids, describe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/control.h"
#include "project/project.h"
#include "token/sampler.h"

namespace pantograph::cluster {

inline constexpr const char* kClusteringFile = "clustering.h5";

struct ClusterHistogram {
  std::vector<std::uint64_t> windows;  ///< [k]
  std::vector<std::uint64_t> tokens;   ///< [k]
  int most_frequent = 0;               ///< by windows; lowest index on a tie
  double top_fraction = 0;             ///< fraction of windows in it
  double entropy = 0;                  ///< nats
};

/// Fraction and entropy from window counts [PN, section on clustering].
ClusterHistogram make_histogram(std::vector<std::uint64_t> windows, std::vector<std::uint64_t> tokens);

struct ClusteringSummary {
  int clusters = 0;
  int dimensions = 0;
  int window = 0;
  double inertia = 0;                               ///< sum of squared distances on the fitted sample
  std::vector<std::vector<std::string>> top_terms;  ///< [k][up to 10]
  ClusterHistogram generic;                         ///< train split
  std::map<std::string, ClusterHistogram> domains;  ///< train split, by corpus name
  std::vector<double> variance;                     ///< explained by each SVD dimension
};

struct ClusteringInput {
  std::string corpus;
  project::Role role = project::Role::generic;
  std::filesystem::path tokens_folder;
};

/// Fits on the generic train windows, assigns every window of every corpus and split. spec.model is a path that can be
/// opened from here. Writes clustering.h5 (centroids
/// [k, d], embedder state, assignments/<corpus>/<split> u16) and summary.json into `folder`. Error(input) when k is
/// larger than the number of windows.
ClusteringSummary cluster_corpora(const project::ClusteringSpec& spec, int window, const token::Tokenizer& tokenizer,
                                  const std::vector<ClusteringInput>& corpora, std::uint64_t seed,
                                  const std::filesystem::path& folder, const TaskContext& task);

ClusteringSummary read_clustering_summary(const std::filesystem::path& folder);

/// Name of the part of a clustering that does not depend on the domains, for the keys of what is made from it.
inline constexpr const char* kGenericClusters = "generic";
/// Its hash: centroids, the embedder's state, the windows' clusters of the given generic corpora, all splits.
std::string generic_clusters_hash(const std::filesystem::path& folder, const std::vector<std::string>& generic);

/// Windows of the given corpora and split with their clusters, for samplers and evaluation.
token::WindowSet clustered_windows(
    const std::filesystem::path& clustering_folder,
    const std::vector<std::pair<std::string, std::shared_ptr<const token::TokenStore>>>& corpora, corpus::Split split);

}  // namespace pantograph::cluster
