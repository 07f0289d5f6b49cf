// SPDX-License-Identifier: GPL-3.0-or-later
// The forward pass of both blocks. In a projected network the MLP's weights are formed per expert from T [PN].
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
  bool biased() const { return network_.config.small.block == Block::gpt2; }
  /// Undefined in a block without.
  Tensor bias(TensorRole role, int layer) const { return biased() ? cast(plain(role, layer)) : Tensor(); }
  Activation activation() const { return network_.config.small.activation; }
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

/// LayerNorm, or RMSNorm where there is no bias.
Tensor norm(const Tensor& x, const Weights& weights, TensorRole weight, TensorRole bias, int layer) {
  const Tensor& w = weights.plain(weight, layer);
  if (!weights.biased()) return weights.cast(x * at::rsqrt(x.square().mean(-1, true) + 1e-5) * w);
  return weights.cast(at::layer_norm(x, {x.size(-1)}, w, weights.plain(bias, layer), 1e-5));
}

/// cos and sin [context, size] of the angles of rotary positions, each twice: for numbers i and i + size/2 of a head.
std::pair<Tensor, Tensor> rotary_angles(const SmallConfig& s, std::int64_t context,
                                        const torch::TensorOptions& options) {
  const std::int64_t size = s.width / s.heads;
  const auto wide = torch::TensorOptions().dtype(torch::kDouble);
  const Tensor speed = torch::pow(static_cast<double>(s.rope_base), torch::arange(0, size, 2, wide) * (-1.0 / size));
  const Tensor angles = torch::arange(context, wide).outer(speed).repeat({1, 2});
  return {angles.cos().to(options), angles.sin().to(options)};
}

/// x [·, context, size], turned in the precision of the angles.
Tensor turned(const Tensor& x, const std::pair<Tensor, Tensor>& angles) {
  const std::vector<Tensor> halves = x.chunk(2, -1);
  const Tensor quarter = at::cat({halves[1].neg(), halves[0]}, -1);
  return (x * angles.first + quarter * angles.second).to(x.scalar_type());
}

/// Causal multi-head attention without its output linear. qkv: [tokens, width + 2·key width]; result [tokens, width].
class Attention {
 public:
  Attention(const SmallConfig& config, std::int64_t rows, std::int64_t context, const torch::TensorOptions& wide,
            const torch::TensorOptions& compute)
      : s_(config), rows_(rows), context_(context) {
    mask_ = torch::full({context, context}, -std::numeric_limits<double>::infinity(), compute).triu(1);
    if (s_.block == Block::llama) angles_ = rotary_angles(s_, context, wide);
  }
  Tensor operator()(const Tensor& qkv) const {
    const std::int64_t size = s_.width / s_.heads, heads = s_.heads, groups = s_.key_heads();
    const std::vector<Tensor> parts = qkv.split_with_sizes({s_.width, s_.key_width(), s_.key_width()}, 1);
    const auto part = [&](int i, std::int64_t count) {
      const Tensor x = parts[static_cast<std::size_t>(i)].view({rows_, context_, count, size}).transpose(1, 2);
      const Tensor ready = i < 2 && angles_.first.defined() ? turned(x, angles_) : x;
      const Tensor each = count == heads ? ready : ready.repeat_interleave(heads / groups, 1);
      return each.reshape({rows_ * heads, context_, size});
    };
    const Tensor q = part(0, heads) * (1.0 / std::sqrt(static_cast<double>(size)));
    Tensor scores = at::bmm(q, part(1, groups).transpose(1, 2));  // [rows·heads, context, context]
    scores.add_(mask_);
    const Tensor mixed = at::bmm(at::_softmax(scores, -1, false), part(2, groups));
    return mixed.view({rows_, heads, context_, size}).transpose(1, 2).reshape({rows_ * context_, s_.width});
  }

 private:
  const SmallConfig& s_;
  const std::int64_t rows_, context_;
  Tensor mask_;
  std::pair<Tensor, Tensor> angles_;
};

/// A layer's MLP. Matrices may have a dimension of experts before theirs; biases and gate are undefined where the block
/// has none.
struct Mlp {
  Activation activation;
  Tensor gate, up, up_bias, down, down_bias;

  Tensor activated(const Tensor& x_up, const Tensor& x_gate) const {
    switch (activation) {
      case Activation::gelu:
        break;
      case Activation::gelu_tanh:
        return at::gelu(x_up, "tanh");
      case Activation::swiglu:
        return at::silu(x_gate) * x_up;
    }
    return at::gelu(x_up);
  }
  /// x: [tokens, width].
  Tensor operator()(const Tensor& x) const {
    const Tensor x_gate = gate.defined() ? at::linear(x, gate) : Tensor();
    return at::linear(activated(at::linear(x, up, up_bias), x_gate), down, down_bias);
  }
  /// x: [experts, tokens, width].
  Tensor batched(const Tensor& x) const {
    const auto product = [](const Tensor& bias, const Tensor& in, const Tensor& w) {
      return bias.defined() ? at::baddbmm(bias, in, w.transpose(1, 2)) : at::bmm(in, w.transpose(1, 2));
    };
    const Tensor x_gate = gate.defined() ? product({}, x, gate) : Tensor();
    return product(down_bias, activated(product(up_bias, x, up), x_gate), down);
  }
  Mlp of(std::int64_t i) const {
    return {activation, gate.defined() ? gate[i] : gate, up[i], up_bias, down[i], down_bias};
  }
};

Mlp mlp_of(const Weights& weights, int layer, bool projected) {
  const auto matrix = [&](TensorRole role) {
    return projected ? weights.formed(role, layer) : weights.matrix(role, layer);  // [e, out, in] or [out, in]
  };
  const bool gated = weights.activation() == Activation::swiglu;
  return {weights.activation(),     gated ? matrix(TensorRole::gate) : Tensor(),
          matrix(TensorRole::up),   weights.bias(TensorRole::up_bias, layer),
          matrix(TensorRole::down), weights.bias(TensorRole::down_bias, layer)};
}

Tensor projected_mlp(const Tensor& x, const Mlp& mlp, const Segments& segments, std::int64_t context) {
  const std::int64_t count = mlp.up.size(0), width = x.size(1);
  if (count == 1) return mlp.of(0)(x);
  if (segments.equal()) return mlp.batched(x.view({count, -1, width})).view({-1, width});
  std::vector<std::int64_t> tokens = segments.rows;
  for (std::int64_t& n : tokens) n *= context;
  const std::vector<Tensor> inputs = x.split_with_sizes(tokens);
  std::vector<Tensor> outputs;
  for (std::size_t i = 0; i < inputs.size(); ++i) outputs.push_back(mlp.of(static_cast<std::int64_t>(i))(inputs[i]));
  return at::cat(outputs, 0);
}

/// The last norm's output, [rows·context, width], for inputs already sorted by expert.
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
  // Targets below 0 mark padding; its inputs may be below 0 too and are never read by a counted position.
  Tensor x = at::embedding(embedding, inputs.clamp_min(0));
  if (s.block == Block::gpt2) x = x + network.tensor(TensorRole::positions).narrow(0, 0, context);
  x = x.view({rows * context, s.width});
  const auto wide = x.options().requires_grad(false);
  const Attention attention(s, rows, context, wide, wide.dtype(weights.type(x)));
  for (int layer = 0; layer < s.layers; ++layer) {
    const Tensor normed = norm(x, weights, TensorRole::attention_norm, TensorRole::attention_norm_bias, layer);
    const Tensor qkv =
        at::linear(normed, weights.matrix(TensorRole::qkv, layer), weights.bias(TensorRole::qkv_bias, layer));
    x = x + at::linear(attention(qkv), weights.matrix(TensorRole::output, layer),
                       weights.bias(TensorRole::output_bias, layer));
    const Tensor mlp_in = norm(x, weights, TensorRole::mlp_norm, TensorRole::mlp_norm_bias, layer);
    const Mlp mlp = mlp_of(weights, layer, network.config.projected);
    x = x + (network.config.projected ? projected_mlp(mlp_in, mlp, segments, context) : mlp(mlp_in));
  }
  return norm(x, weights, TensorRole::norm, TensorRole::norm_bias, kOutside);
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
