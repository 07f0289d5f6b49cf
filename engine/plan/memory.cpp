// SPDX-License-Identifier: GPL-3.0-or-later
// What a training run on the CPU needs of memory.
#include "plan/memory.h"

#include <algorithm>
#include <functional>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/numbers.h"
#include "kernel/decoder.h"
#include "kernel/product.h"
#include "network/decoder_shape.h"
#include "network/layout.h"
#include "plan/estimate.h"

namespace pantograph::plan {
namespace {

/// What a run asks for whatever its network: oneDNN's code and its scratch, threads, files. Measured.
constexpr std::uint64_t kProgram = 24'000'000;

/// LibTorch asks for aligned buffers, whose gaps the C library's heap does not fill again: measured 1.3 to 1.5 times
/// what a step of LibTorch's operations holds.
constexpr double kGaps = 1.4;

std::string gigabytes(std::uint64_t bytes) {
  return format_bytes(static_cast<double>(bytes));
}

/// The largest value from `low` to `high` for which `fits`, which holds up to some value; 0: none.
std::uint64_t largest(std::uint64_t low, std::uint64_t high, const std::function<bool(std::uint64_t)>& fits) {
  if (low > high || !fits(low)) return 0;
  while (low < high) {
    const std::uint64_t middle = low + (high - low + 1) / 2;
    if (fits(middle))
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

}  // namespace

std::uint64_t rows_in_one_pass(int context, std::uint64_t rows, std::uint64_t rows_at_once) {
  const std::uint64_t wanted =
      rows_at_once > 0 ? rows_at_once : std::max<std::uint64_t>(1, static_cast<std::uint64_t>(kTokensAtOnce / context));
  return std::min(rows, wanted);
}

TensorMemory tensor_memory(const network::NetworkConfig& config, const MemoryPlan& plan) {
  const auto count = [&](const std::function<bool(const network::TensorRow&, network::TensorPart)>& wanted) {
    return network::count_numbers(config, wanted);
  };
  const std::uint64_t all = count([](const network::TensorRow&, network::TensorPart) { return true; });
  const std::uint64_t trained =
      count([&](const network::TensorRow&, network::TensorPart part) { return network::is_trained(config, part); });
  const std::uint64_t t =
      count([](const network::TensorRow&, network::TensorPart part) { return part == network::TensorPart::t; });
  TensorMemory memory;
  memory.trained = 4 * trained;
  memory.state = 4 * (all - trained) + 12 * (trained - t) + (4 + (plan.half_moments ? 4 : 8)) * t;
  memory.gradients = 4 * (trained - t);
  if (config.projected) {
    const auto experts = static_cast<std::uint64_t>(std::clamp(plan.experts, 1, std::max(config.k, 1)));
    memory.formed = experts * expert_numbers(config.small) * (4 + (plan.half ? 2 : 4));
  } else if (config.lora.rank > 0) {
    memory.formed = 8 * count([](const network::TensorRow& row, network::TensorPart part) {
                      return row.linear && part == network::TensorPart::whole;
                    });
  }
  return memory;
}

std::uint64_t training_memory(const network::NetworkConfig& config, const MemoryPlan& plan) {
  const network::SmallConfig& s = config.small;
  const TensorMemory tensors = tensor_memory(config, plan);
  const auto context = static_cast<std::uint64_t>(s.context);
  const kernel::DecoderShape shape = network::decoder_shape(s);
  const auto decoder = [&](std::uint64_t rows, bool backward) {
    return kernel::decoder_bytes(shape, plan.half, rows, context, plan.threads, backward);
  };
  // An evaluation of a projected network forms small ones, one of adapters merges them.
  const std::uint64_t evaluation = (config.projected || config.lora.rank > 0 ? 4 * small_parameters(s) : 0) +
                                   decoder(rows_in_one_pass(s.context, 256, 0), false);
  const std::uint64_t best = plan.keeps_best ? tensors.trained : 0;
  // The copy for a checkpoint holds what resuming needs. It follows an evaluation, and is written before the next one
  // as a rule, but while training goes on.
  if (plan.teacher) {
    // Gradients come into being as the backward pass gives the loss's tensors back.
    const std::uint64_t teacher = 4 * network_parameters(*plan.teacher);
    const auto loss =
        static_cast<std::uint64_t>(kGaps * static_cast<double>(distillation_bytes(config, *plan.teacher, plan.rows)));
    const std::uint64_t step = std::max(loss, tensors.gradients) + tensors.state + best;
    return kProgram + tensors.state + best + teacher + std::max(step, tensors.gradients + evaluation);
  }
  return kProgram + kernel::product_workspace() + tensors.state + best + tensors.gradients + tensors.formed +
         decoder(plan.rows, true) + std::max(tensors.state + best, evaluation);
}

void check_memory(const network::NetworkConfig& config, const MemoryPlan& plan, std::uint64_t available,
                  const std::string& where) {
  const std::uint64_t needed = training_memory(config, plan);
  if (needed <= available) return;
  const auto fits = [&](const network::NetworkConfig& c, const MemoryPlan& p) {
    return training_memory(c, p) <= available;
  };
  std::vector<std::string> remedies;
  const std::uint64_t rows = largest(1, plan.rows - 1, [&](std::uint64_t n) {
    MemoryPlan p = plan;
    p.rows = n;
    return fits(config, p);
  });
  if (rows > 0) {
    remedies.push_back(plan.fine_tunes ? fmt::format("specialization.tokens_per_step = {}",
                                                     rows * static_cast<std::uint64_t>(config.small.context))
                                       : fmt::format("rows_at_once = {}", rows));
  }
  if (config.projected) {
    MemoryPlan halved = plan;
    halved.half_moments = true;
    if (!plan.half_moments && fits(config, halved)) remedies.emplace_back("t_moments = \"bf16\"");
    const std::uint64_t h = largest(1, static_cast<std::uint64_t>(config.h - 1), [&](std::uint64_t n) {
      network::NetworkConfig c = config;
      c.h = static_cast<int>(n);
      return fits(c, plan);
    });
    if (h > 0) remedies.push_back(fmt::format("h = {}", h));
  }
  const std::uint64_t layers = largest(1, static_cast<std::uint64_t>(config.small.layers - 1), [&](std::uint64_t n) {
    network::NetworkConfig c = config;
    c.small.layers = static_cast<int>(n);
    return fits(c, plan);
  });
  if (layers > 0) remedies.push_back(fmt::format("layers = {}", layers));
  std::string remedy = "Choose a narrower network or a smaller vocabulary.";
  if (!remedies.empty()) {
    remedy = "Any one of these would fit: ";
    for (std::size_t i = 0; i < remedies.size(); ++i) remedy += (i ? ", " : "") + remedies[i];
    remedy += ".";
  }
  throw Error(ErrorKind::project, {fmt::format("training needs {} of memory", gigabytes(needed)), where,
                                   fmt::format("at most the {} that are free", gigabytes(available)), remedy});
}

}  // namespace pantograph::plan
