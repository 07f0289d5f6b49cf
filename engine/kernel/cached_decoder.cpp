// SPDX-License-Identifier: GPL-3.0-or-later
#include "kernel/cached_decoder.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>

#include "base/error.h"
#include "kernel/attention.h"
#include "kernel/decoder_weights.h"
#include "kernel/few_rows.h"
#include "kernel/rotary.h"

namespace pantograph::kernel {
namespace {

template <typename Number>
class CachedDecoderOf final : public CachedDecoder {
 public:
  CachedDecoderOf(const DecoderShape& shape, int threads)
      : shape_(shape),
        threads_(threads),
        products_(kHalf),
        attention_(threads),
        rotary_(shape.context, shape.width / shape.heads, shape.rope_base) {}

  void set_weights(const DecoderTensors& weights) override {
    weights_ = weights;
    matrices_.set(shape_, weights, {}, threads_);
  }

  void reset(int sequences) override {
    if (sequences < 1 || sequences > kMostSequences) {
      throw Error(ErrorKind::usage, {std::to_string(sequences) + " sequences", "generating",
                                     "1 to " + std::to_string(kMostSequences), ""});
    }
    lengths_.assign(static_cast<std::size_t>(sequences), 0);
    cache_.resize(static_cast<std::size_t>(shape_.layers));
    for (Buffer<Number>& layer : cache_) layer.ensure(numbers_of_one() * lengths_.size());
  }
  int length(int sequence) const override { return lengths_.at(static_cast<std::size_t>(sequence)); }
  void truncate(int sequence, int length) override {
    int& now = lengths_.at(static_cast<std::size_t>(sequence));
    now = std::min(now, std::max(length, 0));
  }

  const float* append(int sequence, const std::int32_t* tokens, int count, float* nll) override {
    const int before = length(sequence);
    check(tokens, count);
    check_room(before, count);
    if (count == 1) return advance({sequence}, {tokens[0]});
    begin(count);
    std::vector<int> positions(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) positions[static_cast<std::size_t>(i)] = before + i;
    embed_tokens(tokens, positions);
    pass(
        [&](const Number* x, const Number* weights, std::int64_t columns, std::int64_t inner, const float* bias,
            Number* out) {
          products_.multiply(rows_, columns, inner, {x, inner}, {weights, inner, true}, {out, columns}, bias);
        },
        [&](int layer) { attend_together(layer, sequence, before); });
    lengths_[static_cast<std::size_t>(sequence)] = before + count;
    if (nll != nullptr) losses(tokens, count, nll);
    return last_logits(hidden_.data() + static_cast<std::int64_t>(count - 1) * shape_.width, 1);
  }

  const float* advance(const std::vector<int>& sequences, const std::vector<std::int32_t>& tokens) override {
    check(tokens.data(), static_cast<int>(tokens.size()));
    std::vector<int> positions;
    for (const int sequence : sequences) {
      check_room(length(sequence), 1);
      positions.push_back(length(sequence));
    }
    begin(static_cast<int>(sequences.size()));
    embed_tokens(tokens.data(), positions);
    pass([&](const Number* x, const Number* weights, std::int64_t columns, std::int64_t inner, const float* bias,
             Number* out) { few_rows(x, rows_, weights, columns, inner, bias, out); },
         [&](int layer) { attend_each(layer, sequences, positions); });
    for (const int sequence : sequences) ++lengths_[static_cast<std::size_t>(sequence)];
    return last_logits(hidden_.data(), rows_);
  }

 private:
  static constexpr bool kHalf = std::is_same_v<Number, Half>;
  static constexpr std::int64_t kLogitRows = 256;  // of a prompt at a time

  /// Keys of all positions, then values.
  std::size_t numbers_of_one() const {
    return 2 * static_cast<std::size_t>(shape_.context) * static_cast<std::size_t>(shape_.key_width());
  }
  Number* keys(int layer, int sequence) const {
    return cache_[static_cast<std::size_t>(layer)].data() + numbers_of_one() * static_cast<std::size_t>(sequence);
  }
  Number* values(int layer, int sequence) const { return keys(layer, sequence) + numbers_of_one() / 2; }

  void check(const std::int32_t* tokens, int count) const {
    for (int i = 0; i < count; ++i) {
      if (tokens[i] >= 0 && tokens[i] < shape_.vocabulary) continue;
      throw Error(ErrorKind::run,
                  {"token id " + std::to_string(tokens[i]), "token " + std::to_string(i + 1),
                   "0 to " + std::to_string(shape_.vocabulary - 1), "Use the tokenizer that belongs to the network."});
    }
  }
  void check_room(int before, int count) const {
    if (count > 0 && before + count <= shape_.context) return;
    throw Error(ErrorKind::usage,
                {std::to_string(before + count) + " tokens", "generating",
                 "1 to " + std::to_string(shape_.context) + ", the network's context", "Shorten the prompt."});
  }

  void begin(int rows) {
    rows_ = rows;
    const auto n = static_cast<std::size_t>(rows), width = static_cast<std::size_t>(shape_.width);
    for (Buffer<float>* b : {&x_}) b->ensure(n * width);
    statistics_.ensure(2 * n);
    for (Buffer<Number>* b : {&normed_, &mixed_, &added_, &hidden_}) b->ensure(n * width);
    qkv_.ensure(n * static_cast<std::size_t>(shape_.qkv()));
    inner_.ensure(n * static_cast<std::size_t>(shape_.inner));
    if (shape_.gated()) gate_.ensure(n * static_cast<std::size_t>(shape_.inner));
    wide_.ensure(n * static_cast<std::size_t>(std::max(shape_.width, shape_.inner)));
  }

  void embed_tokens(const std::int32_t* tokens, const std::vector<int>& positions) {
    const std::int64_t width = shape_.width;
    for (std::size_t i = 0; i < positions.size(); ++i) {
      const float* e = weights_.embedding + tokens[i] * width;
      float* out = x_.data() + static_cast<std::int64_t>(i) * width;
      std::copy_n(e, width, out);
      if (weights_.positions == nullptr) continue;
      const float* p = weights_.positions + positions[i] * width;
      for (std::int64_t j = 0; j < width; ++j) out[j] += p[j];
    }
  }

  void norm(const Number* added, Norm with, Number* out) {
    share_rows(rows_, rows_ >= threads_ ? threads_ : 1, [&](std::int64_t from, std::int64_t to, int) {
      const std::int64_t at = from * shape_.width;
      const Number* plus = added ? added + at : nullptr;
      float* statistics = statistics_.data() + 2 * from;
      if (shape_.rms_norm)
        rms_forward(x_.data() + at, plus, to - from, shape_.width, with.weight, x_.data() + at, out + at, statistics);
      else
        norm_forward(x_.data() + at, plus, to - from, shape_.width, with, x_.data() + at, out + at, statistics);
    });
  }

  /// linear(x, weights, columns, inner, bias, out); attend(layer) from qkv_ and the cache to mixed_.
  template <typename LinearMap, typename Attend>
  void pass(const LinearMap& linear, const Attend& attend) {
    const std::int64_t width = shape_.width, inner = shape_.inner;
    for (int i = 0; i < shape_.layers; ++i) {
      const DecoderLayer& layer = weights_.layers[static_cast<std::size_t>(i)];
      const auto& m = matrices_.layers[static_cast<std::size_t>(i)];
      norm(i == 0 ? nullptr : added_.data(), {layer.norm1_weight, layer.norm1_bias}, normed_.data());
      linear(normed_.data(), m.qkv, shape_.qkv(), width, layer.qkv_bias, qkv_.data());
      attend(i);
      linear(mixed_.data(), m.output, width, width, layer.output_bias, added_.data());
      norm(added_.data(), {layer.norm2_weight, layer.norm2_bias}, normed_.data());
      if (shape_.gated()) linear(normed_.data(), m.gate, inner, width, nullptr, gate_.data());
      linear(normed_.data(), m.up, inner, width, layer.up_bias, inner_.data());
      share_rows(rows_ * inner, rows_ >= threads_ ? threads_ : 1,
                 [&](std::int64_t from, std::int64_t to, int) { activate(from, to - from); });
      linear(inner_.data(), m.down, width, inner, layer.down_bias, added_.data());
    }
    norm(added_.data(), {weights_.norm_weight, weights_.norm_bias}, hidden_.data());
  }

  void activate(std::int64_t at, std::int64_t count) {
    Number* x = inner_.data() + at;
    switch (shape_.activation) {
      case Activation::gelu:
        return gelu_forward(x, count, x);
      case Activation::gelu_tanh:
        return gelu_tanh_forward(x, count, x);
      case Activation::swiglu:
        return swiglu_forward(gate_.data() + at, x, count, x);
    }
  }

  int size() const { return shape_.width / shape_.heads; }
  int key_heads() const { return static_cast<int>(shape_.key_width()) / size(); }

  /// Turns row i of qkv_ to its position and keeps its key and value.
  void keep(int layer, int sequence, int position, std::int64_t i) {
    Number* qkv = qkv_.data() + i * shape_.qkv();
    const std::int64_t width = shape_.width, keys_width = shape_.key_width();
    rotary_.turn(qkv, position, shape_.heads + key_heads(), Rotary::forward);
    std::copy_n(qkv + width, keys_width, keys(layer, sequence) + position * keys_width);
    std::copy_n(qkv + width + keys_width, keys_width, values(layer, sequence) + position * keys_width);
  }

  void attend_together(int layer, int sequence, int before) {
    const int count = static_cast<int>(rows_);
    for (int i = 0; i < count; ++i) keep(layer, sequence, before + i, i);
    if (before == 0) {  // as in training, to the bit
      log_sum_.ensure(static_cast<std::size_t>(count) * static_cast<std::size_t>(shape_.heads));
      attention_.forward({1, count, shape_.heads, size(), shape_.key_heads}, qkv_.data(), mixed_.data(),
                         log_sum_.data());
      return;
    }
    std::vector<int> sequences(static_cast<std::size_t>(count), sequence), positions;
    for (int i = 0; i < count; ++i) positions.push_back(before + i);
    queries(layer, sequences, positions);
  }

  void attend_each(int layer, const std::vector<int>& sequences, const std::vector<int>& positions) {
    for (std::size_t i = 0; i < sequences.size(); ++i)
      keep(layer, sequences[i], positions[i], static_cast<std::int64_t>(i));
    queries(layer, sequences, positions);
  }

  void queries(int layer, const std::vector<int>& sequences, const std::vector<int>& positions) {
    const std::int64_t width = shape_.width, heads = shape_.heads, shared = heads / key_heads();
    const float scale = 1.0F / std::sqrt(static_cast<float>(size()));
    const auto room = static_cast<std::size_t>(shape_.context + size());
    float* scratch = scores_.ensure(room * static_cast<std::size_t>(threads_));
    share_rows(static_cast<std::int64_t>(sequences.size()) * heads, threads_,
               [&](std::int64_t from, std::int64_t to, int thread) {
                 float* scores = scratch + room * static_cast<std::size_t>(thread);
                 for (std::int64_t task = from; task < to; ++task) {
                   const std::int64_t row = task / heads, head = task % heads;
                   const std::int64_t at = head * size(), key_at = head / shared * size();
                   const int sequence = sequences[static_cast<std::size_t>(row)];
                   one_query(qkv_.data() + row * shape_.qkv() + at, keys(layer, sequence) + key_at,
                             values(layer, sequence) + key_at, shape_.key_width(),
                             positions[static_cast<std::size_t>(row)] + 1, size(), scale, scores,
                             scores + shape_.context, mixed_.data() + row * width + at);
                 }
               });
  }

  template <typename Out>
  void few_rows(const Number* x, std::int64_t rows, const Number* weights, std::int64_t columns, std::int64_t inner,
                const float* bias, Out* out) {
    const float* in;
    if constexpr (kHalf) {
      to_float(x, rows * inner, wide_.data());
      in = wide_.data();
    } else {
      in = x;
    }
    share_rows(columns, threads_, [&](std::int64_t from, std::int64_t to, int) {
      few_rows_product(weights, inner, from, to, in, rows, bias, out, columns);
    });
  }

  const float* last_logits(const Number* hidden, std::int64_t rows) {
    float* logits = logits_.ensure(static_cast<std::size_t>(rows) * static_cast<std::size_t>(shape_.vocabulary));
    few_rows(hidden, rows, matrices_.embedding, shape_.vocabulary, shape_.width, nullptr, logits);
    return logits;
  }

  void losses(const std::int32_t* tokens, int count, float* nll) {
    const std::int64_t width = shape_.width, vocabulary = shape_.vocabulary, all = count - 1;
    const std::int64_t step = std::min(kLogitRows, all);
    Number* logits = prompt_logits_.ensure(static_cast<std::size_t>(step * vocabulary));
    for (std::int64_t begin = 0; begin < all; begin += step) {
      const std::int64_t rows = std::min(step, all - begin);
      products_.multiply(rows, vocabulary, width, {hidden_.data() + begin * width, width},
                         {matrices_.embedding, width, true}, {logits, vocabulary});
      share_rows(rows, threads_, [&](std::int64_t from, std::int64_t to, int) {
        softmax_nll(logits + from * vocabulary, to - from, vocabulary, tokens + 1 + begin + from, nll + begin + from,
                    false, 1);
      });
    }
  }

  const DecoderShape shape_;
  const int threads_;
  Products products_;
  Attention<Number> attention_;
  Rotary rotary_;
  DecoderTensors weights_;
  DecoderWeights<Number> matrices_;
  std::vector<int> lengths_;
  std::vector<Buffer<Number>> cache_;  // by layer: [sequences, 2, context, key width]
  std::int64_t rows_ = 0;              // of the pass under way
  Buffer<float> x_, statistics_, log_sum_, scores_, wide_, logits_;
  Buffer<Number> normed_, qkv_, mixed_, added_, hidden_, gate_, inner_, prompt_logits_;
};

}  // namespace

std::unique_ptr<CachedDecoder> CachedDecoder::create(const DecoderShape& shape, bool half, int threads) {
  if (half) return std::make_unique<CachedDecoderOf<Half>>(shape, threads);
  return std::make_unique<CachedDecoderOf<float>>(shape, threads);
}

}  // namespace pantograph::kernel
