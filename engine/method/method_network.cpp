// SPDX-License-Identifier: GPL-3.0-or-later
// The network that a method asks for.
#include <fmt/format.h>

#include "base/error.h"
#include "method/method.h"

namespace pantograph {

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
