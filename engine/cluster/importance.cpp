// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/importance.h"

#include <numeric>
#include <string>

#include "base/error.h"

namespace pantograph::cluster {

ImportanceWeights importance_weights(const std::vector<std::uint64_t>& domain,
                                     const std::vector<std::uint64_t>& generic) {
  const auto total = [](const std::vector<std::uint64_t>& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  };
  ImportanceWeights out;
  out.windows = total(generic);
  const std::uint64_t asked = total(domain);
  std::uint64_t met = 0;
  for (std::size_t c = 0; c < domain.size() && c < generic.size(); ++c) met += generic[c] > 0 ? domain[c] : 0;
  if (domain.size() != generic.size() || met == 0) {
    throw Error(ErrorKind::input, {std::to_string(met) + " of the domain's " + std::to_string(asked) +
                                       " windows in a cluster that the generic set has",
                                   "importance sampling", "at least one",
                                   "Use fewer clusters, or a generic set that is nearer to the domain."});
  }
  double sum = 0, squares = 0;
  for (std::size_t c = 0; c < domain.size(); ++c) {
    const bool there = generic[c] > 0;
    const double share = there ? static_cast<double>(domain[c]) / static_cast<double>(met) : 0.0;
    const double frequency = static_cast<double>(generic[c]) / static_cast<double>(out.windows);
    const double weight = there ? share / frequency : 0.0;
    out.shares.push_back(share);
    out.weights.push_back(weight);
    sum += weight * static_cast<double>(generic[c]);
    squares += weight * weight * static_cast<double>(generic[c]);
  }
  out.lost = 1.0 - static_cast<double>(met) / static_cast<double>(asked);
  out.effective_windows = sum * sum / squares;
  return out;
}

double mean_repetition(const std::vector<double>& shares, const std::vector<std::uint64_t>& tokens, double budget) {
  double mean = 0;
  for (std::size_t c = 0; c < shares.size() && c < tokens.size(); ++c) {
    if (tokens[c] > 0) mean += shares[c] * budget * shares[c] / static_cast<double>(tokens[c]);
  }
  return mean;
}

}  // namespace pantograph::cluster
