// SPDX-License-Identifier: GPL-3.0-or-later
// The decoder's forward pass and loss. The backward pass is in decoder_backward.cpp.
#include "kernel/decoder.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "kernel/decoder_impl.h"

namespace pantograph::kernel {
namespace {

/// Rows of logits at a time: enough for full speed of the products.
constexpr std::int64_t kLogitRows = 1024;
std::int64_t logit_rows(std::int64_t tokens) {
  return std::min<std::int64_t>(tokens, kLogitRows);
}

}  // namespace

template <typename Number>
DecoderOf<Number>::DecoderOf(const DecoderShape& shape, int threads)
    : shape_(shape),
      threads_(threads),
      products_(kHalf),
      attention_(threads),
      rotary_(shape.context, shape.width / shape.heads, shape.rope_base) {}

template <typename Number>
void DecoderOf<Number>::set_weights(const DecoderTensors& weights, const std::vector<FormedMlp>& formed) {
  const Timed timed(times.conversion);
  weights_ = weights;
  matrices_.set(shape_, weights, formed, threads_);
}

template <typename Number>
void DecoderOf<Number>::reserve(std::int64_t tokens, int layers) {
  const auto n = static_cast<std::size_t>(tokens);
  const auto width = static_cast<std::size_t>(shape_.width), inner = static_cast<std::size_t>(shape_.inner);
  tokens_ = tokens;
  if (kept_.size() < static_cast<std::size_t>(layers)) kept_.resize(static_cast<std::size_t>(layers));
  for (int i = 0; i < layers; ++i) {
    Kept& k = kept_[static_cast<std::size_t>(i)];
    for (Buffer<float>* b : {&k.x1, &k.x2}) b->ensure(n * width);
    for (Buffer<float>* b : {&k.statistics1, &k.statistics2}) b->ensure(2 * n);
    k.log_sum.ensure(n * static_cast<std::size_t>(shape_.heads));
    for (Buffer<Number>* b : {&k.h1, &k.mixed, &k.h2}) b->ensure(n * width);
    k.qkv.ensure(n * static_cast<std::size_t>(shape_.qkv()));
    if (shape_.gated()) k.gate.ensure(n * inner);
    for (Buffer<Number>* b : {&k.pre, &k.act}) b->ensure(n * inner);
  }
  last_.ensure(n * width);
  last_statistics_.ensure(2 * n);
  hidden_.ensure(n * width);
  added_.ensure(n * width);
  nll_.ensure(n);
  logits_.ensure(static_cast<std::size_t>(logit_rows(tokens)) * static_cast<std::size_t>(shape_.vocabulary));
}

template <typename Number>
void DecoderOf<Number>::norm(const float* x, const Number* added, Norm norm, float* sum, Number* out,
                             float* statistics) {
  const Timed timed(times.norms);
  const std::int64_t width = shape_.width;
  share_rows(tokens_, threads_, [&](std::int64_t begin, std::int64_t end, int) {
    const Number* plus = added ? added + begin * width : nullptr;
    if (shape_.rms_norm) {
      rms_forward(x + begin * width, plus, end - begin, shape_.width, norm.weight, sum + begin * width,
                  out + begin * width, statistics + 2 * begin);
    } else {
      norm_forward(x + begin * width, plus, end - begin, shape_.width, norm, sum + begin * width, out + begin * width,
                   statistics + 2 * begin);
    }
  });
}

template <typename Number>
AttentionShape DecoderOf<Number>::attention_shape(const DecoderBatch& batch) const {
  return {batch.rows, batch.context, shape_.heads, shape_.width / shape_.heads, shape_.key_heads};
}

template <typename Number>
void DecoderOf<Number>::turn(Number* qkv, const DecoderBatch& batch, Rotary::Direction direction) {
  if (shape_.rope_base == 0) return;
  const int size = shape_.width / shape_.heads;
  const int heads = shape_.heads + static_cast<int>(shape_.key_width() / size);  // keys lie behind queries
  share_rows(tokens_, threads_, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin; i < end; ++i)
      rotary_.turn(qkv + i * shape_.qkv(), i % batch.context, heads, direction);
  });
}

template <typename Number>
void DecoderOf<Number>::activate(Kept& kept) {
  const Timed timed(times.activation);
  const std::int64_t inner = shape_.inner;
  share_rows(tokens_, threads_, [&](std::int64_t begin, std::int64_t end, int) {
    const std::int64_t at = begin * inner, count = (end - begin) * inner;
    const Number* up = kept.pre.data() + at;
    Number* out = kept.act.data() + at;
    switch (shape_.activation) {
      case Activation::gelu:
        return gelu_forward(up, count, out);
      case Activation::gelu_tanh:
        return gelu_tanh_forward(up, count, out);
      case Activation::swiglu:
        return swiglu_forward(kept.gate.data() + at, up, count, out);
    }
  });
}

template <typename Number>
void DecoderOf<Number>::mlp_product(const DecoderBatch& batch, Linear which, const Number* x, const Number* weights,
                                    const float* bias, Number* out) {
  const Timed timed(times.products);
  const std::int64_t in = which != down_linear ? shape_.width : shape_.inner;
  const std::int64_t columns = which != down_linear ? shape_.inner : shape_.width;
  std::int64_t token = 0;
  for (const DecoderBatch::Group& group : batch.groups) {
    const std::int64_t count = static_cast<std::int64_t>(group.rows) * batch.context;
    products_.multiply(count, columns, in, {x + token * in, in}, {weights + group.expert * in * columns, in, true},
                       {out + token * columns, columns}, bias);
    token += count;
  }
}

template <typename Number>
void DecoderOf<Number>::forward(const DecoderBatch& batch, bool keep) {
  const std::int64_t width = shape_.width, tokens = tokens_;
  const std::int64_t qkv = shape_.qkv();
  const auto kept = [&](int layer) -> Kept& { return kept_[static_cast<std::size_t>(keep ? layer : 0)]; };
  {
    const Timed timed(times.embedding);
    share_rows(tokens, threads_, [&](std::int64_t begin, std::int64_t end, int) {
      embed(batch.inputs, begin, end, batch.context, weights_.embedding, weights_.positions, shape_.width,
            kept(0).x1.data());
    });
  }
  for (int i = 0; i < shape_.layers; ++i) {
    Kept& k = kept(i);
    const DecoderLayer& layer = weights_.layers[static_cast<std::size_t>(i)];
    const Matrices& m = matrices_.layers[static_cast<std::size_t>(i)];
    const float* x = i == 0 ? k.x1.data() : kept(i - 1).x2.data();
    norm(x, i == 0 ? nullptr : added_.data(), {layer.norm1_weight, layer.norm1_bias}, k.x1.data(), k.h1.data(),
         k.statistics1.data());
    {
      const Timed timed(times.products);
      products_.multiply(tokens, qkv, width, {k.h1.data(), width}, {m.qkv, width, true}, {k.qkv.data(), qkv},
                         layer.qkv_bias);
    }
    {
      const Timed timed(times.attention);
      turn(k.qkv.data(), batch, Rotary::forward);
      attention_.forward(attention_shape(batch), k.qkv.data(), k.mixed.data(), k.log_sum.data());
    }
    {
      const Timed timed(times.products);
      products_.multiply(tokens, width, width, {k.mixed.data(), width}, {m.output, width, true}, {added_.data(), width},
                         layer.output_bias);
    }
    norm(k.x1.data(), added_.data(), {layer.norm2_weight, layer.norm2_bias}, k.x2.data(), k.h2.data(),
         k.statistics2.data());
    if (shape_.gated()) mlp_product(batch, gate_linear, k.h2.data(), m.gate, nullptr, k.gate.data());
    mlp_product(batch, up_linear, k.h2.data(), m.up, layer.up_bias, k.pre.data());
    activate(k);
    mlp_product(batch, down_linear, k.act.data(), m.down, layer.down_bias, added_.data());
  }
  norm(kept(shape_.layers - 1).x2.data(), added_.data(), {weights_.norm_weight, weights_.norm_bias}, last_.data(),
       hidden_.data(), last_statistics_.data());
}

template <typename Number>
double DecoderOf<Number>::cross_entropy(const DecoderBatch& batch, float scale, const DecoderTensors* gradients) {
  const std::int64_t width = shape_.width, vocabulary = shape_.vocabulary, step = logit_rows(tokens_);
  Number* logits = logits_.data();
  for (std::int64_t begin = 0; begin < tokens_; begin += step) {
    const std::int64_t count = std::min(step, tokens_ - begin);
    const Number* hidden = hidden_.data() + begin * width;
    {
      const Timed timed(times.logits);
      products_.multiply(count, vocabulary, width, {hidden, width}, {matrices_.embedding, width, true},
                         {logits, vocabulary});
    }
    {
      const Timed timed(times.cross_entropy);
      share_rows(count, threads_, [&](std::int64_t from, std::int64_t to, int) {
        softmax_nll(logits + from * vocabulary, to - from, vocabulary, batch.targets + begin + from,
                    nll_.data() + begin + from, gradients != nullptr, scale);
      });
    }
    if (gradients == nullptr) continue;
    const Timed timed(times.logits);
    products_.multiply(count, width, vocabulary, {logits, vocabulary}, {matrices_.embedding, width},
                       {gradient_.data() + begin * width, width});
    if (gradients->embedding == nullptr) continue;
    products_.multiply(vocabulary, width, count, {logits, vocabulary, true}, {hidden, width},
                       {gradients->embedding, width, true, begin > 0 || !fresh_});
  }
  double sum = 0;
  for (std::int64_t i = 0; i < tokens_; ++i) sum += nll_.data()[i];
  return sum;
}

template <typename Number>
void DecoderOf<Number>::check(const DecoderBatch& batch) const {
  const std::int64_t tokens = static_cast<std::int64_t>(batch.rows) * batch.context;
  for (const std::int32_t* ids : {batch.inputs, batch.targets})
    check_tokens(ids, tokens, batch.context, shape_.vocabulary, "a batch of rows");
}

template <typename Number>
double DecoderOf<Number>::loss(const DecoderBatch& batch, float* each) {
  check(batch);
  reserve(static_cast<std::int64_t>(batch.rows) * batch.context, 1);
  forward(batch, false);
  const double sum = cross_entropy(batch, 1, nullptr);
  if (each != nullptr) std::copy_n(nll_.data(), tokens_, each);
  return sum;
}

template <typename Number>
void DecoderOf<Number>::begin_gradients(int experts) {
  fresh_ = true;
  experts_ = experts;
  fresh_experts_.assign(static_cast<std::size_t>(kLinears * shape_.layers * experts), true);
}

template <typename Number>
double DecoderOf<Number>::loss_and_gradients(const DecoderBatch& batch, float scale, const DecoderTensors& gradients) {
  check(batch);
  const std::int64_t tokens = static_cast<std::int64_t>(batch.rows) * batch.context;
  reserve(tokens, shape_.layers);
  const auto n = static_cast<std::size_t>(tokens), width = static_cast<std::size_t>(shape_.width);
  gradient_.ensure(n * width);
  residual_.ensure(n * width);
  if constexpr (kHalf) residual_low_.ensure(n * width);
  wide_.ensure(n * static_cast<std::size_t>(std::max<std::int64_t>(shape_.qkv(), shape_.inner)));
  if (shape_.gated()) gate_gradient_.ensure(n * static_cast<std::size_t>(shape_.inner));
  forward(batch, true);
  const double loss = cross_entropy(batch, scale, &gradients);
  if (fresh_) {
    const auto zero = [](float* p, std::int64_t count) {
      if (p != nullptr) std::memset(p, 0, sizeof(float) * static_cast<std::size_t>(count));
    };
    zero(gradients.norm_weight, shape_.width);
    zero(gradients.norm_bias, shape_.width);
    for (const DecoderLayer& g : gradients.layers) {
      for (float* p : {g.norm1_weight, g.norm1_bias, g.norm2_weight, g.norm2_bias, g.output_bias, g.down_bias})
        zero(p, shape_.width);
      zero(g.qkv_bias, shape_.qkv());
      zero(g.up_bias, shape_.inner);
    }
  }
  norm_back(last_.data(), last_statistics_.data(), weights_.norm_weight, true, gradients.norm_weight,
            gradients.norm_bias, gradients.layers.back().down_bias);
  for (int i = shape_.layers - 1; i >= 0; --i) {
    backward_mlp(batch, i, gradients);
    backward_attention(batch, i, gradients);
  }
  backward_embedding(batch, gradients);
  fresh_ = false;
  return loss;
}

void check_tokens(const std::int32_t* tokens, std::int64_t count, std::int64_t length, int vocabulary,
                  const std::string& where) {
  const std::int32_t* const end = tokens + count;
  std::int32_t highest = -1;
  for (const std::int32_t* id = tokens; id != end; ++id) highest = std::max(highest, *id);
  if (highest < vocabulary) return;
  const std::int64_t at = std::find_if(tokens, end, [&](std::int32_t id) { return id >= vocabulary; }) - tokens;
  throw Error(ErrorKind::run,
              {"token id " + std::to_string(tokens[at]),
               where + ", row " + std::to_string(at / length + 1) + ", position " + std::to_string(at % length + 1),
               "ids below the network's vocabulary of " + std::to_string(vocabulary),
               "Its tokens are damaged, or another tokenizer's: delete the folder tokenize of the project's artifacts "
               "and run again."});
}

std::unique_ptr<Decoder> Decoder::create(const DecoderShape& shape, bool half, int threads) {
  if (half) return std::make_unique<DecoderOf<Half>>(shape, threads);
  return std::make_unique<DecoderOf<float>>(shape, threads);
}

std::uint64_t decoder_bytes(const DecoderShape& shape, bool half, std::uint64_t rows, std::uint64_t context,
                            int threads, bool backward) {
  const auto width = static_cast<std::uint64_t>(shape.width), inner = static_cast<std::uint64_t>(shape.inner);
  const auto qkv = static_cast<std::uint64_t>(shape.qkv());
  const std::uint64_t inners = shape.gated() ? 3 : 2;
  const auto heads = static_cast<std::uint64_t>(shape.heads), layers = static_cast<std::uint64_t>(shape.layers);
  const auto vocabulary = static_cast<std::uint64_t>(shape.vocabulary);
  const std::uint64_t tokens = rows * context, number = half ? 2 : 4;
  const std::uint64_t kept = tokens * (4 * (2 * width + 4 + heads) + number * (3 * width + qkv + inners * inner));
  const std::uint64_t shared = tokens * (4 * (width + 3) + number * 2 * width) +
                               number * std::min<std::uint64_t>(tokens, kLogitRows) * vocabulary;
  const std::uint64_t back =
      tokens * (4 * width + number * (width + std::max(qkv, inner) + (shape.gated() ? inner : 0) + (half ? width : 0)));
  const std::uint64_t scratch =
      static_cast<std::uint64_t>(threads) * (64 * context * (8 + 2 * number) + 2 * 4 * context * width / heads);
  const std::uint64_t weights = half ? 2 * (vocabulary * width + layers * width * (width + qkv + inners * inner)) : 0;
  return (backward ? layers * kept + back : kept) + shared + scratch + weights;
}

template class DecoderOf<float>;
template class DecoderOf<Half>;

}  // namespace pantograph::kernel
