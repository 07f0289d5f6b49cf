// SPDX-License-Identifier: GPL-3.0-or-later
// Which methods there are, and the network that each asks for.
#include <fmt/format.h>

#include "base/error.h"
#include "method/method.h"

namespace pantograph {

const std::vector<MethodKind>& method_kinds() {
  static const std::vector<MethodKind> kinds = {
      {"slm", "Small model, pretrained and fine-tuned"},
      {"slm-nopt", "Small model from scratch on the domain", false},
      {"slm-pn", "Projected network, one projection fine-tuned", true, true},
      {"slm-mix", "Hard mixture: a small model for each cluster, one fine-tuned", true, false, true},
      {"slm-is", "Small model on the generic set resampled for the domain", true, false, false, true},
      {"slm-d", "Small model distilled from a fine-tuned large one"},
      {"llm", "Large model, fine-tuned"},
  };
  return kinds;
}

const MethodKind& method_kind(const std::string& id) {
  std::string known;
  for (const auto& kind : method_kinds()) {
    if (kind.id == id) return kind;
    known += (known.empty() ? "" : ", ") + kind.id;
  }
  throw Error(ErrorKind::project,
              {fmt::format("unknown method kind \"{}\"", id), "method.kind", "one of " + known, ""});
}

NetworkConfig method_network(const Project& project, const MethodSpec& method, int vocabulary) {
  const MethodKind& kind = method_kind(method.kind);
  const auto missing = [&](const char* sort) {
    return Error(ErrorKind::project,
                 {fmt::format("no {} network \"{}\"", sort, method.network), "method." + method.name,
                  "a network declared in the project", "Add [network." + method.network + "]."});
  };
  if (!kind.projected) {
    const SmallNetworkSpec* small = project.small_network(method.network);
    if (small == nullptr) throw missing("small");
    return small_config(*small, vocabulary);
  }
  const ProjectedNetworkSpec* projected = project.projected_network(method.network);
  if (projected == nullptr) throw missing("projected");
  const SmallNetworkSpec* small = project.small_network(projected->small);
  if (small == nullptr) throw missing("small");
  return projected_config(*projected, *small, vocabulary, project.clusters_of(method));
}

}  // namespace pantograph
