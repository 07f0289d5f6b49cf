// SPDX-License-Identifier: GPL-3.0-or-later
// Parameters, FLOPs and memory from a network's shape alone. Names: d width, I inner width, L layers, T context, V
// vocabulary, H heads; h, k, m of the projected network [PN]; e experts in one step.
#include "plan/estimate.h"

#include <algorithm>

#include "network/layout.h"
#include "plan/memory.h"

namespace pantograph::plan {
namespace {

struct Sizes {
  std::uint64_t d, inner, layers, context, vocabulary, heads;
  explicit Sizes(const network::NetworkConfig& c)
      : d(c.small.width),
        inner(c.small.inner),
        layers(c.small.layers),
        context(c.small.context),
        vocabulary(c.small.vocabulary),
        heads(c.small.heads) {}
};

network::NetworkConfig small_of(const network::SmallConfig& small) {
  network::NetworkConfig config;
  config.small = small;
  return config;
}

bool is_adapter(const network::TensorRow&, network::TensorPart part) {
  return part == network::TensorPart::lora_a || part == network::TensorPart::lora_b;
}

/// Forming W of e experts: for each projected matrix, c = E·M costs 2·e·m·h, W = c·T 2·e numbers of T.
double forming_flops(const network::NetworkConfig& config, double experts) {
  const auto m = static_cast<double>(network::count_numbers(
      config, [](const network::TensorRow&, network::TensorPart part) { return part == network::TensorPart::m; }));
  const auto t = static_cast<double>(network::count_numbers(
      config, [](const network::TensorRow&, network::TensorPart part) { return part == network::TensorPart::t; }));
  return 2.0 * experts * (m + t);
}

/// Floats that one forward pass keeps for the backward pass, in fp32. Per token and layer: the residual stream before
/// each of two norms (2·d), both norms' outputs (2·d) and statistics (4), q, k and v, the attention's probabilities
/// (H·T), its result (d), the MLP before and after its activation (2·I; gate, up, silu and their product: 4·I). Then
/// the last norm's input and the gradient of its output (2·d), the embedding's gradient (V·d), and W of e experts. An
/// RMSNorm of LibTorch's operations keeps 2·d more than a LayerNorm (measured).
std::uint64_t activation_floats(const network::NetworkConfig& config, std::uint64_t rows, std::uint64_t experts) {
  const Sizes s(config);
  const std::uint64_t tokens = rows * s.context;
  const bool llama = config.small.block == network::Block::llama;
  const std::uint64_t norm = llama ? 2 * s.d : 0;
  const std::uint64_t per_layer = 8 * s.d + 2 * norm + (llama ? 4 : 2) * s.inner + s.heads * s.context + 4;
  const std::uint64_t formed = config.projected ? experts * expert_numbers(config.small) : 0;
  return tokens * (s.layers * per_layer + 2 * s.d + norm) + s.vocabulary * s.d + formed;
}

/// One block of logits: at least 256 tokens or 2^20 numbers.
std::uint64_t block_floats(const Sizes& s, std::uint64_t tokens) {
  return s.vocabulary * std::min(tokens, std::max<std::uint64_t>(256, (std::uint64_t{1} << 20) / s.vocabulary));
}

}  // namespace

std::uint64_t plain_activation_bytes(const network::NetworkConfig& config, std::uint64_t rows, int experts) {
  const Sizes s(config);
  return 4 * (activation_floats(config, rows, static_cast<std::uint64_t>(experts)) + block_floats(s, rows * s.context));
}

std::uint64_t adapter_parameters(const network::NetworkConfig& config) {
  return network::count_numbers(config, is_adapter);
}

std::uint64_t distillation_bytes(const network::NetworkConfig& student, const network::NetworkConfig& teacher,
                                 std::uint64_t rows) {
  // train/distillation.cpp, when its last expression ends: the logits of both and the counted ones among them, the
  // log-softmaxes of the text, the teacher and the student, the student's logits over the temperature, the teacher's
  // probabilities, a difference and a product.
  constexpr std::uint64_t kOfLoss = 11;
  const Sizes s(student), t(teacher);
  const std::uint64_t tokens = rows * s.context, logits = tokens * s.vocabulary;
  const std::uint64_t own = activation_floats(student, rows, 0) + kOfLoss * logits;
  // Residual stream, norm, q, k and v and their copies, attention's scores and probabilities or the MLP's two.
  const std::uint64_t taught = tokens * (10 * t.d + 2 * std::max(t.heads * s.context, t.inner)) + logits;
  return 4 * std::max(own, taught);
}

std::uint64_t small_parameters(const network::SmallConfig& config) {
  return network_parameters(small_of(config));
}

std::uint64_t network_parameters(const network::NetworkConfig& config) {
  return network::count_numbers(
      config, [](const network::TensorRow& row, network::TensorPart part) { return !is_adapter(row, part); });
}

std::uint64_t expert_numbers(const network::SmallConfig& config) {
  return network::count_numbers(small_of(config),
                                [](const network::TensorRow& row, network::TensorPart) { return row.projected; });
}

NetworkEstimate estimate_network(const network::NetworkConfig& config, std::uint64_t rows, int experts) {
  const Sizes s(config);
  const auto used = static_cast<std::uint64_t>(config.projected ? std::clamp(experts, 1, std::max(config.k, 1)) : 0);
  NetworkEstimate estimate;
  estimate.parameters_pretraining = network_parameters(config);
  estimate.parameters_inference = small_parameters(config.small);
  // Per token, forward: a multiply-add is 2 FLOPs, one for each number of a linear layer's matrix or the output's;
  // attention's scores and their use take T·d each (the whole square is computed, then masked). The backward pass costs
  // twice the forward.
  const auto products = static_cast<double>(network::count_numbers(
      small_of(config.small),
      [](const network::TensorRow& row, network::TensorPart) { return row.linear || row.tied; }));
  const double attention = 2.0 * static_cast<double>(s.layers * s.context) * static_cast<double>(s.d);
  estimate.flops_per_token_training = 3.0 * 2.0 * (products + attention);
  // W = c·T forward; dT = cᵀ·dW and dc = dW·Tᵀ backward: each as much as the forward.
  if (config.projected) estimate.flops_per_step_projection = 3.0 * forming_flops(config, static_cast<double>(used));
  MemoryPlan plan;
  plan.rows = rows_in_one_pass(config.small.context, std::max<std::uint64_t>(rows, 1), 0);
  plan.experts = experts;
  estimate.memory_training_bytes = training_memory(config, plan);
  estimate.memory_inference_bytes = 4 * estimate.parameters_inference;
  return estimate;
}

double training_flops(const network::NetworkConfig& config, std::uint64_t tokens, std::uint64_t tokens_per_step,
                      int experts_per_step) {
  const NetworkEstimate estimate = estimate_network(config, 1, experts_per_step);
  const std::uint64_t steps = tokens_per_step == 0 ? 0 : (tokens + tokens_per_step - 1) / tokens_per_step;
  return static_cast<double>(tokens) * estimate.flops_per_token_training +
         static_cast<double>(steps) * estimate.flops_per_step_projection;
}

}  // namespace pantograph::plan
