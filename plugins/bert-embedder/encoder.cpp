// SPDX-License-Identifier: GPL-3.0-or-later
#include "encoder.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "kernel/rows.h"

namespace pantograph::bert {
namespace {

constexpr std::int64_t kBatchStep = 64;  // rows of a batch are rounded up to it: few shapes of the large products
constexpr int kQueries = 64;             // rows of scores at a time, so that memory grows with a text, not its square

std::int64_t round_up(std::int64_t value, std::int64_t step) {
  return (value + step - 1) / step * step;
}

/// x = LayerNorm(x + added) in place; added may be null.
void norm_row(float* x, const float* added, std::int64_t width, const NormWeights& norm, float epsilon) {
  constexpr int kLanes = 16;
  const auto total = [&](const auto& term) {
    float lanes[kLanes] = {};
    std::int64_t j = 0;
    for (; j + kLanes <= width; j += kLanes) {
      for (int i = 0; i < kLanes; ++i) lanes[i] += term(x[j + i]);
    }
    for (; j < width; ++j) lanes[0] += term(x[j]);
    float sum = 0;
    for (const float lane : lanes) sum += lane;
    return sum;
  };
  if (added != nullptr) {
    for (std::int64_t j = 0; j < width; ++j) x[j] += added[j];
  }
  const auto size = static_cast<float>(width);
  const float mean = total([](float value) { return value; }) / size;
  const float variance = total([mean](float value) { return (value - mean) * (value - mean); }) / size;
  const float inverse = 1.0F / std::sqrt(variance + epsilon);
  for (std::int64_t j = 0; j < width; ++j) x[j] = (x[j] - mean) * inverse * norm.weight[j] + norm.bias[j];
}

}  // namespace

Encoder::Encoder(const Config& config, const Weights& weights, std::int32_t pad)
    : config_(config), weights_(weights), pad_(pad) {}

void Encoder::embed(const std::vector<const std::vector<std::int32_t>*>& texts) {
  layout_.clear();
  std::int64_t row = 0;
  for (const auto* ids : texts) {
    const int length = static_cast<int>(ids->size());
    layout_.push_back({row, length, static_cast<int>(round_up(length, kRowStep))});
    row += layout_.back().rows;
  }
  rows_ = round_up(row, kBatchStep);
  const std::int64_t hidden = config_.hidden;
  float* x = x_.ensure(static_cast<std::size_t>(rows_ * hidden));
  std::memset(x, 0, sizeof(float) * static_cast<std::size_t>(rows_ * hidden));
  for (std::size_t t = 0; t < texts.size(); ++t) {
    for (int i = 0; i < layout_[t].rows; ++i) {
      const std::int64_t id = i < layout_[t].length ? (*texts[t])[static_cast<std::size_t>(i)] : pad_;
      const std::int64_t position = std::min(i, config_.positions - 1);  // beyond it there is padding only
      const float* word = weights_.words.data() + id * hidden;
      const float* place = weights_.positions.data() + position * hidden;
      float* to = x + (layout_[t].row + i) * hidden;
      for (std::int64_t j = 0; j < hidden; ++j) to[j] = word[j] + place[j];
    }
  }
  add_and_norm(nullptr, weights_.embedding_norm);
}

void Encoder::add_and_norm(const float* added, const NormWeights& norm) {
  const std::int64_t hidden = config_.hidden;
  for (std::int64_t i = 0; i < rows_; ++i) {
    norm_row(x_.data() + i * hidden, added == nullptr ? nullptr : added + i * hidden, hidden, norm, config_.epsilon);
  }
}

/// y [rows, out] = x [rows, in]·weightᵀ + bias.
void Encoder::linear(const float* x, std::int64_t in, const std::vector<float>& weight, const std::vector<float>& bias,
                     std::int64_t out, float* y) {
  products_.multiply(rows_, out, in, {x, in}, {weight.data(), in, true}, {y, out}, bias.data());
}

/// One head of one text: softmax(q·kᵀ / √size)·v over the text's own tokens.
void Encoder::attend(const Text& text, int head) {
  const std::int64_t hidden = config_.hidden, size = hidden / config_.heads, stride = 3 * hidden;
  const float* q = qkv_.data() + text.row * stride + head * size;
  const float* k = q + hidden;
  const float* v = k + hidden;
  float* out = mixed_.data() + text.row * hidden + head * size;
  const float scale = 1.0F / std::sqrt(static_cast<float>(size));
  for (int begin = 0; begin < text.rows; begin += kQueries) {
    const int rows = std::min(kQueries, text.rows - begin);
    float* scores = scores_.data();
    products_.multiply(rows, text.rows, size, {q + begin * stride, stride}, {k, stride, true}, {scores, text.rows});
    for (int i = 0; i < rows; ++i) {
      float log_sum = 0;
      // A row that sees all tokens and none of the padding.
      kernel::causal_softmax(scores + i * text.rows, 1, text.rows, text.length - 1, scale, scores + i * text.rows,
                             factors_.data() + i, &log_sum);
    }
    products_.multiply(rows, size, text.rows, {scores, text.rows}, {v, stride}, {out + begin * hidden, hidden});
    kernel::scale_rows(out + begin * hidden, hidden, rows, static_cast<int>(size), factors_.data(),
                       out + begin * hidden, hidden);
  }
}

void Encoder::encode(const std::vector<const std::vector<std::int32_t>*>& texts, float* const* out,
                     const TaskContext& task) {
  embed(texts);
  const std::int64_t hidden = config_.hidden, inner = config_.inner;
  const auto room = [&](std::int64_t width) { return static_cast<std::size_t>(rows_ * width); };
  qkv_.ensure(room(3 * hidden));
  inner_.ensure(room(inner));
  factors_.ensure(kQueries);
  float* mixed = mixed_.ensure(room(hidden));
  std::memset(mixed, 0, sizeof(float) * room(hidden));  // the rows behind the last text are read, too
  int longest = 0;
  for (const Text& text : layout_) longest = std::max(longest, text.rows);
  scores_.ensure(static_cast<std::size_t>(kQueries) * static_cast<std::size_t>(longest));

  for (const LayerWeights& w : weights_.layers) {
    task.poll();
    linear(x_.data(), hidden, w.qkv, w.qkv_bias, 3 * hidden, qkv_.data());
    for (const Text& text : layout_) {
      for (int head = 0; head < config_.heads; ++head) attend(text, head);
    }
    float* sum = qkv_.data();  // no longer needed
    linear(mixed, hidden, w.mix, w.mix_bias, hidden, sum);
    add_and_norm(sum, w.attention_norm);
    linear(x_.data(), hidden, w.up, w.up_bias, inner, inner_.data());
    kernel::gelu_forward(inner_.data(), rows_ * inner, inner_.data());
    linear(inner_.data(), inner, w.down, w.down_bias, hidden, sum);
    add_and_norm(sum, w.output_norm);
  }

  std::vector<double> pooled(static_cast<std::size_t>(hidden));
  for (std::size_t t = 0; t < layout_.size(); ++t) {
    std::fill(pooled.begin(), pooled.end(), 0.0);
    const int used = config_.pooling == Pooling::first ? 1 : layout_[t].length;
    for (int i = 0; i < used; ++i) {
      const float* x = x_.data() + (layout_[t].row + i) * hidden;
      for (std::size_t j = 0; j < pooled.size(); ++j) pooled[j] += x[j];
    }
    double squares = 0;
    for (const double value : pooled) squares += value * value;
    if (!std::isfinite(squares)) {
      throw Error(ErrorKind::input, {"a vector that is not finite", "the embedder's model", "finite numbers",
                                     "The model's weights are damaged, or too large for its type of number."});
    }
    const double factor = squares > 0 ? 1.0 / std::sqrt(squares) : 0.0;
    for (std::size_t j = 0; j < pooled.size(); ++j) out[t][j] = static_cast<float>(pooled[j] * factor);
  }
}

}  // namespace pantograph::bert
