// SPDX-License-Identifier: GPL-3.0-or-later
// The forward pass: GPT-2 style decoder whose MLP weights, in a projected network, are formed per expert from T [PN].
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "network/cross_entropy.h"
#include "network/modules.h"

namespace pantograph {
namespace {

using torch::Tensor;

/// Rows of a batch that use the same expert, after sorting by expert.
struct Segments {
  std::vector<std::int64_t> experts;  ///< distinct, ascending
  std::vector<std::int64_t> rows;     ///< of each; sums to the batch
  Tensor order;                       ///< [rows] position in the caller's batch; undefined when it is sorted already
  bool equal() const {
    return std::all_of(rows.begin(), rows.end(), [&](std::int64_t n) { return n == rows[0]; });
  }
};

Segments make_segments(const NetworkConfig& config, const std::vector<int>& experts, std::int64_t rows,
                       torch::Device device) {
  Segments segments;
  if (!config.projected) return segments;
  const auto groups = static_cast<std::int64_t>(experts.size());
  if (groups < 1 || rows % groups != 0) {
    throw Error(ErrorKind::usage, {std::to_string(groups) + " experts for " + std::to_string(rows) + " rows", "forward",
                                   "one expert for each of equal groups of rows", ""});
  }
  for (const int expert : experts) {
    if (expert < 0 || expert >= config.k) {
      throw Error(ErrorKind::usage,
                  {"expert " + std::to_string(expert), "forward", "0 to " + std::to_string(config.k - 1), ""});
    }
  }
  std::vector<std::int64_t> order(experts.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return experts[a] < experts[b]; });
  const std::int64_t size = rows / groups;
  for (const std::int64_t group : order) {
    if (segments.experts.empty() || segments.experts.back() != experts[group]) {
      segments.experts.push_back(experts[group]);
      segments.rows.push_back(0);
    }
    segments.rows.back() += size;
  }
  if (!std::is_sorted(order.begin(), order.end())) {
    const Tensor groups_in_order = torch::tensor(order, torch::kLong);
    segments.order =
        (groups_in_order.unsqueeze(1) * size + torch::arange(size, torch::kLong)).flatten().to(device);  // [rows]
  }
  return segments;
}

/// Walks the parameters in the order in which network.cpp lists them.
class Weights {
 public:
  Weights(const Network::Impl& network, torch::ScalarType compute)
      : network_(network), half_(compute == torch::kBFloat16) {}
  const Tensor& next() { return network_.parameters[index_++].value; }
  Tensor next_cast() { return cast(next()); }
  /// A linear layer's matrix, its adapter added where there is one, cast.
  Tensor next_matrix() {
    const Tensor& w = next();
    if (network_.config.lora.rank == 0) return cast(w);
    const Tensor& a = next();
    const Tensor& b = next();
    return cast(adapted(network_.config.lora, w, a, b));
  }
  /// To bf16 for matrix products; else as it is (a network in fp64 runs in fp64).
  Tensor cast(const Tensor& tensor) const { return half_ ? tensor.to(torch::kBFloat16) : tensor; }
  bool half() const { return half_; }

 private:
  const Network::Impl& network_;
  bool half_;
  std::size_t index_ = 0;
};

Tensor layer_norm(const Tensor& x, Weights& weights) {
  const Tensor& weight = weights.next();
  const Tensor& bias = weights.next();
  return weights.cast(at::layer_norm(x, {x.size(-1)}, weight, bias, 1e-5));
}

/// Causal multi-head attention without its output linear. qkv: [tokens, 3·width]; result [tokens, width].
Tensor attention(const Tensor& qkv, const Tensor& mask, std::int64_t rows, std::int64_t context, std::int64_t heads) {
  const std::int64_t width = qkv.size(1) / 3, size = width / heads;
  const Tensor parts = qkv.view({rows, context, 3, heads, size}).permute({2, 0, 3, 1, 4});
  const auto part = [&](int i) { return parts[i].reshape({rows * heads, context, size}); };
  const Tensor q = part(0) * (1.0 / std::sqrt(static_cast<double>(size)));
  Tensor scores = at::bmm(q, part(1).transpose(1, 2));  // [rows·heads, context, context]
  scores.add_(mask);
  const Tensor mixed = at::bmm(at::_softmax(scores, -1, false), part(2));
  return mixed.view({rows, heads, context, size}).transpose(1, 2).reshape({rows * context, width});
}

/// All matrices of a batch's experts: W[e] = Σ_r c_e[r]·T[r], c = E·M, by one product [e, h] × [h, out·in].
Tensor form(const Tensor& experts, const Tensor& t, const Tensor& m) {
  return experts.matmul(m).matmul(t.view({t.size(0), -1})).view({experts.size(0), t.size(1), t.size(2)});
}

Tensor mlp(const Tensor& x, const Tensor& up, const Tensor& up_bias, const Tensor& down, const Tensor& down_bias) {
  return at::linear(at::gelu(at::linear(x, up, up_bias)), down, down_bias);
}

Tensor projected_mlp(const Tensor& x, Weights& weights, const Tensor& experts, const Segments& segments,
                     std::int64_t context) {
  const Tensor& up_t = weights.next();
  const Tensor& up_m = weights.next();
  const Tensor up_bias = weights.next_cast();
  const Tensor& down_t = weights.next();
  const Tensor& down_m = weights.next();
  const Tensor down_bias = weights.next_cast();
  const Tensor up = weights.cast(form(experts, up_t, up_m));        // [e, inner, width]
  const Tensor down = weights.cast(form(experts, down_t, down_m));  // [e, width, inner]
  const std::int64_t count = up.size(0), width = x.size(1);
  if (count == 1) return mlp(x, up[0], up_bias, down[0], down_bias);
  if (segments.equal()) {
    const Tensor hidden = at::gelu(at::baddbmm(up_bias, x.view({count, -1, width}), up.transpose(1, 2)));
    return at::baddbmm(down_bias, hidden, down.transpose(1, 2)).view({-1, width});
  }
  std::vector<std::int64_t> tokens = segments.rows;
  for (std::int64_t& n : tokens) n *= context;
  const std::vector<Tensor> inputs = x.split_with_sizes(tokens), ups = up.unbind(0), downs = down.unbind(0);
  std::vector<Tensor> outputs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    outputs.push_back(mlp(inputs[i], ups[i], up_bias, downs[i], down_bias));
  }
  return at::cat(outputs, 0);
}

/// The last LayerNorm's output, [rows·context, width], for inputs already sorted by expert.
Tensor trunk(const Network::Impl& network, const Tensor& inputs, const Segments& segments, torch::ScalarType compute) {
  const SmallConfig& s = network.config.small;
  const std::int64_t rows = inputs.size(0), context = inputs.size(1);
  if (context > s.context) {
    throw Error(ErrorKind::usage, {"a row of " + std::to_string(context) + " tokens", "forward",
                                   "at most the context of " + std::to_string(s.context), ""});
  }
  Weights weights(network, compute);
  const Tensor& embedding = weights.next();
  const Tensor& positions = weights.next();
  Tensor experts;
  if (network.config.projected) {
    const Tensor index = torch::tensor(segments.experts, torch::kLong).to(network.device);
    experts = network.parameters.back().value.index_select(0, index);  // [e, m]
  }
  // Targets below 0 mark padding; its inputs may be below 0 too and are never read by a counted position.
  Tensor x = at::embedding(embedding, inputs.clamp_min(0)) + positions.narrow(0, 0, context);
  x = x.view({rows * context, s.width});
  const auto options = x.options().dtype(compute == torch::kBFloat16 ? compute : x.scalar_type()).requires_grad(false);
  const Tensor mask = torch::full({context, context}, -std::numeric_limits<double>::infinity(), options).triu(1);
  for (int layer = 0; layer < s.layers; ++layer) {
    const Tensor normed = layer_norm(x, weights);
    const Tensor qkv_weight = weights.next_matrix(), qkv_bias = weights.next_cast();
    const Tensor mixed = attention(at::linear(normed, qkv_weight, qkv_bias), mask, rows, context, s.heads);
    const Tensor out_weight = weights.next_matrix(), out_bias = weights.next_cast();
    x = x + at::linear(mixed, out_weight, out_bias);
    const Tensor mlp_in = layer_norm(x, weights);
    if (network.config.projected) {
      x = x + projected_mlp(mlp_in, weights, experts, segments, context);
    } else {
      const Tensor up = weights.next_matrix(), up_bias = weights.next_cast();
      const Tensor down = weights.next_matrix(), down_bias = weights.next_cast();
      x = x + mlp(mlp_in, up, up_bias, down, down_bias);
    }
  }
  return layer_norm(x, weights);
}

Tensor logits_of(const Network::Impl& network, const Tensor& hidden) {
  const Tensor embedding = network.parameters.front().value.to(hidden.scalar_type());
  const Tensor logits = at::linear(hidden, embedding);
  return logits.scalar_type() == torch::kBFloat16 ? logits.to(torch::kFloat) : logits;
}

}  // namespace

Tensor Network::Impl::forward(const Tensor& inputs, const std::vector<int>& experts, torch::ScalarType compute) const {
  const Segments segments = make_segments(config, experts, inputs.size(0), device);
  const bool reorder = segments.order.defined();
  Tensor logits =
      logits_of(*this, trunk(*this, reorder ? inputs.index_select(0, segments.order) : inputs, segments, compute));
  logits = logits.view({inputs.size(0), inputs.size(1), config.small.vocabulary});
  return reorder ? logits.index_select(0, segments.order.argsort()) : logits;
}

Tensor Network::Impl::loss_sum(const Tensor& inputs, const Tensor& targets, const std::vector<int>& experts,
                               torch::ScalarType compute) const {
  const Segments segments = make_segments(config, experts, inputs.size(0), device);
  const auto sorted = [&](const Tensor& t) { return segments.order.defined() ? t.index_select(0, segments.order) : t; };
  const Tensor hidden = trunk(*this, sorted(inputs), segments, compute);
  const Tensor wanted = sorted(targets).reshape({-1}).clamp_min(-1);
  return tied_cross_entropy(hidden, parameters.front().value, wanted);
}

}  // namespace pantograph
