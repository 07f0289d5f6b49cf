// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/preflight.h"

#include <fmt/format.h>

#include <algorithm>

#include "job/summaries.h"
#include "method/method.h"

namespace pantograph::job {

void check_domain_sizes(const project::Project& project, const StepGraph& graph) {
  const auto& sizes = project.specialization.tokens;
  const std::uint64_t most = sizes.empty() ? 0 : *std::max_element(sizes.begin(), sizes.end());
  for (const auto& domain : project.specialization.domains) {
    const Step& step = graph.at(StepKey::tokenize(domain));
    if (!step.complete()) continue;
    const std::uint64_t there =
        read_token_summary(step.artifact).tokens[static_cast<std::size_t>(corpus::Split::train)];
    if (there >= most) continue;
    throw Error(ErrorKind::input, {fmt::format("{} tokens", there), "corpus " + domain + ", split train",
                                   fmt::format("{} tokens, the largest of specialization.tokens", most),
                                   "Add text to the corpus, or ask for a smaller specialization set."});
  }
}

std::vector<HopelessStep> hopeless_steps(const project::Project& project, const StepGraph& graph) {
  std::vector<HopelessStep> found;
  for (const auto& method : project.methods) {
    if (!project::method_kind(method.kind).per_cluster || !project::pretrains(method)) continue;
    const int clusters = project.clusters_of(method);
    const Step* clustering = graph.find(clustering_key(project, clusters));
    if (clustering == nullptr || !clustering->complete()) continue;
    const auto windows = cluster::read_clustering_summary(clustering->folder()).generic.windows;
    for (const std::uint64_t seed : project.seeds) {
      HopelessStep hopeless;
      for (int i = 0; i < clusters; ++i) {
        const Step* step = graph.find(StepKey::pretrain_expert(method.name, seed, i));
        if (step == nullptr || step->complete()) continue;
        if (hopeless.id.empty() && windows.at(static_cast<std::size_t>(i)) == 0) {
          hopeless.id = step->id;
          hopeless.why = {fmt::format("no generic window in cluster {}", i), "method " + method.name,
                          "text for every expert of the mixture", "Use fewer clusters, or experts = \"needed\"."};
        } else {
          hopeless.others.push_back(step->id);
        }
      }
      if (!hopeless.id.empty()) found.push_back(std::move(hopeless));
    }
  }
  return found;
}

}  // namespace pantograph::job
