// SPDX-License-Identifier: GPL-3.0-or-later
// The decoder's backward pass. The gradient of the residual stream is kept in fp32 and flows down through it.
#include <algorithm>
#include <cstring>

#include "kernel/decoder_impl.h"

namespace pantograph::kernel {

template <typename Number>
float* DecoderOf<Number>::partial(std::int64_t size) {
  float* sums = partial_.ensure(static_cast<std::size_t>(size * threads_));
  std::memset(sums, 0, sizeof(float) * static_cast<std::size_t>(size * threads_));
  return sums;
}

template <typename Number>
void DecoderOf<Number>::add_partial(std::int64_t size, std::int64_t from, std::int64_t count, float* out) {
  if (out == nullptr) return;
  for (int thread = 0; thread < threads_; ++thread) {
    const float* sums = partial_.data() + thread * size + from;
    for (std::int64_t j = 0; j < count; ++j) out[j] += sums[j];
  }
}

template <typename Number>
void DecoderOf<Number>::norm_back(const float* x, const float* statistics, const float* weight, bool first,
                                  float* weight_gradient, float* bias_gradient, float* before_gradient) {
  const Timed timed(times.norms);
  const std::int64_t width = shape_.width;
  float* sums = partial(3 * width);
  Number* low = nullptr;
  if constexpr (kHalf) low = residual_low_.data();
  share_rows(tokens_, threads_, [&](std::int64_t begin, std::int64_t end, int thread) {
    const std::int64_t at = begin * width;
    const auto back = [&](auto&& function) {
      function(gradient_.data() + at, x + at, statistics + 2 * begin, weight, end - begin, shape_.width, first,
               residual_.data() + at, low ? low + at : nullptr, sums + thread * 3 * width);
    };
    if (shape_.rms_norm)
      back([](auto... a) { rms_backward(a...); });
    else
      back([](auto... a) { norm_backward(a...); });
  });
  add_partial(3 * width, 0, width, weight_gradient);
  add_partial(3 * width, width, width, bias_gradient);
  add_partial(3 * width, 2 * width, width, before_gradient);
}

template <typename Number>
void DecoderOf<Number>::weight_product(std::int64_t rows, std::int64_t columns, const Number* gradient, const Number* x,
                                       float* out, bool accumulate) {
  products_.multiply(rows, columns, tokens_, {gradient, rows, true}, {x, columns}, {out, columns, true, accumulate});
}

template <typename Number>
void DecoderOf<Number>::mlp_back(const DecoderBatch& batch, Linear which, int layer, const Number* gradient,
                                 const Number* x, const Number* weights, Number* x_gradient, float* weight_gradient,
                                 bool adds) {
  const Timed timed(times.products);
  const std::int64_t in = which != down_linear ? shape_.width : shape_.inner;
  const std::int64_t out = which != down_linear ? shape_.inner : shape_.width;
  std::int64_t token = 0;
  for (const DecoderBatch::Group& group : batch.groups) {
    const std::int64_t count = static_cast<std::int64_t>(group.rows) * batch.context;
    const Operand g{gradient + token * out, out};
    products_.multiply(count, in, out, g, {weights + group.expert * in * out, in},
                       {x_gradient + token * in, in, false, adds});
    const auto slot = static_cast<std::size_t>((kLinears * layer + which) * experts_ + group.expert);
    products_.multiply(out, in, count, {g.data, out, true}, {x + token * in, in},
                       {weight_gradient + group.expert * in * out, in, true, !fresh_experts_[slot]});
    fresh_experts_[slot] = false;
    token += count;
  }
}

/// wide_, the gradient of what the activation gave, becomes that of what went into it.
template <typename Number>
void DecoderOf<Number>::activate_back(Kept& kept, float* up_bias_gradient) {
  const Timed timed(times.activation);
  const std::int64_t inner = shape_.inner;
  float* sums = partial(inner);
  share_rows(tokens_, threads_, [&](std::int64_t begin, std::int64_t end, int thread) {
    const std::int64_t at = begin * inner;
    const Number* up = kept.pre.data() + at;
    Number* gradient = wide_.data() + at;
    switch (shape_.activation) {
      case Activation::gelu:
        return gelu_backward(up, end - begin, shape_.inner, gradient, sums + thread * inner);
      case Activation::gelu_tanh:
        return gelu_tanh_backward(up, end - begin, shape_.inner, gradient, sums + thread * inner);
      case Activation::swiglu:
        return swiglu_backward(kept.gate.data() + at, up, (end - begin) * inner, gradient, gate_gradient_.data() + at);
    }
  });
  add_partial(inner, 0, inner, up_bias_gradient);
}

template <typename Number>
void DecoderOf<Number>::backward_mlp(const DecoderBatch& batch, int layer, const DecoderTensors& gradients) {
  Kept& k = kept_[static_cast<std::size_t>(layer)];
  const DecoderLayer& weights = weights_.layers[static_cast<std::size_t>(layer)];
  const DecoderLayer& g = gradients.layers[static_cast<std::size_t>(layer)];
  const Matrices& m = matrices_.layers[static_cast<std::size_t>(layer)];
  mlp_back(batch, down_linear, layer, residual(), k.act.data(), m.down, wide_.data(), g.down);
  activate_back(k, g.up_bias);
  mlp_back(batch, up_linear, layer, wide_.data(), k.h2.data(), m.up, gradient_.data(), g.up);
  if (shape_.gated())
    mlp_back(batch, gate_linear, layer, gate_gradient_.data(), k.h2.data(), m.gate, gradient_.data(), g.gate, true);
  norm_back(k.x2.data(), k.statistics2.data(), weights.norm2_weight, false, g.norm2_weight, g.norm2_bias,
            g.output_bias);
}

template <typename Number>
void DecoderOf<Number>::backward_attention(const DecoderBatch& batch, int layer, const DecoderTensors& gradients) {
  Kept& k = kept_[static_cast<std::size_t>(layer)];
  const DecoderLayer& weights = weights_.layers[static_cast<std::size_t>(layer)];
  const DecoderLayer& g = gradients.layers[static_cast<std::size_t>(layer)];
  const Matrices& m = matrices_.layers[static_cast<std::size_t>(layer)];
  const std::int64_t width = shape_.width, qkv = shape_.qkv();
  {
    const Timed timed(times.products);
    products_.multiply(tokens_, width, width, {residual(), width}, {m.output, width}, {gradient_.data(), width});
    weight_product(width, width, residual(), k.mixed.data(), g.output, !fresh_);
  }
  {
    const Timed timed(times.attention);
    attention_.backward(attention_shape(batch), k.qkv.data(), k.mixed.data(), k.log_sum.data(), gradient_.data(),
                        wide_.data());
    turn(wide_.data(), batch, Rotary::backward);
    if (g.qkv_bias != nullptr) {
      float* sums = partial(qkv);
      share_rows(tokens_, threads_, [&](std::int64_t begin, std::int64_t end, int thread) {
        column_sums(wide_.data() + begin * qkv, end - begin, static_cast<int>(qkv), sums + thread * qkv);
      });
      add_partial(qkv, 0, qkv, g.qkv_bias);
    }
  }
  {
    const Timed timed(times.products);
    products_.multiply(tokens_, width, qkv, {wide_.data(), qkv}, {m.qkv, width}, {gradient_.data(), width});
    weight_product(qkv, width, wide_.data(), k.h1.data(), g.qkv, !fresh_);
  }
  float* before = layer > 0 ? gradients.layers[static_cast<std::size_t>(layer - 1)].down_bias : nullptr;
  norm_back(k.x1.data(), k.statistics1.data(), weights.norm1_weight, false, g.norm1_weight, g.norm1_bias, before);
}

template <typename Number>
void DecoderOf<Number>::backward_embedding(const DecoderBatch& batch, const DecoderTensors& gradients) {
  if (gradients.embedding == nullptr) return;
  const Timed timed(times.embedding);
  const std::int64_t width = shape_.width;
  // Threads share out columns, so that every sum has one order.
  share_rows(width, threads_, [&](std::int64_t begin, std::int64_t end, int) {
    if (fresh_ && gradients.positions != nullptr) {
      for (int i = 0; i < shape_.context; ++i)
        for (std::int64_t j = begin; j < end; ++j) gradients.positions[i * width + j] = 0;
    }
    for (std::int64_t i = 0; i < tokens_; ++i) {
      const float* from = residual_.data() + i * width;
      float* token = gradients.embedding + static_cast<std::int64_t>(std::max(batch.inputs[i], 0)) * width;
      for (std::int64_t j = begin; j < end; ++j) token[j] += from[j];
      if (gradients.positions == nullptr) continue;
      float* position = gradients.positions + i % batch.context * width;
      for (std::int64_t j = begin; j < end; ++j) position[j] += from[j];
    }
  });
}

template class DecoderOf<float>;
template class DecoderOf<Half>;

}  // namespace pantograph::kernel
