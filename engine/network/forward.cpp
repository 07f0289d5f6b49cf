// SPDX-License-Identifier: GPL-3.0-or-later
// The forward pass: GPT-2 style decoder whose MLP weights, in a projected network, are formed per expert from T [PN].
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "kernel/product.h"
#include "network/cross_entropy.h"
#include "network/modules.h"

namespace pantograph::network {
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

/// A network's tensors by what they are for, as the matrix products want them.
class Weights {
 public:
  Weights(const Network::Impl& network, torch::ScalarType compute, const Segments& segments,
          const FormedMatrices* formed)
      : network_(network),
        half_(compute == torch::kBFloat16),
        rounds_(half_ && network.device.is_cpu() && !kernel::half_is_possible()),
        formed_(formed) {
    if (!network.config.projected) return;
    std::vector<std::int64_t> rows = segments.experts;  // of E, or of what is formed
    if (formed != nullptr) {
      const auto begin = formed->experts.begin(), end = formed->experts.end();
      for (std::int64_t& expert : rows) expert = std::lower_bound(begin, end, expert) - begin;
      if (rows.size() == formed->experts.size()) return;  // all of them
    }
    rows_ = torch::tensor(rows, torch::kLong).to(network.device);
    if (formed == nullptr) e_ = network.tensor(TensorRole::experts).index_select(0, rows_);  // [e, m]
  }
  const Tensor& plain(TensorRole role, int layer) const { return network_.tensor(role, layer); }
  Tensor bias(TensorRole role, int layer) const { return cast(plain(role, layer)); }
  /// A linear layer's matrix, its adapter added where there is one, cast.
  Tensor matrix(TensorRole role, int layer) const {
    const Tensor& w = plain(role, layer);
    if (network_.config.lora.rank == 0) return cast(w);
    return cast(adapted(network_.config.lora, w, network_.tensor(role, layer, TensorPart::lora_a),
                        network_.tensor(role, layer, TensorPart::lora_b)));
  }
  /// A projected matrix of all experts of the segments, [e, out, in], cast.
  Tensor formed(TensorRole role, int layer) const {
    if (formed_ == nullptr) return cast(network_.form(role, layer, e_));
    const Tensor& all = formed_->matrices.at({role, layer});
    return cast(rows_.defined() ? all.index_select(0, rows_) : all);
  }
  /// To bf16 for matrix products; else as it is (a network in fp64 runs in fp64). Where the processor has no such
  /// products LibTorch sums in bf16, which costs a tenth of a gradient: there operands are rounded, products are fp32.
  Tensor cast(const Tensor& tensor) const {
    if (!half_) return tensor;
    const Tensor rounded = tensor.to(torch::kBFloat16);
    return rounds_ ? rounded.to(torch::kFloat) : rounded;
  }
  /// Of the products and what lies between them, where x is what the network computes in otherwise.
  torch::ScalarType type(const Tensor& x) const { return half_ && !rounds_ ? torch::kBFloat16 : x.scalar_type(); }

 private:
  const Network::Impl& network_;
  const bool half_, rounds_;
  const FormedMatrices* const formed_;
  Tensor rows_, e_;
};

constexpr int kOutside = -1;  // of the layers

Tensor layer_norm(const Tensor& x, const Weights& weights, TensorRole weight, TensorRole bias, int layer) {
  return weights.cast(at::layer_norm(x, {x.size(-1)}, weights.plain(weight, layer), weights.plain(bias, layer), 1e-5));
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

Tensor mlp(const Tensor& x, const Tensor& up, const Tensor& up_bias, const Tensor& down, const Tensor& down_bias) {
  return at::linear(at::gelu(at::linear(x, up, up_bias)), down, down_bias);
}

Tensor projected_mlp(const Tensor& x, const Weights& weights, int layer, const Segments& segments,
                     std::int64_t context) {
  const Tensor up = weights.formed(TensorRole::up, layer);      // [e, inner, width]
  const Tensor down = weights.formed(TensorRole::down, layer);  // [e, width, inner]
  const Tensor up_bias = weights.bias(TensorRole::up_bias, layer),
               down_bias = weights.bias(TensorRole::down_bias, layer);
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
Tensor trunk(const Network::Impl& network, const Tensor& inputs, const Segments& segments, torch::ScalarType compute,
             const FormedMatrices* formed = nullptr) {
  const SmallConfig& s = network.config.small;
  const std::int64_t rows = inputs.size(0), context = inputs.size(1);
  if (context > s.context) {
    throw Error(ErrorKind::usage, {"a row of " + std::to_string(context) + " tokens", "forward",
                                   "at most the context of " + std::to_string(s.context), ""});
  }
  const Weights weights(network, compute, segments, formed);
  const Tensor& embedding = network.tensor(TensorRole::embedding);
  const Tensor& positions = network.tensor(TensorRole::positions);
  // Targets below 0 mark padding; its inputs may be below 0 too and are never read by a counted position.
  Tensor x = at::embedding(embedding, inputs.clamp_min(0)) + positions.narrow(0, 0, context);
  x = x.view({rows * context, s.width});
  const auto options = x.options().dtype(weights.type(x)).requires_grad(false);
  const Tensor mask = torch::full({context, context}, -std::numeric_limits<double>::infinity(), options).triu(1);
  for (int layer = 0; layer < s.layers; ++layer) {
    const Tensor normed = layer_norm(x, weights, TensorRole::attention_norm, TensorRole::attention_norm_bias, layer);
    const Tensor qkv =
        at::linear(normed, weights.matrix(TensorRole::qkv, layer), weights.bias(TensorRole::qkv_bias, layer));
    const Tensor mixed = attention(qkv, mask, rows, context, s.heads);
    x = x + at::linear(mixed, weights.matrix(TensorRole::output, layer), weights.bias(TensorRole::output_bias, layer));
    const Tensor mlp_in = layer_norm(x, weights, TensorRole::mlp_norm, TensorRole::mlp_norm_bias, layer);
    if (network.config.projected) {
      x = x + projected_mlp(mlp_in, weights, layer, segments, context);
    } else {
      x = x + mlp(mlp_in, weights.matrix(TensorRole::up, layer), weights.bias(TensorRole::up_bias, layer),
                  weights.matrix(TensorRole::down, layer), weights.bias(TensorRole::down_bias, layer));
    }
  }
  return layer_norm(x, weights, TensorRole::norm, TensorRole::norm_bias, kOutside);
}

Tensor logits_of(const Network::Impl& network, const Tensor& hidden) {
  const Tensor embedding = network.tensor(TensorRole::embedding).to(hidden.scalar_type());
  const Tensor logits = at::linear(hidden, embedding);
  return logits.scalar_type() == torch::kBFloat16 ? logits.to(torch::kFloat) : logits;
}

}  // namespace

Tensor Network::Impl::form(TensorRole role, int layer, const Tensor& e) const {
  const Tensor& t = tensor(role, layer, TensorPart::t);
  return e.matmul(tensor(role, layer, TensorPart::m))
      .matmul(t.view({t.size(0), -1}))
      .view({e.size(0), t.size(1), t.size(2)});
}

Tensor Network::Impl::forward(const Tensor& inputs, const std::vector<int>& experts, torch::ScalarType compute) const {
  const Segments segments = make_segments(config, experts, inputs.size(0), device);
  const bool reorder = segments.order.defined();
  Tensor logits =
      logits_of(*this, trunk(*this, reorder ? inputs.index_select(0, segments.order) : inputs, segments, compute));
  logits = logits.view({inputs.size(0), inputs.size(1), config.small.vocabulary});
  return reorder ? logits.index_select(0, segments.order.argsort()) : logits;
}

Tensor Network::Impl::loss_sum(const Tensor& inputs, const Tensor& targets, const std::vector<int>& experts,
                               torch::ScalarType compute, const FormedMatrices* formed) const {
  const Segments segments = make_segments(config, experts, inputs.size(0), device);
  const auto sorted = [&](const Tensor& t) { return segments.order.defined() ? t.index_select(0, segments.order) : t; };
  const Tensor hidden = trunk(*this, sorted(inputs), segments, compute, formed);
  const Tensor wanted = sorted(targets).reshape({-1}).clamp_min(-1);
  return tied_cross_entropy(hidden, tensor(TensorRole::embedding), wanted);
}

}  // namespace pantograph::network
