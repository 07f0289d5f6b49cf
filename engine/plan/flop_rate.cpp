// SPDX-License-Identifier: GPL-3.0-or-later
// How fast this machine multiplies matrices of a network's shapes: measured, once per process.
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <tuple>

#include "base/error.h"
#include "kernel/product.h"
#include "network/modules.h"
#include "plan/estimate.h"

namespace pantograph::plan {
namespace {

/// Above, products run at this width's rate, and a measurement would take memory as the network itself does.
constexpr int kWidest = 2048;

double measure(std::int64_t width, torch::Device device, torch::ScalarType type) {
  using Clock = std::chrono::steady_clock;
  torch::NoGradGuard no_grad;
  // The MLP's two products for a block of tokens, which take most of a step. Sized to about 1 GFLOP, 9 at the widest.
  const std::int64_t tokens = std::clamp<std::int64_t>((std::int64_t{1} << 27) / (width * width), 128, 4096);
  const auto options = torch::TensorOptions().dtype(type).device(device);
  const torch::Tensor x = torch::ones({tokens, width}, options);
  const torch::Tensor up = torch::ones({4 * width, width}, options), down = torch::ones({width, 4 * width}, options);
  const torch::Tensor hidden = torch::empty({tokens, 4 * width}, options), out = torch::empty({tokens, width}, options);
  const bool half = type == torch::kBFloat16;
  kernel::Products products(half);
  const bool by_kernels = device.is_cpu() && (!half || kernel::half_is_possible());
  const auto product = [&] {
    if (!by_kernels) {
      at::mm(at::mm(x, up.t()), down.t());
      return;
    }
    products.multiply(tokens, 4 * width, width, {x.data_ptr(), width}, {up.data_ptr(), width, true},
                      {hidden.data_ptr(), 4 * width});
    products.multiply(tokens, width, 4 * width, {hidden.data_ptr(), 4 * width}, {down.data_ptr(), 4 * width, true},
                      {out.data_ptr(), width});
  };
  const auto wait = [&] {
    if (device.is_cuda()) torch::cuda::synchronize(device.index());
  };
  const double flops = 2.0 * 2.0 * static_cast<double>(tokens) * static_cast<double>(4 * width * width);
  product();  // caches, threads and kernels of the first call
  wait();
  double best = 0;
  const auto start = Clock::now();
  for (int i = 0; i < 3 || Clock::now() - start < std::chrono::milliseconds(200); ++i) {
    const auto begin = Clock::now();
    product();
    wait();
    best = std::max(best, flops / std::chrono::duration<double>(Clock::now() - begin).count());
    if (i >= 200) break;
  }
  return best;
}

}  // namespace

double measured_flop_rate(int width, const std::string& device, const std::string& precision) {
  if (width < 1) throw Error(ErrorKind::usage, {"width " + std::to_string(width), "", "at least 1", ""});
  if (precision != "fp32" && precision != "bf16") {
    throw Error(ErrorKind::usage, {"precision \"" + precision + "\"", "", "fp32 or bf16", ""});
  }
  const torch::Device target = network::torch_device({device});
  static std::mutex mutex;
  static std::map<std::tuple<int, std::string, std::string>, double> rates;
  width = std::min(width, kWidest);
  const std::tuple key{width, device, precision};
  const auto known = [&] {
    const std::lock_guard lock(mutex);
    const auto found = rates.find(key);
    return found == rates.end() ? 0.0 : found->second;
  };
  if (const double rate = known(); rate > 0) return rate;
  // The gate first: a run holds it while it asks for a rate.
  const std::lock_guard alone(network::compute_mutex());
  if (const double rate = known(); rate > 0) return rate;
  const double rate = measure(width, target, precision == "bf16" ? torch::kBFloat16 : torch::kFloat);
  const std::lock_guard lock(mutex);
  return rates[key] = rate;
}

}  // namespace pantograph::plan
