// SPDX-License-Identifier: GPL-3.0-or-later
// The network that a method asks for.
#include <fmt/format.h>

#include "base/error.h"
#include "method/method.h"

namespace pantograph::method {

network::NetworkConfig method_network(const project::Project& project, const project::MethodSpec& method,
                                      int vocabulary) {
  const project::MethodKind& kind = project::method_kind(method.kind);
  const auto missing = [&](const char* sort) {
    return Error(ErrorKind::project,
                 {fmt::format("no {} network \"{}\"", sort, method.network), "method." + method.name,
                  "a network declared in the project", "Add [network." + method.network + "]."});
  };
  if (!kind.projected) {
    const project::SmallNetworkSpec* small = project.small_network(method.network);
    if (small == nullptr) throw missing("small");
    return network::small_config(*small, vocabulary);
  }
  const project::ProjectedNetworkSpec* projected = project.projected_network(method.network);
  if (projected == nullptr) throw missing("projected");
  const project::SmallNetworkSpec* small = project.small_network(projected->small);
  if (small == nullptr) throw missing("small");
  return network::projected_config(*projected, *small, vocabulary, project.clusters_of(method));
}

}  // namespace pantograph::method
