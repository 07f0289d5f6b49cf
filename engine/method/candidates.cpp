// SPDX-License-Identifier: GPL-3.0-or-later
// The small networks that a domain may be specialized from, and the choice among them before fine-tuning.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>

#include "base/error.h"
#include "method/recipe.h"

namespace pantograph::method::recipe {
namespace {

/// Expert i is what cluster i was when the network was pretrained. Equal settings give equal clusters on one machine,
/// not on another.
void check_clusters(const MethodInputs& inputs, const std::string& pretrained_on, const std::filesystem::path& folder) {
  const token::WindowSet windows =
      cluster::clustered_windows(inputs.clustering, open_generic(inputs), corpus::Split::train);
  if (fingerprint(windows) == pretrained_on) return;
  throw Error(ErrorKind::run,
              {"the network was pretrained on other clusters than those that are there now", folder.string(),
               "the clustering that its experts belong to",
               "Delete that folder and run again: the network is then pretrained on the present clusters."});
}

std::vector<int> up_to(int count) {
  std::vector<int> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

}  // namespace

Candidates candidates(const project::MethodSpec& method, const Pretrained& pretrained, const MethodInputs& inputs) {
  const project::MethodKind& kind = project::method_kind(method.kind);
  const std::uint64_t budget = pretrained.budget;
  if (kind.per_cluster) {
    Candidates out;
    out.count = static_cast<int>(pretrained.folders.size());
    for (int i = 0; i < out.count; ++i) {
      const auto& folder = pretrained.folders[static_cast<std::size_t>(i)];
      if (folder.empty()) continue;
      if (out.trained.empty()) check_clusters(inputs, read_pretrain_summary(folder).clusters, folder);
      out.trained.push_back(i);
    }
    out.small = [folders = pretrained.folders, device = inputs.device, budget](int i) {
      return load_pretrained(folders[static_cast<std::size_t>(i)], device, budget);
    };
    return out;
  }
  const auto& folder = pretrained.folders.at(0);
  const auto network = std::make_shared<const network::Network>(load_pretrained(folder, inputs.device, budget));
  if (!kind.projected) return {1, {0}, [network](int) { return network->clone(); }};
  check_clusters(inputs, read_pretrain_summary(folder).clusters, folder);
  const int k = network->config().k;
  return {k, up_to(k), [network](int i) { return network->project(i); }};
}

Shortlist shortlist(const Candidates& candidates, const std::string& selection, int frequent, const std::string& domain,
                    const token::EvaluationSet& validation, const std::string& precision, const TaskContext& task) {
  if (selection == "best-after") return {candidates.trained, 0, 0};
  train::ExpertChoice choice = parse_selection(selection, candidates.count);
  if (choice.kind == train::ExpertChoice::by_cluster) choice = {train::ExpertChoice::fixed, frequent};
  if (choice.kind == train::ExpertChoice::fixed) {
    const auto& there = candidates.trained;
    if (std::find(there.begin(), there.end(), choice.expert) != there.end()) return {{choice.expert}, 0, 0};
    throw Error(ErrorKind::run, {fmt::format("expert {} was not trained", choice.expert), "domain " + domain,
                                 "the expert of the set's most frequent cluster", "Run the generic phase again."});
  }
  Shortlist out;
  double best = 0;
  for (const int i : candidates.trained) {
    const train::Evaluation evaluation = train::evaluate(candidates.small(i), validation, {}, precision, task);
    out.flops += evaluation.flops;
    out.seconds += evaluation.seconds;
    if (!out.experts.empty() && !(evaluation.loss < best)) continue;
    best = evaluation.loss;
    out.experts = {i};
  }
  return out;
}

}  // namespace pantograph::method::recipe
