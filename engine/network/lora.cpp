// SPDX-License-Identifier: GPL-3.0-or-later
// LoRA: adapters put beside a network's matrices, and merged into them.
#include "network/lora.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "network/modules.h"

namespace pantograph {

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
  std::vector<NamedParameter> parameters;
  for (const NamedParameter& p : from.parameters) {
    parameters.push_back({p.name, p.kind, p.value.detach().clone()});
    if (p.kind != ParameterKind::matrix || !p.name.ends_with(".weight")) continue;  // embedding, positions
    const std::string linear = p.name.substr(0, p.name.rfind('.'));
    const torch::Tensor a = initial_lora_a(linear + ".lora_a", rank, p.value.size(1), seed);
    parameters.push_back({linear + ".lora_a", ParameterKind::adapter, a.to(p.value.options())});
    const torch::Tensor b = torch::zeros({p.value.size(0), rank}, p.value.options().requires_grad(false));
    parameters.push_back({linear + ".lora_b", ParameterKind::adapter, b});
  }
  return make_network(config, from.device, std::move(parameters));
}

Network merge(const Network& network) {
  const Network::Impl& from = network.impl();
  if (from.config.lora.rank == 0) {
    throw Error(ErrorKind::usage, {"adapters to merge in a network without", "LoRA", "a network with adapters", ""});
  }
  NetworkConfig config = from.config;
  config.lora = {};
  const torch::NoGradGuard no_grad;
  std::vector<NamedParameter> parameters;
  for (std::size_t i = 0; i < from.parameters.size(); ++i) {
    const NamedParameter& p = from.parameters[i];
    if (p.kind == ParameterKind::adapter) continue;
    const bool has_adapter = i + 1 < from.parameters.size() && from.parameters[i + 1].kind == ParameterKind::adapter;
    const torch::Tensor value =
        has_adapter ? adapted(from.config.lora, p.value, from.parameters[i + 1].value, from.parameters[i + 2].value)
                    : p.value.clone();
    parameters.push_back({p.name, p.kind, value});
  }
  return make_network(config, from.device, std::move(parameters));
}

}  // namespace pantograph
