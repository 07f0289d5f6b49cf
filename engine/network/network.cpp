// SPDX-License-Identifier: GPL-3.0-or-later
// Networks made, saved, loaded, copied and projected. The forward pass is in forward.cpp.
#include "network/network.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/random.h"
#include "network/modules.h"

namespace pantograph::network {
namespace {

constexpr double kInitialDeviation = 0.02;

/// A parameter's numbers depend on the seed and its name only: networks of one seed share what they have in common.
torch::Tensor draw(const TensorSpec& spec, std::uint64_t seed, int layers) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(derive_seed(seed, "network/" + spec.name));
  const auto options = torch::TensorOptions().dtype(torch::kFloat);
  const auto normal = [&](double deviation) {
    return torch::empty(spec.shape, options).normal_(0, deviation, generator);
  };
  switch (spec.start) {
    case TensorStart::zero:
      return torch::zeros(spec.shape, options);
    case TensorStart::one:
      return torch::ones(spec.shape, options);
    case TensorStart::normal:
      return normal(kInitialDeviation);
    case TensorStart::residual:
      return normal(kInitialDeviation / std::sqrt(2.0 * layers));
    case TensorStart::mixer:
      return normal(1.0);
    case TensorStart::lora_a:
      return initial_lora_a(spec.name, static_cast<int>(spec.shape[0]), spec.shape[1], seed);
    case TensorStart::experts: {  // E_i = e_0 + 0.5·noise: near each other, so that they share what they learn
      const auto shared = torch::empty({1, spec.shape[1]}, options).normal_(0, 1, generator);
      return shared + normal(0.5);
    }
  }
  return {};
}

std::string format_shape(const std::vector<std::uint64_t>& dims) {
  std::string text = "[";
  for (std::size_t i = 0; i < dims.size(); ++i) text += (i ? ", " : "") + std::to_string(dims[i]);
  return text + "]";
}

const store::HostTensor& stored(const store::TensorMap& tensors, const TensorSpec& spec) {
  const std::string name = "weights/" + spec.name;
  const std::vector<std::uint64_t> dims(spec.shape.begin(), spec.shape.end());
  const std::string expected = "f32 " + format_shape(dims);
  const auto found = tensors.find(name);
  if (found == tensors.end()) {
    throw Error(ErrorKind::run,
                {"tensor missing", name, expected, "The file belongs to another network: make it again."});
  }
  const store::HostTensor& tensor = found->second;
  if (tensor.shape.type != store::DataType::f32 || tensor.shape.dims != dims ||
      tensor.data.size() != tensor.shape.count() * sizeof(float)) {
    throw Error(ErrorKind::run,
                {std::string("tensor of ") + store::to_string(tensor.shape.type) + " " +
                     format_shape(tensor.shape.dims) + " in " + std::to_string(tensor.data.size()) + " bytes",
                 name, expected, "The file belongs to another network: make it again."});
  }
  return tensor;
}

}  // namespace

Network make_network(const NetworkConfig& config, torch::Device device,
                     const std::function<torch::Tensor(const TensorSpec&)>& value_of) {
  auto impl = std::make_unique<Network::Impl>();
  impl->config = config;
  impl->device = device;
  for (TensorSpec& spec : layout(config)) {
    NamedParameter p{std::move(spec), {}};
    p.value = value_of(p).to(device).detach().contiguous().requires_grad_(impl->trains(p));
    impl->parameters.push_back(std::move(p));
  }
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
  const int layers = config.small.layers;
  torch::Tensor experts;  // [k, m]
  if (config.projected) {
    for (const TensorSpec& spec : layout(config)) {
      if (spec.kind == ParameterKind::e) experts = draw(spec, seed, layers).to(torch::kDouble);
    }
  }
  return make_network(config, target, [&](const TensorSpec& spec) {
    torch::Tensor value = draw(spec, seed, layers);
    if (spec.start == TensorStart::mixer) {
      // M scaled so that the mean of ‖c_i‖² is 1: then W^(l,i) = Σ_r c_i[r]·T[:,:,r] has the small network's variance.
      const auto c = experts.matmul(value.to(torch::kDouble));  // [k, h]
      value.div_(std::sqrt(c.square().sum(1).mean().item<double>()));
    }
    return value;
  });
}

Network Network::load(const NetworkConfig& config, const store::TensorMap& tensors, const Device& device) {
  check_config(config, ErrorKind::run);
  const torch::Device target = torch_device(device);
  torch::NoGradGuard no_grad;
  // Every size is checked before memory is asked for.
  for (const TensorSpec& spec : layout(config)) stored(tensors, spec);
  return make_network(config, target, [&](const TensorSpec& spec) {
    const store::HostTensor& source = stored(tensors, spec);
    auto value = torch::empty(spec.shape, torch::kFloat);
    if (!source.data.empty()) std::memcpy(value.data_ptr<float>(), source.data.data(), source.data.size());
    return value;
  });
}

const NetworkConfig& Network::config() const {
  return impl_->config;
}

std::uint64_t Network::parameters() const {
  std::uint64_t count = 0;
  for (const NamedParameter& p : impl_->parameters) count += static_cast<std::uint64_t>(p.value.numel());
  return count;
}

store::TensorMap Network::weights() const {
  store::TensorMap tensors;
  for (const NamedParameter& p : impl_->parameters) {
    const torch::Tensor host = p.value.detach().to(torch::kCPU, torch::kFloat).contiguous();
    store::HostTensor tensor;
    tensor.shape.type = store::DataType::f32;
    tensor.shape.dims.assign(host.sizes().begin(), host.sizes().end());
    tensor.data.resize(static_cast<std::size_t>(host.numel()) * sizeof(float));
    if (!tensor.data.empty()) std::memcpy(tensor.data.data(), host.data_ptr<float>(), tensor.data.size());
    tensors.emplace("weights/" + p.name, std::move(tensor));
  }
  return tensors;
}

Network Network::clone() const {
  return make_network(impl_->config, impl_->device, [this](const TensorSpec& spec) {
    return impl_->tensor(spec.role(), spec.layer, spec.part).detach().clone();
  });
}

Network Network::project(int expert) const {
  return project({{expert, 1.0}});
}

Network Network::project(const std::vector<std::pair<int, double>>& mixture) const {
  const NetworkConfig& config = impl_->config;
  if (!config.projected) {
    throw Error(ErrorKind::usage, {"projection of a network that is not projected", "", "a projected network", ""});
  }
  if (mixture.empty()) throw Error(ErrorKind::usage, {"a mixture of no experts", "", "at least one expert", ""});
  torch::NoGradGuard no_grad;
  const torch::Tensor experts = impl_->tensor(TensorRole::experts).detach();
  torch::Tensor e;  // [1, m]
  for (const auto& [expert, share] : mixture) {
    if (expert < 0 || expert >= config.k) {
      throw Error(ErrorKind::usage,
                  {"expert " + std::to_string(expert), "", "0 to " + std::to_string(config.k - 1), ""});
    }
    const torch::Tensor part = experts.narrow(0, expert, 1) * share;
    e = e.defined() ? e + part : part;
  }
  NetworkConfig small;
  small.small = config.small;
  return make_network(small, impl_->device, [&](const TensorSpec& spec) {
    const auto part = [&](TensorPart which) { return impl_->tensor(spec.role(), spec.layer, which).detach(); };
    if (!spec.row->projected) return part(TensorPart::whole).clone();
    const torch::Tensor c = e.matmul(part(TensorPart::m));  // [1, h]
    return c.matmul(part(TensorPart::t).view({config.h, -1})).view(spec.shape);
  });
}

std::size_t Network::Impl::index(TensorRole role, int layer, TensorPart part) const {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const NamedParameter& p = parameters[i];
    if (p.role() == role && p.layer == layer && p.part == part) return i;
  }
  throw Error(ErrorKind::run, {"no parameter of role " + std::to_string(static_cast<int>(role)) + ", part " +
                                   std::to_string(static_cast<int>(part)) + " in layer " + std::to_string(layer),
                               "network", "one of its layout", ""});
}

const torch::Tensor& Network::Impl::parameter(const std::string& name) const {
  for (const NamedParameter& p : parameters) {
    if (p.name == name) return p.value;
  }
  throw Error(ErrorKind::run, {"no parameter \"" + name + "\"", "network", "", ""});
}

}  // namespace pantograph::network
