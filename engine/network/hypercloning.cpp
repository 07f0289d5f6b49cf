// SPDX-License-Identifier: GPL-3.0-or-later
// HyperCloning: a trained network grown to n times its width.
#include "network/hypercloning.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "network/modules.h"

namespace pantograph::network {
namespace {

using torch::Tensor;

[[noreturn]] void refuse(const std::string& found, const std::string& expected, const std::string& remedy) {
  throw Error(ErrorKind::project, {found, "HyperCloning", expected, remedy});
}

/// n, the growth in width.
int growth(const NetworkConfig& from, const NetworkConfig& to) {
  if (from.projected || to.projected) {
    refuse("a projected network", "two ordinary networks", "Project one of its experts and grow that.");
  }
  if (from.lora.rank > 0 || to.lora.rank > 0) {
    refuse("a network with adapters", "two ordinary networks", "Merge the adapters first.");
  }
  const SmallConfig &s = from.small, &l = to.small;
  const int n = l.width / s.width;
  if (n < 2 || l.width % s.width != 0) {
    refuse("width " + std::to_string(l.width) + " from width " + std::to_string(s.width),
           "twice, three times, … the width", "Set the larger network's width to " + std::to_string(2 * s.width) + ".");
  }
  const auto need = [](const char* name, int found, int expected) {
    if (found == expected) return;
    refuse(std::string(name) + " " + std::to_string(found), std::string(name) + " " + std::to_string(expected),
           std::string("Set the larger network's ") + name + " to " + std::to_string(expected) + ".");
  };
  if (l.block != s.block || l.activation != s.activation || l.rope_base != s.rope_base) {
    refuse(std::string("a block ") + to_string(l.block) + " (" + to_string(l.activation) + ") from " +
               to_string(s.block) + " (" + to_string(s.activation) + ")",
           "equal block, activation and rope_base", "Give both networks the same block.");
  }
  need("heads", l.heads, n * s.heads);
  need("key_value_heads", l.key_heads(), n * s.key_heads());
  need("inner width", l.inner, n * s.inner);
  need("layers", l.layers, s.layers);
  need("context", l.context, s.context);
  need("vocabulary", l.vocabulary, s.vocabulary);
  return n;
}

/// [n·out, n·in] from W [out, in], for inputs that are n copies of one vector; gives n copies of the output.
Tensor expand(const Tensor& w, int n, const CloneOptions& options, at::Generator& generator) {
  const std::int64_t out = w.size(0), in = w.size(1);
  Tensor grown =
      options.variant == CloneOptions::symmetric ? w.repeat({n, n}) / n : torch::kron(torch::eye(n, w.options()), w);
  if (!options.noise) return grown;
  const auto host = torch::TensorOptions().dtype(w.scalar_type());
  Tensor noise = torch::empty({n, out, n, in}, host).normal_(0, 1, generator).to(w.device());
  noise = noise - noise.mean(2, true);  // over the copies of an input: +N and −N for n = 2, a sum of zero for any n
  const double ratio = std::pow(10.0, -options.signal_to_noise / 20.0);
  const double size = grown.norm().item<double>() / noise.norm().item<double>();
  return grown.add_(noise.view({n * out, n * in}), ratio * size);
}

}  // namespace

Network hyperclone(const Network& small, const NetworkConfig& larger, const CloneOptions& options) {
  check_config(larger, ErrorKind::project);
  const Network::Impl& from = small.impl();
  const int n = growth(from.config, larger);
  if (!std::isfinite(options.signal_to_noise)) {
    refuse("a signal-to-noise ratio that is not a number", "decibels, such as 10", "");
  }
  const torch::NoGradGuard no_grad;
  return make_network(larger, from.device, [&](const TensorSpec& spec) -> Tensor {
    const Tensor value = from.tensor(spec.role(), spec.layer).detach();
    // Query, key and value each have all their heads: the copies of a part lie side by side, not those of the whole.
    const auto parts = [&] { return value.split_with_sizes(stacks(*spec.row, from.config)); };
    const auto copies = [&] {
      std::vector<Tensor> grown;
      for (const Tensor& part : parts()) grown.push_back(part.repeat({n}));
      return torch::cat(grown);
    };
    switch (spec.row->growth) {
      case Growth::columns:
        return value.repeat({1, n});
      case Growth::blocks: {
        auto generator = at::make_generator<at::CPUGeneratorImpl>(derive_seed(options.seed, "hyperclone/" + spec.name));
        std::vector<Tensor> grown;
        for (const Tensor& part : parts()) grown.push_back(expand(part, n, options, generator));
        return torch::cat(grown);
      }
      case Growth::copies:
        return copies();
      case Growth::shared:
        return copies().div_(n);
      case Growth::none:
        break;
    }
    throw Error(ErrorKind::run, {"\"" + spec.name + "\"", "HyperCloning", "a tensor that a larger network has", ""});
  });
}

}  // namespace pantograph::network
