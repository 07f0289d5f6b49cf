// SPDX-License-Identifier: GPL-3.0-or-later
// The network that a generic phase begins with: random weights, or grown from a trained small network.
#include "base/random.h"
#include "method/recipe.h"
#include "network/hypercloning.h"

namespace pantograph::recipe {

Network starting_network(const MethodSpec& method, const NetworkConfig& config, std::uint64_t seed,
                         const std::filesystem::path& grown_from, const Device& device) {
  if (grown_from.empty()) return Network::create(config, derive_seed(seed, "weights"), device);
  const Network small = load_pretrained(grown_from, device, method.start_budget);
  if (config.projected) {
    UpcycleOptions options;
    options.seed = derive_seed(seed, "upcycling");
    return upcycle(small, config, options);
  }
  CloneOptions options;
  options.variant = method.start_variant == "diagonal" ? CloneOptions::diagonal : CloneOptions::symmetric;
  options.noise = method.start_noise > 0;
  options.signal_to_noise = method.start_noise;
  options.seed = derive_seed(seed, "hypercloning");
  return hyperclone(small, config, options);
}

}  // namespace pantograph::recipe
