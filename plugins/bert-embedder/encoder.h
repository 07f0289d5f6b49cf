// SPDX-License-Identifier: GPL-3.0-or-later
// BERT's encoder (Devlin et al., 2019; Vaswani et al., 2017, norms behind the sums) on one thread: token ids to a
// vector for each text, as Sentence-BERT pools them (Reimers and Gurevych, 2019).
#pragma once

#include <cstdint>
#include <vector>

#include "base/control.h"
#include "kernel/buffer.h"
#include "kernel/product.h"
#include "weights.h"

namespace pantograph::bert {

/// Tokens of a text are kept in a multiple of this many rows, so that few shapes of products occur.
inline constexpr int kRowStep = 8;

/// Computes batches of texts. Each text's tokens lie in rows of their own, one text behind the other: only what fills
/// the last kRowStep of a text is padding. One for each thread; the weights must outlive it.
class Encoder {
 public:
  Encoder(const Config& config, const Weights& weights, std::int32_t pad);
  /// out: for each text its vector [hidden], of length 1. Polls task between layers. Error(input) when a number is not
  /// finite.
  void encode(const std::vector<const std::vector<std::int32_t>*>& texts, float* const* out, const TaskContext& task);

 private:
  struct Text {
    std::int64_t row;  // of its first token
    int length;        // tokens
    int rows;          // length and padding
  };
  void embed(const std::vector<const std::vector<std::int32_t>*>& texts);
  void attend(const Text& text, int head);
  void linear(const float* x, std::int64_t in, const std::vector<float>& weight, const std::vector<float>& bias,
              std::int64_t out, float* y);
  void add_and_norm(const float* added, const NormWeights& norm);

  const Config& config_;
  const Weights& weights_;
  std::int32_t pad_;
  kernel::Products products_{false};
  std::vector<Text> layout_;
  std::int64_t rows_ = 0;  // of the batch, rounded up
  kernel::Buffer<float> x_, qkv_, mixed_, inner_, scores_, factors_;
};

}  // namespace pantograph::bert
