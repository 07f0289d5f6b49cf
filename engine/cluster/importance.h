// SPDX-License-Identifier: GPL-3.0-or-later
// Importance sampling by cluster [PN, section on importance sampling]: how much of each cluster a domain asks for, and
// how far the generic set carries that.
#pragma once

#include <cstdint>
#include <vector>

namespace pantograph::cluster {

struct ImportanceWeights {
  std::vector<double> shares;    ///< [k] P(c|D_spec) over the clusters that the generic set has, summing to 1
  std::vector<double> weights;   ///< [k] w = P(c|D_spec) / P(c|D_generic); 0 where the generic set has no window
  double lost = 0;               ///< fraction of the domain's windows in clusters that the generic set lacks
  double effective_windows = 0;  ///< (Σ w)² / Σ w² over the generic windows (Kish, "Survey Sampling", 1965)
  std::uint64_t windows = 0;     ///< of the generic set
};

/// From counts of windows, both [k]. Error(input) when no window of the domain lies in a cluster of the generic set.
ImportanceWeights importance_weights(const std::vector<std::uint64_t>& domain,
                                     const std::vector<std::uint64_t>& generic);

/// How often a token that is drawn is read in the run, on average: Σ_c share_c · (budget · share_c / tokens_c), with
/// tokens: [k] of the generic set. Below 1 nothing much repeats; above about 4 repeating is known to help less and less
/// (Muennighoff et al., "Scaling Data-Constrained Language Models", 2023).
double mean_repetition(const std::vector<double>& shares, const std::vector<std::uint64_t>& tokens, double budget);

}  // namespace pantograph::cluster
