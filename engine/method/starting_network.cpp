// SPDX-License-Identifier: GPL-3.0-or-later
// The network that a generic phase begins with: random weights, or grown from a trained small network.
#include "base/random.h"
#include "method/recipe.h"
#include "network/hypercloning.h"

namespace pantograph::method::recipe {

network::Network starting_network(const project::MethodSpec& method, const network::NetworkConfig& config,
                                  std::uint64_t seed, const std::filesystem::path& grown_from,
                                  const network::Device& device) {
  if (grown_from.empty()) return network::Network::create(config, derive_seed(seed, "weights"), device);
  const network::Network small = load_pretrained(grown_from, device, method.start_budget);
  if (config.projected) {
    network::UpcycleOptions options;
    options.seed = derive_seed(seed, "upcycling");
    return network::upcycle(small, config, options);
  }
  network::CloneOptions options;
  options.variant =
      method.start_variant == "diagonal" ? network::CloneOptions::diagonal : network::CloneOptions::symmetric;
  options.noise = method.start_noise > 0;
  options.signal_to_noise = method.start_noise;
  options.seed = derive_seed(seed, "hypercloning");
  return network::hyperclone(small, config, options);
}

}  // namespace pantograph::method::recipe
