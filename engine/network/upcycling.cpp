// SPDX-License-Identifier: GPL-3.0-or-later
// A projected network that starts from a trained small one: every expert computes its function at step 0.
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/random.h"
#include "network/hypercloning.h"
#include "network/modules.h"

namespace pantograph::network {
namespace {

using torch::Tensor;

[[noreturn]] void refuse(const std::string& found, const std::string& expected, const std::string& remedy) {
  throw Error(ErrorKind::project, {found, "projected network from a small one", expected, remedy});
}

void check(const NetworkConfig& small, const NetworkConfig& projected, const UpcycleOptions& options) {
  check_config(projected, ErrorKind::project);
  if (small.projected) refuse("a projected network as the start", "a small network", "Project one of its experts.");
  if (!projected.projected)
    refuse("a small network as the result", "a projected network", "Choose a projected network.");
  if (small.lora.rank > 0) refuse("a network with adapters", "an ordinary small network", "Merge the adapters first.");
  if (!(small.small == projected.small)) {
    refuse("a small network of another shape than the experts", "equal shapes",
           "Base the projected network on the small network that it starts from.");
  }
  if (projected.h < 2 || projected.m < 2) {
    refuse("h " + std::to_string(projected.h) + " and m " + std::to_string(projected.m),
           "both at least 2: with 1, experts that start equal stay equal", "Raise h and m to 2 or more.");
  }
  if (!(options.spread > 0) || !std::isfinite(options.spread)) {
    refuse("a spread of " + std::to_string(options.spread), "above 0: experts that start equal stay equal",
           "Set it near 0.5.");
  }
  if (!(options.t_noise >= 0) || !std::isfinite(options.t_noise)) {
    refuse("a noise of T of " + std::to_string(options.t_noise), "0 or more", "Set it to 0.");
  }
}

/// E, and what follows from it for each matrix.
class EqualExperts {
 public:
  EqualExperts(const NetworkConfig& config, const UpcycleOptions& options, const Tensor& like)
      : config_(config), options_(options), like_(like) {
    const std::vector<TensorSpec> all = layout(config);
    for (const TensorSpec& spec : all) {
      if (spec.kind != ParameterKind::e) continue;
      experts_ = normal(spec);
      experts_.select(1, 0).fill_(1);
    }
    for (const TensorSpec& spec : all) {
      if (spec.part == TensorPart::m) mixers_[{spec.role(), spec.layer}] = make_mixer(spec);
    }
  }

  const Tensor& experts() const { return experts_; }  // [k, m]

  /// [m, h]: a, and rows orthogonal to it, scaled so that the mean of ‖n_i‖² is spread².
  const Tensor& mixer(const TensorSpec& spec) const { return mixers_.at({spec.role(), spec.layer}); }

  /// [h, out, in]: a_r·W, and noise when it is asked for.
  Tensor t(const TensorSpec& spec, const Tensor& w) const {
    const Tensor t = mixer(spec)[0].view({-1, 1, 1}) * w;
    if (options_.t_noise > 0) {
      const double size = t.square().mean().sqrt().item<double>();
      t.add_(normal(spec), options_.t_noise * size);
    }
    return t;
  }

 private:
  Tensor make_mixer(const TensorSpec& spec) const {
    Tensor m = normal(spec);
    const Tensor a = m[0].div_(m[0].norm());
    Tensor others = m.narrow(0, 1, config_.m - 1);
    others.sub_(others.matmul(a).outer(a));
    const Tensor spread = experts_.narrow(1, 1, config_.m - 1).matmul(others);  // [k, h], the n_i
    others.mul_(options_.spread / std::sqrt(spread.square().sum(1).mean().item<double>()));
    return m;
  }

  Tensor normal(const TensorSpec& spec) const {
    auto generator = at::make_generator<at::CPUGeneratorImpl>(derive_seed(options_.seed, "upcycle/" + spec.name));
    return torch::empty(spec.shape, torch::TensorOptions().dtype(like_.scalar_type()))
        .normal_(0, 1, generator)
        .to(like_.device());
  }

  const NetworkConfig& config_;
  const UpcycleOptions& options_;
  const Tensor like_;  // type and device
  Tensor experts_;
  std::map<std::pair<TensorRole, int>, Tensor> mixers_;  // by role and layer
};

}  // namespace

Network upcycle(const Network& small, const NetworkConfig& projected, const UpcycleOptions& options) {
  const Network::Impl& from = small.impl();
  check(from.config, projected, options);
  const torch::NoGradGuard no_grad;
  const EqualExperts start(projected, options, from.tensor(TensorRole::embedding).detach());
  return make_network(projected, from.device, [&](const TensorSpec& spec) -> Tensor {
    if (spec.kind == ParameterKind::e) return start.experts();
    if (spec.part == TensorPart::m) return start.mixer(spec);
    const Tensor whole = from.tensor(spec.role(), spec.layer).detach();
    return spec.part == TensorPart::t ? start.t(spec, whole) : whole.clone();
  });
}

}  // namespace pantograph::network
