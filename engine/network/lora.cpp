// SPDX-License-Identifier: GPL-3.0-or-later
// LoRA: adapters put beside a network's matrices, and merged into them.
#include "network/lora.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "network/modules.h"

namespace pantograph::network {

torch::Tensor initial_lora_a(const std::string& name, int rank, std::int64_t in, std::uint64_t seed) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(derive_seed(seed, "network/" + name));
  return torch::empty({rank, in}, torch::kFloat).normal_(0, 1.0 / std::sqrt(static_cast<double>(in)), generator);
}

torch::Tensor adapted(const LoraConfig& lora, const torch::Tensor& w, const torch::Tensor& a, const torch::Tensor& b) {
  return at::addmm(w, b, a, 1, lora.alpha / lora.rank);
}

Network with_lora(const Network& network, int rank, double alpha, std::uint64_t seed) {
  const Network::Impl& from = network.impl();
  if (from.config.lora.rank > 0) {
    throw Error(ErrorKind::project, {"adapters for a network that has adapters", "LoRA", "an ordinary small network",
                                     "Merge the adapters that it has first."});
  }
  if (rank < 1) {
    throw Error(ErrorKind::project, {"adapters of rank " + std::to_string(rank), "LoRA", "at least 1", ""});
  }
  NetworkConfig config = from.config;
  config.lora = {rank, alpha};
  check_config(config, ErrorKind::project);
  const torch::NoGradGuard no_grad;
  return make_network(config, from.device, [&](const TensorSpec& spec) {
    const torch::Tensor w = from.tensor(spec.role(), spec.layer).detach();
    const auto options = w.options().requires_grad(false);
    if (spec.part == TensorPart::lora_a) return initial_lora_a(spec.name, rank, spec.shape[1], seed).to(options);
    if (spec.part == TensorPart::lora_b) return torch::zeros(spec.shape, options);
    return w.clone();
  });
}

Network merge(const Network& network) {
  const Network::Impl& from = network.impl();
  if (from.config.lora.rank == 0) {
    throw Error(ErrorKind::usage, {"adapters to merge in a network without", "LoRA", "a network with adapters", ""});
  }
  NetworkConfig config = from.config;
  config.lora = {};
  const torch::NoGradGuard no_grad;
  return make_network(config, from.device, [&](const TensorSpec& spec) {
    const auto part = [&](TensorPart which) { return from.tensor(spec.role(), spec.layer, which); };
    if (!spec.row->linear) return part(TensorPart::whole).clone();
    return adapted(from.config.lora, part(TensorPart::whole), part(TensorPart::lora_a), part(TensorPart::lora_b));
  });
}

}  // namespace pantograph::network
