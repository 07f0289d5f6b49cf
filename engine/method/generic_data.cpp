// SPDX-License-Identifier: GPL-3.0-or-later
// What a generic phase reads: the whole generic set, one cluster of it, or all of it resampled for a domain.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "cluster/importance.h"
#include "method/recipe.h"

namespace pantograph::method::recipe {
namespace {

/// Below these a resampled generic set is little more than the domain's few clusters read again and again.
constexpr double kFewEffective = 0.02;  // effective windows, as a fraction of the generic set
constexpr double kMuchRepeated = 4.0;   // readings of a token: see mean_repetition()

token::WindowSet of_cluster(token::WindowSet windows, int cluster) {
  std::erase_if(windows.entries, [&](const token::WindowSet::Entry& entry) { return entry.cluster != cluster; });
  for (auto& entry : windows.entries) entry.cluster = 0;
  windows.clusters = 1;
  return windows;
}

std::vector<std::uint64_t> count_windows(const token::WindowSet& windows) {
  std::vector<std::uint64_t> counts(static_cast<std::size_t>(windows.clusters), 0);
  for (const auto& entry : windows.entries) ++counts[entry.cluster];
  return counts;
}

}  // namespace

std::vector<std::uint64_t> histogram(const MethodInputs& inputs, const std::string& domain,
                                     const token::WindowSet& sample) {
  const token::WindowSet clustered =
      cluster::clustered_windows(inputs.clustering, {{domain, open_domain(inputs, domain)}}, corpus::Split::train);
  std::vector<std::uint64_t> counts(static_cast<std::size_t>(clustered.clusters), 0);
  const auto begins = [](const token::WindowSet::Entry& entry, std::uint64_t at) { return entry.window.begin < at; };
  for (const auto& drawn : sample.entries) {  // clustered windows are in the order of the store
    const auto found = std::lower_bound(clustered.entries.begin(), clustered.entries.end(), drawn.window.begin, begins);
    if (found == clustered.entries.end() || found->window.begin != drawn.window.begin) {
      throw Error(ErrorKind::run, {"windows of another length than the clustering's", "corpus " + domain,
                                   "the clustering of this project", "Delete its folder and run again."});
    }
    ++counts[found->cluster];
  }
  return counts;
}

int most_frequent(const std::vector<std::uint64_t>& counts) {
  return static_cast<int>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

GenericData generic_data(const project::MethodSpec& method, const PretrainPart& part, const MethodInputs& inputs,
                         const TaskContext& task) {
  const Stores stores = open_generic(inputs);
  GenericData data;
  data.train = cluster::clustered_windows(inputs.clustering, stores, corpus::Split::train);
  data.validation = cluster::clustered_windows(inputs.clustering, stores, corpus::Split::validation);
  data.clusters = fingerprint(data.train);
  if (part.cluster >= 0) {
    const auto all = static_cast<double>(data.train.tokens());
    data.train = of_cluster(std::move(data.train), part.cluster);
    if (data.train.tokens() == 0) {
      throw Error(ErrorKind::input,
                  {fmt::format("no generic window in cluster {}", part.cluster), "method " + method.name,
                   "text for every expert of the mixture", "Use fewer clusters, or experts = \"needed\"."});
    }
    data.validation = of_cluster(std::move(data.validation), part.cluster);
    data.share = static_cast<double>(data.train.tokens()) / all;
  }
  if (!part.domain.empty()) {
    const token::WindowSet sample = token::domain_sample(open_domain(inputs, part.domain), part.window,
                                                         part.specialization, part.seed, part.domain);
    const cluster::ImportanceWeights weights =
        cluster::importance_weights(histogram(inputs, part.domain, sample), count_windows(data.train));
    const double repetition = cluster::mean_repetition(weights.shares, data.train.tokens_by_cluster(),
                                                       static_cast<double>(method.generic.tokens));
    data.shares = weights.shares;
    data.resampling = {weights.effective_windows, static_cast<double>(weights.windows), repetition};
    if (weights.effective_windows < kFewEffective * data.resampling.windows || repetition > kMuchRepeated) {
      task.warn(fmt::format(
          "{}: resampled for {}, the generic set counts as {:.0f} of its {} windows, and a token that is drawn is read "
          "{:.1f} times. Fewer clusters, more generic text or a smaller budget would repeat less.",
          method.name, part.domain, weights.effective_windows, weights.windows, repetition));
    }
  }
  return data;
}

}  // namespace pantograph::method::recipe
