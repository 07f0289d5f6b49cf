// SPDX-License-Identifier: GPL-3.0-or-later
// Networks made, saved, loaded, copied and projected. The forward pass is in forward.cpp.
#include "network/network.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/random.h"
#include "network/modules.h"

namespace pantograph {
namespace {

constexpr double kInitialDeviation = 0.02;

struct Slot {
  std::string name;
  ParameterKind kind;
  std::vector<std::int64_t> shape;
  enum Start { normal, residual, zero, one, t, t_residual, experts, mixer, lora_a } start;
};

/// Every parameter of a network, in the order that Impl::Layer counts on.
std::vector<Slot> slots(const NetworkConfig& config) {
  const SmallConfig& s = config.small;
  std::vector<Slot> all = {
      {"embedding", ParameterKind::matrix, {s.vocabulary, s.width}, Slot::normal},
      {"positions", ParameterKind::matrix, {s.context, s.width}, Slot::normal},
  };
  const auto vector = [&](const std::string& name, int size, Slot::Start start) {
    all.push_back({name, ParameterKind::vector, {size}, start});
  };
  const auto linear = [&](const std::string& name, int out, int in, Slot::Start start) {
    all.push_back({name + ".weight", ParameterKind::matrix, {out, in}, start});
    if (config.lora.rank == 0) return;
    all.push_back({name + ".lora_a", ParameterKind::adapter, {config.lora.rank, in}, Slot::lora_a});
    all.push_back({name + ".lora_b", ParameterKind::adapter, {out, config.lora.rank}, Slot::zero});
  };
  const auto mlp = [&](const std::string& name, int out, int in, bool residual) {
    if (config.projected) {
      all.push_back({name + ".t", ParameterKind::t, {config.h, out, in}, residual ? Slot::t_residual : Slot::t});
      all.push_back({name + ".m", ParameterKind::m, {config.m, config.h}, Slot::mixer});
    } else {
      linear(name, out, in, residual ? Slot::residual : Slot::normal);
    }
    vector(name + ".bias", out, Slot::zero);
  };
  for (int layer = 0; layer < s.layers; ++layer) {
    const std::string at = "layers." + std::to_string(layer) + ".";
    vector(at + "attention.norm.weight", s.width, Slot::one);
    vector(at + "attention.norm.bias", s.width, Slot::zero);
    linear(at + "attention.qkv", 3 * s.width, s.width, Slot::normal);
    vector(at + "attention.qkv.bias", 3 * s.width, Slot::zero);
    linear(at + "attention.output", s.width, s.width, Slot::residual);
    vector(at + "attention.output.bias", s.width, Slot::zero);
    vector(at + "mlp.norm.weight", s.width, Slot::one);
    vector(at + "mlp.norm.bias", s.width, Slot::zero);
    mlp(at + "mlp.up", s.inner, s.width, false);
    mlp(at + "mlp.down", s.width, s.inner, true);
  }
  vector("norm.weight", s.width, Slot::one);
  vector("norm.bias", s.width, Slot::zero);
  if (config.projected) all.push_back({"experts", ParameterKind::e, {config.k, config.m}, Slot::experts});
  return all;
}

/// A parameter's numbers depend on the seed and its name only: networks of one seed share what they have in common.
torch::Tensor draw(const Slot& slot, std::uint64_t seed, int layers) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(derive_seed(seed, "network/" + slot.name));
  const auto options = torch::TensorOptions().dtype(torch::kFloat);
  const auto normal = [&](double deviation) {
    return torch::empty(slot.shape, options).normal_(0, deviation, generator);
  };
  const double residual = kInitialDeviation / std::sqrt(2.0 * layers);
  switch (slot.start) {
    case Slot::zero:
      return torch::zeros(slot.shape, options);
    case Slot::one:
      return torch::ones(slot.shape, options);
    case Slot::normal:
    case Slot::t:
      return normal(kInitialDeviation);
    case Slot::residual:
    case Slot::t_residual:
      return normal(residual);
    case Slot::mixer:
      return normal(1.0);
    case Slot::lora_a:
      return initial_lora_a(slot.name, static_cast<int>(slot.shape[0]), slot.shape[1], seed);
    case Slot::experts: {  // E_i = e_0 + 0.5·noise: experts start near each other, so that they share what they learn
      const auto shared = torch::empty({1, slot.shape[1]}, options).normal_(0, 1, generator);
      return shared + normal(0.5);
    }
  }
  return {};
}

std::vector<NamedParameter> draw_all(const NetworkConfig& config, std::uint64_t seed) {
  std::vector<NamedParameter> parameters;
  for (const Slot& slot : slots(config))
    parameters.push_back({slot.name, slot.kind, draw(slot, seed, config.small.layers)});
  if (config.projected) {
    // M scaled so that the mean of ‖c_i‖² is 1: then W^(l,i) = Σ_r c_i[r]·T[:,:,r] has the small network's variance.
    const torch::Tensor experts = parameters.back().value;
    for (NamedParameter& p : parameters) {
      if (p.kind != ParameterKind::m) continue;
      const auto c = experts.to(torch::kDouble).matmul(p.value.to(torch::kDouble));  // [k, h]
      p.value.div_(std::sqrt(c.square().sum(1).mean().item<double>()));
    }
  }
  return parameters;
}

std::string format_shape(const std::vector<std::uint64_t>& dims) {
  std::string text = "[";
  for (std::size_t i = 0; i < dims.size(); ++i) text += (i ? ", " : "") + std::to_string(dims[i]);
  return text + "]";
}

const HostTensor& stored(const TensorMap& tensors, const Slot& slot) {
  const std::string name = "weights/" + slot.name;
  const std::vector<std::uint64_t> dims(slot.shape.begin(), slot.shape.end());
  const std::string expected = "f32 " + format_shape(dims);
  const auto found = tensors.find(name);
  if (found == tensors.end()) {
    throw Error(ErrorKind::run,
                {"tensor missing", name, expected, "The file belongs to another network: make it again."});
  }
  const HostTensor& tensor = found->second;
  if (tensor.shape.type != DataType::f32 || tensor.shape.dims != dims ||
      tensor.data.size() != tensor.shape.count() * sizeof(float)) {
    throw Error(ErrorKind::run,
                {std::string("tensor of ") + to_string(tensor.shape.type) + " " + format_shape(tensor.shape.dims) +
                     " in " + std::to_string(tensor.data.size()) + " bytes",
                 name, expected, "The file belongs to another network: make it again."});
  }
  return tensor;
}

}  // namespace

Network make_network(const NetworkConfig& config, torch::Device device, std::vector<NamedParameter> parameters) {
  auto impl = std::make_unique<Network::Impl>();
  impl->config = config;
  impl->device = device;
  impl->parameters = std::move(parameters);
  for (NamedParameter& p : impl->parameters)
    p.value = p.value.to(device).detach().contiguous().requires_grad_(impl->trains(p));
  return Network(std::move(impl));
}

Network::Network(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Network::~Network() = default;
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;

Network Network::create(const NetworkConfig& config, std::uint64_t seed, const Device& device) {
  check_config(config, ErrorKind::project);
  const torch::Device target = torch_device(device);
  torch::NoGradGuard no_grad;
  return make_network(config, target, draw_all(config, seed));
}

Network Network::load(const NetworkConfig& config, const TensorMap& tensors, const Device& device) {
  check_config(config, ErrorKind::run);
  const torch::Device target = torch_device(device);
  torch::NoGradGuard no_grad;
  const std::vector<Slot> all = slots(config);
  for (const Slot& slot : all) stored(tensors, slot);  // every size is checked before memory is asked for
  std::vector<NamedParameter> parameters;
  for (const Slot& slot : all) {
    const HostTensor& source = stored(tensors, slot);
    auto value = torch::empty(slot.shape, torch::kFloat);
    if (!source.data.empty()) std::memcpy(value.data_ptr<float>(), source.data.data(), source.data.size());
    parameters.push_back({slot.name, slot.kind, value});
  }
  return make_network(config, target, std::move(parameters));
}

const NetworkConfig& Network::config() const {
  return impl_->config;
}

std::uint64_t Network::parameters() const {
  std::uint64_t count = 0;
  for (const NamedParameter& p : impl_->parameters) count += static_cast<std::uint64_t>(p.value.numel());
  return count;
}

TensorMap Network::weights() const {
  TensorMap tensors;
  for (const NamedParameter& p : impl_->parameters) {
    const torch::Tensor host = p.value.detach().to(torch::kCPU, torch::kFloat).contiguous();
    HostTensor tensor;
    tensor.shape.type = DataType::f32;
    tensor.shape.dims.assign(host.sizes().begin(), host.sizes().end());
    tensor.data.resize(static_cast<std::size_t>(host.numel()) * sizeof(float));
    if (!tensor.data.empty()) std::memcpy(tensor.data.data(), host.data_ptr<float>(), tensor.data.size());
    tensors.emplace("weights/" + p.name, std::move(tensor));
  }
  return tensors;
}

Network Network::clone() const {
  std::vector<NamedParameter> parameters = impl_->parameters;
  for (NamedParameter& p : parameters) p.value = p.value.detach().clone();
  return make_network(impl_->config, impl_->device, std::move(parameters));
}

Network Network::project(int expert) const {
  const NetworkConfig& config = impl_->config;
  if (!config.projected) {
    throw Error(ErrorKind::usage, {"projection of a network that is not projected", "", "a projected network", ""});
  }
  if (expert < 0 || expert >= config.k) {
    throw Error(ErrorKind::usage, {"expert " + std::to_string(expert), "", "0 to " + std::to_string(config.k - 1), ""});
  }
  torch::NoGradGuard no_grad;
  NetworkConfig small;
  small.small = config.small;
  const torch::Tensor e = impl_->parameter("experts").detach().narrow(0, expert, 1);  // [1, m]
  std::vector<NamedParameter> parameters;
  for (const Slot& slot : slots(small)) {
    torch::Tensor value;
    if (slot.name.ends_with("mlp.up.weight") || slot.name.ends_with("mlp.down.weight")) {
      const std::string linear = slot.name.substr(0, slot.name.rfind('.'));
      const torch::Tensor c = e.matmul(impl_->parameter(linear + ".m").detach());  // [1, h]
      value = c.matmul(impl_->parameter(linear + ".t").detach().view({config.h, -1})).view(slot.shape);
    } else {
      value = impl_->parameter(slot.name).detach().clone();
    }
    parameters.push_back({slot.name, slot.kind, value});
  }
  return make_network(small, impl_->device, std::move(parameters));
}

const torch::Tensor& Network::Impl::parameter(const std::string& name) const {
  for (const NamedParameter& p : parameters) {
    if (p.name == name) return p.value;
  }
  throw Error(ErrorKind::run, {"no parameter \"" + name + "\"", "network", "", ""});
}

}  // namespace pantograph
